package predict

import (
	"math"
	"slices"
	"time"

	"vsim/sim/engine"
	"vsim/sim/engine/stats"
	"vsim/sim/topology"
)

// History is how one replication went, the first, in blocks of simulated time of equal length. The first Warmup of them
// are in no other number of the prediction. Of a cycle of traffic of which there is too much for a replication, it is that cycle.
type History struct {
	Cycle         bool
	BlockS        float64 // the length of a block, seconds
	Warmup        int
	OfferedRPS    []float64   // by block: what arrives
	ThroughputRPS []float64   // by block
	Inside        []float64   // by block: the time average of the number of requests inside
	LatencyMeanS  []float64   // by block: of what was completed in it, NaN where nothing was
	LatencyP99S   []float64   // the same
	Busy          [][]float64 // by resource of the prediction, then block: the busy part of the capacity, 0 to 1

	latency []stats.Histogram // by block, in ns, until they are summed up
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
		w := r.Block(i)
		h.OfferedRPS = append(h.OfferedRPS, float64(w.Arrived)/length.Seconds())
		h.ThroughputRPS = append(h.ThroughputRPS, float64(w.Completed)/length.Seconds())
		h.latency = append(h.latency, w.Latency)
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
	h.sumUp()
	return h
}

// mostBlocks are those in which a cycle is shown.
const mostBlocks = 96

// history is that of a day, its neighbours put together where it is in more parts than are shown.
func (d *day) history(cycle time.Duration) *History {
	h := d.course
	h.Cycle, h.BlockS, h.Busy = true, cycle.Seconds()/float64(h.Blocks()), slices.Clone(h.Busy)
	for h.Blocks() > mostBlocks {
		h.BlockS *= 2
		h.OfferedRPS, h.ThroughputRPS, h.Inside, h.latency = pairs(h.OfferedRPS), pairs(h.ThroughputRPS), pairs(h.Inside), mergedPairs(h.latency)
		for i := range h.Busy {
			h.Busy[i] = pairs(h.Busy[i])
		}
	}
	h.sumUp()
	return &h
}

// sumUp puts means and quantiles of the blocks' latencies in their place.
func (h *History) sumUp() {
	for i := range h.latency {
		mean, p99 := math.NaN(), math.NaN()
		if l := &h.latency[i]; l.Count() > 0 {
			mean, p99 = l.Mean()*1e-9, float64(l.Quantile(0.99))*1e-9
		}
		h.LatencyMeanS, h.LatencyP99S = append(h.LatencyMeanS, mean), append(h.LatencyP99S, p99)
	}
	h.latency = nil
}

// mergedPairs are each two neighbours as one, of an even number.
func mergedPairs(latencies []stats.Histogram) []stats.Histogram {
	merged := make([]stats.Histogram, len(latencies)/2)
	for i := range latencies {
		merged[i/2].Merge(&latencies[i])
	}
	return merged
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
	var offered, throughput, inside float64
	var latency stats.Histogram
	busy := make([]float64, len(top.Resources))
	for i := range windows {
		w := &windows[i]
		if w.Span == 0 {
			continue // no event was left for it
		}
		offered += float64(w.Arrived) / w.Span.Seconds() / float64(len(windows))
		throughput += rate(w) / float64(len(windows))
		latency.Merge(&w.Latency)
		inside += w.Inside / float64(len(windows))
		for k := range top.Resources {
			copies := top.Resources[k].Copies
			for _, c := range copies {
				busy[k] += w.Busy[c.Index] / float64(len(copies)) / float64(len(windows))
			}
		}
	}
	h.OfferedRPS, h.ThroughputRPS, h.Inside = append(h.OfferedRPS, offered), append(h.ThroughputRPS, throughput), append(h.Inside, inside)
	h.latency = append(h.latency, latency)
	for k := range busy {
		h.Busy[k] = append(h.Busy[k], busy[k])
	}
}
