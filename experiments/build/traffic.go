package build

import "vsim/sim/random"

// source makes the arrivals.
func (b *builder) source() {
	w := &b.g.Workload
	switch w.Arrivals {
	case "poisson":
		gap, err := random.Exponential(1e9 / float64(w.Rate))
		if err != nil {
			b.fault("workload.rate", err)
		}
		b.sys.Source.Gap = gap
	case "renewal":
		b.sys.Source.Gap = b.inline("workload.gap", w.Gap, 1)
	default:
		b.sys.Source.Clients = w.Concurrency
		b.sys.Source.Backoff = w.Backoff.Duration()
		if w.ThinkTime != nil {
			b.sys.Source.Think = b.inline("workload.think_time", w.ThinkTime, 1)
		}
	}
}
