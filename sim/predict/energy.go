package predict

import (
	"math"
	"slices"

	"vsim/sim/engine"
	"vsim/sim/topology"
)

// energy is what a completed request takes, nil where no device's power is known.
func (s *study) energy() *Energy {
	if !slices.ContainsFunc(s.sys.Resources, hasPower) {
		return nil
	}
	is := func(types ...topology.Type) func(t topology.Type) bool {
		return func(t topology.Type) bool { return slices.Contains(types, t) }
	}
	var e Energy
	e.CPU, e.CPUIdleShare = s.energyOf(s.devices(is(topology.CPU), true))
	e.GPU, e.GPUIdleShare = s.energyOf(s.devices(is(topology.GPU), true))
	e.Other, e.OtherIdleShare = s.energyOf(s.devices(is(topology.Link, topology.Engine, topology.Delay), false))
	return &e
}

func hasPower(r engine.Resource) bool {
	return r.IdleWatts > 0 || slices.ContainsFunc(r.Kinds, func(k engine.Kind) bool { return k.Watts > 0 })
}

// devices lists the resources of some types, all or only those of known power, and says whether the power of
// all listed is known.
func (s *study) devices(of func(topology.Type) bool, all bool) (devices []int, known bool) {
	known = true
	for _, r := range s.top.Resources {
		for _, c := range r.Copies {
			powered := hasPower(s.sys.Resources[c.Index])
			if of(r.Type) && (all || powered) {
				devices = append(devices, c.Index)
				known = known && powered
			}
		}
	}
	return devices, known
}

// energyOf is the energy of some resources, in J a request, and the idle share of it.
func (s *study) energyOf(devices []int, known bool) (perRequest, idleShare Estimate) {
	switch {
	case !known:
		return nothing(), nothing()
	case len(devices) == 0:
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
