package explain

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"vsim/sim"
	"vsim/sim/predict"
	"vsim/sim/topology"
)

// Limit is a resource or the workers of a stage, and the load that makes it full.
type Limit struct {
	Name        string        `json:"name"`
	Cause       predict.Cause `json:"cause"`
	Key         string        `json:"key"`          // that sets it
	CapacityRPS float64       `json:"capacity_rps"` // load at which it is full
	BusyFull    float64       `json:"busy_full"`    // its busy part where the system serves all that it can
	Busy        float64       `json:"busy"`         // its busy part at the scenario's own load

	stage    int // of workers; -1 of a resource
	resource int // of a resource; -1 of workers
}

// named is its name, with the key that sets it where that is another word.
func (l *Limit) named() string {
	if l.Key == l.Name {
		return l.Name
	}
	return fmt.Sprintf("%s (%s)", l.Name, l.Key)
}

// limits lists what can be full, the first to break as load grows first. full is the system as it serves all that it can;
// now is it at its own load. Workers count as busy while they work, not while they wait for what they work on: that is
// then full itself.
func limits(top *topology.Topology, full, now *sim.Prediction) (out []Limit) {
	served := full.ThroughputRPS.Value
	if math.IsNaN(served) {
		return nil
	}
	for i := range top.Resources {
		r := &top.Resources[i]
		if full.Resources[i].Unlimited || r.Type == topology.Own {
			continue
		}
		out = append(out, Limit{Name: r.Name, Cause: predict.BusyResource, Key: r.Key, stage: -1, resource: i,
			BusyFull: busiest(&full.Resources[i]), Busy: busiest(&now.Resources[i])})
	}
	for i := range top.Stages {
		st := &top.Stages[i]
		out = append(out, Limit{Name: st.Name + " workers", Cause: predict.BusyWorkers, Key: st.WorkersKey, stage: i, resource: -1,
			BusyFull: atWork(&full.Stages[i]), Busy: atWork(&now.Stages[i])})
	}
	out = slices.DeleteFunc(out, func(l Limit) bool { return !(l.BusyFull > 1e-3) })
	for i := range out {
		out[i].CapacityRPS = served / out[i].BusyFull
	}
	// Resources come first: where both are as busy, to half a percent of it, the workers wait for the resource.
	half := func(l Limit) float64 { return math.Round(200 * math.Log(l.BusyFull)) }
	slices.SortStableFunc(out, func(a, b Limit) int { return cmp.Compare(half(b), half(a)) })
	return out
}

// busiest is the utilization of the busiest copy.
func busiest(r *predict.Resource) float64 {
	busy := r.Utilization.Value
	for i := range r.Copies {
		busy = max(busy, r.Copies[i].Utilization.Value)
	}
	return busy
}

// atWork is the part of the time that a stage's workers do what they would do on idle resources.
func atWork(st *predict.Stage) (part float64) {
	for i := range st.Steps {
		part += stepAtWork(&st.Steps[i])
	}
	return part
}

func stepAtWork(s *predict.Step) float64 {
	alone := s.AloneS.Value / s.TotalS()
	if math.IsNaN(alone) { // no time at all, or no steady state
		alone = 1
	}
	return s.Utilization.Value * alone
}
