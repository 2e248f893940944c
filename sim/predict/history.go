package predict

import "math"

// History is how one replication went, the first, in blocks of simulated time of equal length. The first Warmup of them
// are in no other number of the prediction.
type History struct {
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
