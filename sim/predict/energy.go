package predict

import (
	"math"
	"slices"

	"vsim/sim/engine"
)

// energy is what a completed request takes, nil where no device's power is known.
func (s *study) energy() *Energy {
	if !slices.ContainsFunc(s.sys.Resources, hasPower) {
		return nil
	}
	var e Energy
	e.CPU, e.CPUIdleShare = s.energyOf(engine.CPU)
	e.GPU, e.GPUIdleShare = s.energyOf(engine.GPU)
	return &e
}

func hasPower(r engine.Resource) bool {
	return r.IdleWatts > 0 || slices.ContainsFunc(r.Kinds, func(k engine.Kind) bool { return k.Watts > 0 })
}

// energyOf is the energy of the resources of a type, in J a request, and the idle share of it.
func (s *study) energyOf(t engine.ResourceType) (perRequest, idleShare Estimate) {
	var devices []int
	for i, r := range s.sys.Resources {
		if r.Type != t {
			continue
		}
		if !hasPower(r) {
			return nothing(), nothing()
		}
		devices = append(devices, i)
	}
	if len(devices) == 0 {
		return Estimate{}, Estimate{}
	}
	sums := func(w *engine.Window) (idle, active float64) {
		for _, i := range devices {
			idle += w.IdleJ[i]
			active += w.ActiveJ[i]
		}
		return idle, active
	}
	perRequest = s.mean(func(w *engine.Window) float64 {
		idle, active := sums(w)
		if w.Completed == 0 {
			return math.NaN()
		}
		return (idle + active) / float64(w.Completed)
	})
	idleShare = s.mean(func(w *engine.Window) float64 { idle, active := sums(w); return idle / (idle + active) })
	return perRequest, idleShare
}
