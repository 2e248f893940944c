package engine

import (
	"testing"

	"vsim/sim/engine/event"
)

// departures runs the engine until so many requests have left.
func departures(t *testing.T, r *Run, want int) (left []departure) {
	number := map[int32]int{}
	arrived := 0
	r.Observe(func(e *Event) {
		switch e.Kind {
		case RequestArrives:
			number[e.Request] = arrived
			arrived++
		case RequestLeaves:
			left = append(left, departure{number[e.Request], int64(e.At)})
		}
	})
	for len(left) < want && r.Inside() < 300 && r.now < event.Time(1e12) {
		r.goOn(1)
	}
	return left
}

// TestTwin: on random systems the same requests leave in the same order, at the same nanosecond or the
// next: the engine's clocks round in other places than the twin's remaining work.
func TestTwin(t *testing.T) {
	const want = 250
	queued := 0                  // resources with run queues
	threaded := 0                // steps with threads
	send, fetch, feed := 0, 0, 0 // pools of brokers
	for seed := range uint64(seeds(400)) {
		sys := drawSystem(seed)
		if swarmOf(seed).grid {
			// Times in whole milliseconds: everything happens at once. Only without sharing is what
			// should be a tie one in floats, too.
			for i := range sys.Resources {
				res := &sys.Resources[i]
				res.Capacity, res.Excess = 0, nil
				for k := range res.Kinds {
					res.Kinds[k].Limit = 0
				}
			}
		}
		if seed%3 == 2 && !swarmOf(seed).grid {
			queued += perCore(sys)
		}
		if seed%2 == 1 {
			s, f, d := swarmOf(seed).brokers(sys)
			send, fetch, feed = send+s, fetch+f, feed+d
		}
		if seed%4 == 3 {
			jitterAll(sys, 0.05)
		}
		if seed%5 >= 3 {
			itemise(sys, 1, 1, 2, 3, 5)
		}
		if seed%3 == 1 {
			threaded += threads(sys)
		}
		got := departures(t, newRun(t, sys, int(seed%3)), want)
		w := newTwin(sys, int(seed%3))
		for len(w.left) < len(got) && w.step() {
		}
		for i, g := range got {
			d := g.at - w.left[i].at
			if g.request == w.left[i].request && d >= -1 && d <= 1 {
				continue
			}
			t.Errorf("departure %d: request %d at %d ns, the twin has request %d at %d ns\n%s", i,
				g.request, g.at, w.left[i].request, w.left[i].at, describe(sys))
			break
		}
	}
	if least := seeds(400) / 4; send < least || fetch < least || feed < least/2 {
		t.Errorf("%d pools send, %d fetch, %d of them for others", send, fetch, feed)
	}
	if threaded < seeds(400)/10 {
		t.Errorf("%d steps with threads", threaded)
	}
	if queued < seeds(400)/20 {
		t.Errorf("%d resources with run queues", queued)
	}
}
