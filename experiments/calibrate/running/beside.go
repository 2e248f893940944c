package running

// A server may prepare a request's input before the request is in a batch, on other threads than its instance's, as vsim serve decodes
// JPEG files. It then counts more compute input for requests than for batches. A calibration has no place for that work.

// mostBesideNs is how much of it goes without a word.
const mostBesideNs = 0.2e6

// beside warns of input that is prepared outside of batches.
func (r *Calibration) beside(model string, bursts []*burst) {
	requests, ns := 0.0, 0.0
	for _, b := range bursts {
		c := b.Counted[model]
		if !b.alone() || b.Images > 1 || c.Requests != c.Executions {
			continue
		}
		requests += float64(c.Requests)
		ns += c.Input
		for _, p := range c.Batches {
			ns -= p.InputNs
		}
	}
	if requests > 0 && ns/requests > mostBesideNs {
		r.warn("the server spends %.2f ms on the input of a request of %s outside of its batches (it decodes images on other threads); the scenario leaves that out and is too fast: predict such a server from its own scenario",
			ns/requests*1e-6, model)
	}
}
