package predict

import "math"

// Of makes the prediction that of a fleet of so many systems like the one that was simulated, side by side: everything that is
// counted by the second is that many times as much. What a request sees is what it was, and so is what each device does.
func (p *Prediction) Of(fleet float64) {
	d := &p.Dropped
	rates := []*Estimate{&p.ThroughputRPS, p.ItemsPerS, &p.OfferedRPS, &p.RetriedRPS, &p.EvictedRPS, p.QueueGrowthRPS,
		&d.RejectedRPS, &d.ExpiredRPS, &d.LostRPS, &d.SkippedRPS}
	for i := range p.Classes {
		rates = append(rates, &p.Classes[i].ThroughputRPS)
	}
	for _, rate := range rates {
		if rate != nil {
			*rate = rate.Times(fleet)
		}
	}
	for i := range p.Resources {
		r := &p.Resources[i]
		r.FleetCopies = int(math.Round(fleet * float64(max(len(r.Copies), 1))))
	}
	if p.PI != nil {
		p.PI.ThroughputRPS.Low *= fleet
		p.PI.ThroughputRPS.High *= fleet
	}
	if h := p.History; h != nil {
		multiply(h.ThroughputRPS, fleet)
		multiply(h.Inside, fleet)
	}
	for i := range p.Rounds {
		for k := range p.Rounds[i].Replications {
			p.Rounds[i].Replications[k].ThroughputRPS *= fleet
		}
	}
}

func multiply(values []float64, by float64) {
	for i := range values {
		values[i] *= by
	}
}

// Allow widens the intervals of throughput, of what is offered and of latencies by so many times what another prediction of the same may
// differ in each, the far end of its interval, and adds what that one took to what this one took.
func (p *Prediction) Allow(times float64, other *Prediction) {
	allow := func(of *Estimate, other Estimate, run *Spread) {
		by := times * max(math.Abs(other.Low/of.Value-1), math.Abs(other.High/of.Value-1))
		if !finiteNumber(by) {
			return
		}
		*of = of.Wider(by)
		if run != nil {
			run.Low, run.High = run.Low/(1+by), run.High*(1+by)
		}
	}
	pi := p.PI
	if pi == nil {
		pi = &PI{}
	}
	latency := func(of, other *Latency, run *SpreadOfLatency) {
		allow(&of.Mean, other.Mean, &run.Mean)
		allow(&of.P50, other.P50, &run.P50)
		allow(&of.P90, other.P90, &run.P90)
		allow(&of.P95, other.P95, &run.P95)
		allow(&of.P99, other.P99, &run.P99)
		allow(&of.P999, other.P999, &run.P999)
	}
	allow(&p.ThroughputRPS, other.ThroughputRPS, &pi.ThroughputRPS)
	allow(&p.OfferedRPS, other.OfferedRPS, nil)
	latency(&p.LatencyS, &other.LatencyS, &pi.LatencyS)
	for i := range p.Classes {
		c, o := &p.Classes[i], &other.Classes[i]
		allow(&c.ThroughputRPS, o.ThroughputRPS, nil)
		latency(&c.LatencyS, &o.LatencyS, &SpreadOfLatency{})
	}
	r, o := &p.Run, &other.Run
	r.Events, r.Requests, r.SimS, r.WallS = r.Events+o.Events, r.Requests+o.Requests, r.SimS+o.SimS, r.WallS+o.WallS
}
