package queueing

import (
	"slices"
	"testing"
	"time"

	"vsim/sim/engine/event"
)

// sender and fetcher are new ones, of rules that are right.
func sender(t testing.TB, rule Send, workers int) *Sender {
	s, err := NewSender(rule, workers)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func fetcher(t testing.TB, rule Fetch, workers int) *Fetcher {
	f, err := NewFetcher(rule, workers)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// takes says what leaves at a time.
func takes(t *testing.T, d Discipline, at event.Time, idle int, want ...int32) {
	t.Helper()
	if got := d.Take(at, idle); !slices.Equal(got, want) {
		t.Errorf("%v leaves at %v, want %v", got, time.Duration(at), want)
	}
}

// TestSenderItems: a message of several items takes the room of as many, and one that is larger than a batch goes alone.
func TestSenderItems(t *testing.T) {
	s := sender(t, Send{Max: 3, Linger: time.Second}, 0)
	for id, items := range []int{2, 2, 5, 1, 1, 1} {
		s.Add(0, int32(id), 0, items)
	}
	takes(t, s, 0, 1, 0)
	takes(t, s, 0, 1, 1)
	takes(t, s, 0, 1, 2)
	takes(t, s, 0, 1)
	if s.Due() != event.Time(time.Second) || s.Len() != 3 {
		t.Errorf("%d are left, due at %d", s.Len(), s.Due())
	}
	s.Add(ms, 6, 0, 1)
	takes(t, s, ms, 1, 3, 4, 5)
}

// TestSenderDrains: all messages come out in order of arrival, whatever their partitions, and nothing of them is left.
func TestSenderDrains(t *testing.T) {
	s := sender(t, Send{Partitions: 3, Max: 2, Linger: time.Duration(5 * ms)}, 1)
	for id := range int32(8) {
		s.Add(event.Time(id)*ms, id, 0, 1)
	}
	if got := s.Drain(); !slices.Equal(got, []int32{0, 1, 2, 3, 4, 5, 6, 7}) || s.Len() != 0 {
		t.Errorf("%v come out, %d are left", got, s.Len())
	}
	takes(t, s, 20*ms, 1)
	s.Add(20*ms, 8, 0, 1)
	takes(t, s, 20*ms, 1)
	if s.Due() != 25*ms {
		t.Errorf("due at %d", s.Due())
	}
	takes(t, s, 25*ms, 1, 8)
}

// TestFetcherItems: Min and Max count items.
func TestFetcherItems(t *testing.T) {
	f := fetcher(t, Fetch{Min: 3, Max: 4}, 1)
	f.Add(0, 1, 0, 2)
	takes(t, f, 0, 1)
	f.Add(0, 2, 0, 3)
	takes(t, f, 0, 1, 1)
	takes(t, f, ms, 1, 2)
	f.Add(ms, 3, 0, 9)
	takes(t, f, ms, 1, 3)
}

// TestFetcherAfterDrain: who was waiting as all were thrown out asks again when he can.
func TestFetcherAfterDrain(t *testing.T) {
	f := fetcher(t, Fetch{Min: 9, MaxWait: time.Duration(10 * ms)}, 1)
	f.Add(ms, 1, 0, 1)
	if got := f.Drain(); !slices.Equal(got, []int32{1}) || f.Len() != 0 {
		t.Errorf("%v come out, %d are left", got, f.Len())
	}
	takes(t, f, 7*ms, 1)
	f.Add(8*ms, 2, 0, 1)
	takes(t, f, 8*ms, 1)
	if f.Due() != 17*ms {
		t.Errorf("due at %d", f.Due())
	}
	takes(t, f, 17*ms, 1, 2)
}

// TestFetchersInTurn: of several fetches the one made first is answered first; the others are answered MaxWait after they were made.
func TestFetchersInTurn(t *testing.T) {
	f := fetcher(t, Fetch{Min: 2, Max: 2, MaxWait: time.Duration(10 * ms)}, 2)
	f.Add(ms, 1, 0, 1)
	f.Add(ms, 2, 0, 1)
	takes(t, f, ms, 2, 1, 2)
	takes(t, f, 4*ms, 2) // the first is back
	f.Add(5*ms, 3, 0, 1)
	takes(t, f, 5*ms, 2)
	takes(t, f, 10*ms, 2, 3)
	f.Add(11*ms, 4, 0, 1)
	takes(t, f, 11*ms, 1)
	takes(t, f, 14*ms, 1, 4)
}

// TestFetcherSingle: each fetch that waits gets one of the messages that come together; who asks later gets what is left.
func TestFetcherSingle(t *testing.T) {
	f := fetcher(t, Fetch{Max: 9, Single: true}, 2)
	takes(t, f, 0, 2)
	for id := range int32(5) {
		f.Add(ms, id, 0, 1)
	}
	takes(t, f, ms, 2, 0)
	takes(t, f, ms, 1, 1)
	takes(t, f, ms, 0)
	f.Add(2*ms, 5, 0, 1)
	takes(t, f, 3*ms, 1, 2, 3, 4, 5)
}

// TestBrokersAllocateNothing once they have their size.
func TestBrokersAllocateNothing(t *testing.T) {
	for name, d := range map[string]Discipline{
		"send":  sender(t, Send{Partitions: 3, Max: 4, Linger: time.Duration(2 * ms)}, 5),
		"fetch": fetcher(t, Fetch{Min: 3, Max: 4, MaxWait: time.Duration(2 * ms)}, 2),
	} {
		now := event.Time(0)
		round := func() {
			for range 20 {
				d.Add(now, 1, 0, 1)
				d.Take(now, 1)
				now += ms
			}
			d.Drain()
		}
		round()
		if n := testing.AllocsPerRun(100, round); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
