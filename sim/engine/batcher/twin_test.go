package batcher

import (
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"vsim/sim/engine/event"
)

// tape is a history for a batcher, written in bytes: first its configuration, then what happens. It is
// read to its end, and gives zeros beyond.
type tape struct{ bytes []byte }

func (t *tape) next(n int) int {
	if len(t.bytes) == 0 {
		return 0
	}
	b := t.bytes[0]
	t.bytes = t.bytes[1:]
	return int(b) % n
}

// config reads a configuration. Times are whole units, so that much happens at the same time.
func (t *tape) config() (c Config, unit event.Time) {
	unit = []event.Time{1, ms, 90 * ms}[t.next(3)]
	span := func(n int) time.Duration { return time.Duration(unit) * time.Duration(max(t.next(2*n)-n, 0)) }
	c = Config{Max: t.next(10), Delay: span(8), Prefetch: t.next(4) > 0, Instances: t.next(4)}
	sizes := t.next(256)
	c.Closed = sizes%3 == 0
	for size := 1; size <= max(c.Max, 1); size++ {
		if sizes>>(size-1)&1 == 1 {
			c.Preferred = append(c.Preferred, size)
		}
	}
	c.Early = []float64{0, 0, 0.4, 1}[t.next(4)]
	for range t.next(6) % 4 {
		c.Queues = append(c.Queues, Queue{Limit: max(t.next(8)-3, 0), Timeout: span(8), Defer: t.next(2) == 1})
	}
	return c, unit
}

// lockstep plays one history on a batcher and its twin, looks at all that they answer, and keeps a ledger
// of where each request went.
type lockstep struct {
	testing.TB
	config    Config
	unit      event.Time
	batcher   *Batcher
	twin      *dumb
	now       event.Time
	idle      int
	busy      int
	down      int
	inside    map[int32]int // level of each request that is inside
	items     map[int32]int // of each request that ever came in
	single    bool          // all have one
	came      int32
	batches   int
	rejected  int
	dismissed int
}

func newLockstep(t testing.TB, in *tape) *lockstep {
	c, unit := in.config()
	l := &lockstep{TB: t, config: c, unit: unit, batcher: newBatcher(t, c), twin: newDumb(c), idle: c.Instances, inside: map[int32]int{}, items: map[int32]int{}, single: in.next(2) == 0}
	if c.Instances == 0 {
		l.idle = 1
	}
	return l
}

func (l *lockstep) play(in *tape) {
	for len(in.bytes) > 0 {
		switch in.next(8) {
		case 0, 1:
			l.add(1, in.next(7), in)
			l.settle()
		case 2:
			l.add(in.next(12), in.next(7), in)
			l.settle()
		case 3:
			l.add(1, in.next(7), in) // looked at later, with what else happens now
		case 4:
			l.finish()
			if in.next(3) > 0 {
				l.settle()
			}
		case 5:
			l.pass(event.Time(in.next(4)) * l.unit)
		case 6:
			l.settle()
			if due := l.batcher.Due(); due < event.Never {
				l.pass(due - l.now)
			} else {
				l.pass(event.Time(in.next(256)) * 10 * ms)
			}
		default:
			l.seldom(in.next(8))
		}
	}
	l.drain()
	l.settle()
	if len(l.inside) != 0 || l.batcher.Len() != 0 {
		l.Fatalf("%d of %d requests never came out", len(l.inside), l.came)
	}
}

// seldom is what an outage does, and time that is no whole unit.
func (l *lockstep) seldom(what int) {
	switch {
	case what == 0:
		l.drain()
	case what == 1 && l.config.Instances > 0 && l.idle > 0:
		l.idle--
		l.down++
	case what <= 3 && l.down > 0:
		l.idle++
		l.down--
	case what == 4:
		l.pass(1)
	default:
		l.finish()
		l.settle()
	}
}

func (l *lockstep) add(n, level int, in *tape) {
	level %= max(len(l.config.Queues), 1)
	for range n {
		l.came++
		items := 1
		if !l.single {
			items += in.next(4) // with small batches more than they may have
		}
		l.items[l.came] = items
		ok := l.batcher.Add(l.now, l.came, level, items)
		if twin := l.twin.Add(l.now, l.came, level, items); ok != twin {
			l.Fatalf("at %d: request %d let in: %v, by the twin: %v", l.now, l.came, ok, twin)
		}
		if ok {
			l.inside[l.came] = level
		} else {
			l.rejected++
		}
	}
}

func (l *lockstep) finish() {
	if l.busy > 0 {
		l.busy--
		l.idle++
	}
}

