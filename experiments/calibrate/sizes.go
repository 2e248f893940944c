package calibrate

// nextSize is the next batch whose time a scenario has, after one of so many images: all small ones, and of large ones each a
// fourth above the one before.
func nextSize(batch, most int) int { return min(max(batch+1, batch*5/4), most) }

// sizes are the batches whose times a scenario has.
func sizes(most int) (out []int) {
	for b := 1; ; b = nextSize(b, most) {
		if out = append(out, b); b >= most {
			return out
		}
	}
}

// ample is how many times as many requests as a row has in the mean are looked at in an open loop.
const ample = 64

// fillable is the largest batch that makes a difference to a simulation of so many requests: the simulator makes the times of
// every size ready, of which a load fills but a few. It is one of sizes, so that nothing that is run changes.
func fillable(requests float64, images, preferred, most int) int {
	for _, size := range sizes(most) {
		if size >= preferred && float64(size) > requests*float64(max(images, 1)) {
			return size
		}
	}
	return most
}

// last is the last of some sizes, 0 of none.
func last(sizes []int) int {
	if len(sizes) == 0 {
		return 0
	}
	return sizes[len(sizes)-1]
}

// simulated is the model with no larger batches than a row fills.
func (m *LoadModel) simulated(load OnlineRow) *LoadModel {
	out := *m
	requests := float64(load.Concurrency)
	if load.Concurrency == 0 {
		requests = ample * (load.RateRPS*load.AvgS + 1)
	}
	out.Server.MaxBatch = fillable(requests, m.Images, last(m.Server.Preferred), m.Server.MaxBatch)
	return &out
}

// simulated is the setup with no larger batches than so many clients fill.
func (s *Setup) simulated(clients int, preferred []int) *Setup {
	out := *s
	out.MaxBatch = fillable(float64(clients), s.Items, max(last(preferred), s.Items), s.MaxBatch)
	return &out
}
