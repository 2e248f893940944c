package validate

import (
	"vsim/profile"
	"vsim/sim/predict"
)

// allTheTime is the busy part of its time from which on something counts as busy all the time.
const allTheTime = 0.97

// band is the band of a case: by the load that it asks for, else by how busy its busiest part is predicted to be. One client is
// alone at any time.
func band(c *Case, p *predict.Prediction) profile.Band {
	w := &c.Scenario.Workload
	switch open := w.Arrivals != "closed"; {
	case !open && w.Concurrency == 1:
		return profile.ZeroLoad
	case c.Load > 0:
		return profile.BandOf(c.Load)
	case p.Verdict == predict.Overloaded || !open && busiest(p) >= allTheTime:
		return profile.Saturated
	}
	return profile.BandOf(busiest(p))
}

// busiest is how much of its time the busiest resource, or the workers of the busiest stage, work.
func busiest(p *predict.Prediction) float64 {
	most := 0.0
	for i := range p.Resources {
		if !p.Resources[i].Unlimited {
			most = max(most, p.Resources[i].Utilization.Value)
		}
	}
	for i := range p.Stages {
		most = max(most, p.Stages[i].Utilization.Value)
	}
	return most
}

// bands are all of them in the order of load.
var bands = []profile.Band{profile.ZeroLoad, profile.Load30, profile.Load60, profile.Load80, profile.Load90, profile.Load95, profile.Saturated}