// pass lets time go by, and stops when the batcher is due.
func (l *lockstep) pass(span event.Time) {
	l.settle()
	end := l.now + span
	for due := l.batcher.Due(); due <= end; due = l.batcher.Due() {
		if due <= l.now && due != l.now+span {
			l.Fatalf("at %d: it is due at %d, though it was just asked", l.now, due)
		}
		l.now = due
		l.settle()
		if l.batcher.Due() == due {
			l.Fatalf("at %d: it remains due", l.now)
		}
	}
	l.now = end
}

// settle takes batches until there are none.
func (l *lockstep) settle() {
	for {
		batch, want := l.batcher.Take(l.now, l.idle), l.twin.Take(l.now, l.idle)
		if !slices.Equal(batch, want) {
			l.Fatalf("at %d with %d idle: batch %v, the twin's %v", l.now, l.idle, batch, want)
		}
		if batch == nil {
			break
		}
		items := 0
		for _, id := range batch {
			items += l.items[id]
		}
		if n := len(batch); n == 0 || n > 1 && items > max(l.config.Max, 1) || l.idle == 0 {
			l.Fatalf("at %d with %d idle: a batch of %d with %d items", l.now, l.idle, n, items)
		}
		if !slices.IsSortedFunc(batch, func(a, b int32) int { return l.inside[a] - l.inside[b] }) {
			l.Fatalf("at %d: batch %v has a lower level before a higher one", l.now, batch)
		}
		l.leave(batch)
		l.batches++
		if l.config.Instances > 0 {
			l.idle--
			l.busy++
		}
	}
	expired, want := l.batcher.Expired(), l.twin.Expired()
	slices.Sort(want) // of those rejected at one moment, the order is free
	if got := slices.Sorted(slices.Values(expired)); !slices.Equal(got, want) {
		l.Fatalf("at %d: expired %v, the twin's %v", l.now, got, want)
	}
	l.leave(expired)
	l.dismissed += len(expired)
	if due, want := l.batcher.Due(), l.twin.Due(); due != want {
		l.Fatalf("at %d: due at %d, the twin at %d", l.now, due, want)
	}
	if n := l.batcher.Len(); n != l.twin.Len() || n != len(l.inside) {
		l.Fatalf("at %d: %d inside, %d in the twin, %d by the ledger", l.now, n, l.twin.Len(), len(l.inside))
	}
}

func (l *lockstep) drain() {
	got, want := l.batcher.Drain(), l.twin.Drain()
	if !slices.Equal(got, want) {
		l.Fatalf("at %d: drained %v, the twin %v", l.now, got, want)
	}
	l.leave(got)
}

// leave crosses requests off the ledger: each comes out once.
func (l *lockstep) leave(ids []int32) {
	for _, id := range ids {
		if _, ok := l.inside[id]; !ok {
			l.Fatalf("at %d: request %d of %v is not inside", l.now, id, ids)
		}
		delete(l.inside, id)
	}
}

// TestTwin: on random histories the batcher and its twin answer all the same, and every request that came
// in comes out once.
func TestTwin(t *testing.T) {
	histories := uint64(4000)
	if underRace {
		histories /= 10
	} else if os.Getenv("VSIM_LONG") != "" {
		histories *= 20
	}
	var batches, rejected, dismissed int
	for seed := range histories {
		rng := rand.New(rand.NewPCG(seed, 3))
		in := &tape{make([]byte, 400)}
		for i := range in.bytes {
			in.bytes[i] = byte(rng.Uint32())
		}
		l := newLockstep(t, in)
		play(t, l, in, seed)
		batches, rejected, dismissed = batches+l.batches, rejected+l.rejected, dismissed+l.dismissed
	}
	t.Logf("%d batches, %d requests refused, %d expired", batches, rejected, dismissed)
	if batches < 10*int(histories) || rejected < int(histories) || dismissed < int(histories) {
		t.Errorf("the histories are dull: %d batches, %d requests refused, %d expired", batches, rejected, dismissed)
	}
}

// play says which history it was when it fails.
func play(t *testing.T, l *lockstep, in *tape, seed uint64) {
	defer func() {
		if t.Failed() {
			t.Logf("seed %d: %+v", seed, l.config)
		}
	}()
	l.play(in)
}

// FuzzBatcher plays any history.
func FuzzBatcher(f *testing.F) {
	f.Add([]byte("\x01\x04\x0b\x03\x01\x00\x00\x00\x00\x02\x06\x00\x06\x04\x01"))
	f.Add([]byte("\x02\x05\x00\x00\x02\x00\x03\x06\x0c\x00\x00\x0d\x01\x05\x0e\x00\x02\x09\x01\x02\x07\x02\x06\x07\x00\x04\x01"))
	f.Fuzz(func(t *testing.T, history []byte) {
		in := &tape{history}
		newLockstep(t, in).play(in)
	})
}
