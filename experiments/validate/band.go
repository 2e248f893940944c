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
	clients := 0
	if w := &c.Scenario.Workload; w.Arrivals == "closed" {
		clients = w.Concurrency
	}
	return bandOf(clients, c.Load, p)
}

// bandOf is that of a closed loop of clients or, where there are none, of a load, 0 where it is not known.
func bandOf(clients int, load float64, p *predict.Prediction) profile.Band {
	switch open := clients == 0; {
	case clients == 1:
		return profile.ZeroLoad
	case load > 0 && load <= 1:
		return profile.BandOf(load)
	case p.Verdict == predict.Overloaded || load > 1 || !open && busiest(p) >= allTheTime:
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
