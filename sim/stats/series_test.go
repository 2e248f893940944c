package stats

import (
	"math/rand/v2"
	"testing"

	"vsim/sim/event"
)

type completion struct {
	now       event.Time
	latencyNs int64
}

// completions draws a history that ends near the given time.
func completions(seed uint64, n int, end event.Time) []completion {
	rng := rand.New(rand.NewPCG(seed, 2))
	list := make([]completion, n)
	now := event.Time(0)
	for i := range list {
		now += event.Time(rng.ExpFloat64() * float64(end) / float64(n))
		list[i] = completion{now, rng.Int64N(1e9)}
	}
	return list
}

// The blocks against a second pass over all completions.
func TestSeriesAgainstSecondPass(t *testing.T) {
	for seed, end := range []event.Time{1, firstBlock, 63 * firstBlock, 64 * firstBlock, 1e9, 1e12, 1e16} {
		history := completions(uint64(seed), 3000, end)
		var s Series
		for _, c := range history {
			s.Complete(c.now, c.latencyNs)
		}
		blocks, length := s.Blocks()
		last := history[len(history)-1].now
		if want := int(last / length); len(blocks) != want || want >= maxBlocks {
			t.Fatalf("end %d: %d blocks of %d, want %d, fewer than %d", end, len(blocks), length, want, maxBlocks)
		}
		if length > firstBlock && len(blocks) < maxBlocks/2 {
			t.Errorf("end %d: %d blocks are few: want at least %d once they have doubled", end, len(blocks), maxBlocks/2)
		}
		want := make([]Histogram, len(blocks)+1)
		for _, c := range history {
			want[c.now/length].Record(c.latencyNs)
		}
		for i := range blocks {
			if !same(&blocks[i].Latency, &want[i]) {
				t.Fatalf("end %d: block %d differs from the second pass", end, i)
			}
		}
	}
}

func TestAdvanceClosesBlocksWithoutCompletions(t *testing.T) {
	var s Series
	if blocks, _ := s.Blocks(); len(blocks) != 0 {
		t.Errorf("a new series has %d blocks", len(blocks))
	}
	s.Complete(5, 7)
	s.Advance(3*firstBlock - 1)
	if blocks, _ := s.Blocks(); len(blocks) != 2 || blocks[0].Latency.Count() != 1 || blocks[1].Latency.Count() != 0 {
		t.Errorf("got %d blocks, want one with a completion and one without", len(blocks))
	}
	s.Advance(3 * firstBlock)
	if blocks, _ := s.Blocks(); len(blocks) != 3 {
		t.Errorf("a block that ends now is complete: got %d, want 3", len(blocks))
	}
}

// A jump over many doublings must neither lose completions nor take long.
func TestJumpKeepsWhatWasCounted(t *testing.T) {
	var s Series
	for i := range int64(100) {
		s.Complete(event.Time(i), i)
	}
	s.Advance(1 << 60)
	blocks, length := s.Blocks()
	if blocks[0].Latency.Count() != 100 || event.Time(len(blocks))*length > 1<<60 {
		t.Errorf("first block has %d completions, %d blocks of %d", blocks[0].Latency.Count(), len(blocks), length)
	}
}

func TestResetSeriesStartsAgain(t *testing.T) {
	var s, fresh Series
	s.Reset() // of an unused one
	for _, c := range completions(1, 1000, 1e12) {
		s.Complete(c.now, c.latencyNs)
	}
	s.Reset()
	for _, c := range completions(2, 1000, 1e9) {
		s.Complete(c.now, c.latencyNs)
		fresh.Complete(c.now, c.latencyNs)
	}
	got, length := s.Blocks()
	want, wantLength := fresh.Blocks()
	if length != wantLength || len(got) != len(want) {
		t.Fatalf("%d blocks of %d, want %d of %d", len(got), length, len(want), wantLength)
	}
	for i := range got {
		if !same(&got[i].Latency, &want[i].Latency) {
			t.Fatalf("block %d differs from a fresh series", i)
		}
	}
}

func TestWarmSeriesAllocatesNothing(t *testing.T) {
	var s Series
	now := event.Time(0)
	step := func() { s.Complete(now, int64(now%1000)*1e6); now += 1e6 }
	for range 100_000 {
		step()
	}
	if n := testing.AllocsPerRun(300_000, step); n != 0 { // doubles once or twice on the way
		t.Errorf("%g allocations a completion, want 0", n)
	}
}

// Little's law to the last bit: the integral of the number inside is the sum
// of the times inside.
func TestLittlesLawIsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	var inside TimeAverage
	var sojourns Histogram
	var came []event.Time
	now := event.Time(0)
	for range 10_000 {
		now += event.Time(rng.Int64N(1000))
		if len(came) > 0 && rng.IntN(2) == 0 {
			i := rng.IntN(len(came))
			sojourns.Record(int64(now - came[i]))
			came = append(came[:i], came[i+1:]...)
			inside.Add(now, -1)
		} else {
			came = append(came, now)
			inside.Add(now, 1)
		}
	}
	rest := int64(0)
	for _, c := range came {
		rest += int64(now - c)
	}
	if got, want := inside.Integral(now), sojourns.Sum()+rest; got != want {
		t.Errorf("integral %d, sojourns %d", got, want)
	}
	if inside.Value() != int64(len(came)) {
		t.Errorf("inside %d, want %d", inside.Value(), len(came))
	}
}

func TestTimeAverageOfAStair(t *testing.T) {
	var a TimeAverage
	a.Set(10, 3)
	a.Add(20, 2)
	at := a.Integral(25) // 3 x 10 + 5 x 5
	a.Set(30, 1)
	if at != 55 || a.Integral(40) != 90 {
		t.Errorf("integrals %d and %d, want 55 and 90", at, a.Integral(40))
	}
	if got := a.Mean(25, at, 40); got != 35.0/15 {
		t.Errorf("mean from 25 to 40 is %g, want %g", got, 35.0/15)
	}
}
