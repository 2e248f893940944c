package predict

import (
	"math"
	"time"

	"vsim/sim/engine"
	"vsim/sim/topology"
)

// History is how one replication went, the first, in blocks of simulated time of equal length. The first Warmup of them
// are in no other number of the prediction. Of a cycle of traffic of which there is too much for a replication, it is that cycle.
type History struct {
	Cycle         bool
	BlockS        float64 // the length of a block, seconds
	Warmup        int
	ThroughputRPS []float64   // by block
	Inside        []float64   // by block: the time average of the number of requests inside
	Busy          [][]float64 // by resource of the prediction, then block: the busy part of the capacity, 0 to 1
}

// Blocks is the number of blocks.
func (h *History) Blocks() int { return len(h.Inside) }

// history takes down how the first replication went; of traffic that ends, until the last request has left.
func (s *study) history() *History {
	if s.day != nil {
		return s.day.history(cycle(s.sys))
	}
	r := s.runs[0]
	n, length := r.Blocks()
	if r.Done() {
		n = int(math.Ceil(float64(r.Since(0).Span) / float64(length)))
	}
	h := &History{BlockS: length.Seconds(), Warmup: min(s.warmup(r), n), Busy: make([][]float64, len(s.top.Resources))}
	for i := range n {
		completed, _ := r.BlockLatency(i)
		h.ThroughputRPS = append(h.ThroughputRPS, float64(completed)/length.Seconds())
		h.Inside = append(h.Inside, r.BlockInside(i))
		busy := r.BlockBusy(i)
		for k := range s.top.Resources {
			sum := 0.0
			for _, c := range s.top.Resources[k].Copies {
				sum += busy[c.Index]
			}
			h.Busy[k] = append(h.Busy[k], sum/float64(len(s.top.Resources[k].Copies)))
		}
	}
	return h
}

// mostBlocks are those in which a cycle is shown.
const mostBlocks = 96

// history is that of a day, its neighbours put together where it is in more parts than are shown.
func (d *day) history(cycle time.Duration) *History {
	h := &History{Cycle: true, BlockS: cycle.Seconds() / float64(len(d.course.Inside)), ThroughputRPS: d.course.ThroughputRPS, Inside: d.course.Inside, Busy: d.course.Busy}
	for len(h.Inside) > mostBlocks {
		h.BlockS *= 2
		h.ThroughputRPS, h.Inside = pairs(h.ThroughputRPS), pairs(h.Inside)
		for i := range h.Busy {
			h.Busy[i] = pairs(h.Busy[i])
		}
	}
	return h
}

// pairs are the means of each two neighbours, of an even number.
func pairs(values []float64) (means []float64) {
	for i := 0; i < len(values); i += 2 {
		means = append(means, (values[i]+values[i+1])/2)
	}
	return means
}

// goOn adds a block to a history, in which several windows have shown what went on, or nothing did.
func (h *History) goOn(top *topology.Topology, windows ...engine.Window) {
	if h.Busy == nil {
		h.Busy = make([][]float64, len(top.Resources))
	}
	var throughput, inside float64
	busy := make([]float64, len(top.Resources))
	for i := range windows {
		w := &windows[i]
		if w.Span == 0 {
			continue // no event was left for it
		}
		throughput += rate(w) / float64(len(windows))
		inside += w.Inside / float64(len(windows))
		for k := range top.Resources {
			copies := top.Resources[k].Copies
			for _, c := range copies {
				busy[k] += w.Busy[c.Index] / float64(len(copies)) / float64(len(windows))
			}
		}
	}
	h.ThroughputRPS, h.Inside = append(h.ThroughputRPS, throughput), append(h.Inside, inside)
	for k := range busy {
		h.Busy[k] = append(h.Busy[k], busy[k])
	}
}
