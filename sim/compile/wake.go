package compile

import (
	"slices"

	"vsim/sim/engine"
	"vsim/sim/engine/random"
	"vsim/sim/scenario"
)

// varies draws the factors by which what pauses cost a step differs from its mean; nil where nothing is known.
func (b *builder) varies(p *plan, step *plannedStep) *random.Sampler {
	l := b.profileOf(step.device)
	if l == nil || step.Work() != nil {
		return nil
	}
	mean, deviation := 0.0, 0.0
	for _, s := range b.byClass(step.Service) {
		if point := b.alonePoint(l, step, s); point != nil {
			for _, r := range l.AfterIdle(point.Key, point.MeanNs, p.between(step)) {
				mean, deviation = mean+max(r.ExtraNs, 0), deviation+r.SDNs
			}
		}
	}
	return factors(mean, deviation)
}

// Coefficients of variation below the first are none, and none is above the second.
const leastVaried, mostVaried = 0.01, 5

// factors are those by which a time with a mean and a standard deviation differs from the mean: gamma distributed, so that it is mostly short and now and
// then long where the deviation is above the mean. nil where it does not differ, or is never positive.
func factors(mean, deviation float64) *random.Sampler {
	cv := min(deviation/max(mean, 1), mostVaried)
	if mean <= 0 || cv < leastVaried {
		return nil
	}
	s, _ := random.Gamma(engine.VariesUnit, cv) // mean and cv are within its bounds
	return s
}

// wakes is what it costs a step, by class, that threads are woken beside others at work, on top of what it takes longer after pauses anyway: preprocessing beside inference on
// the same CPU, and the other way round. On more cores than the profile's, fewer wake-ups find the core of another at work. nil where nothing is known.
func (b *builder) wakes(p *plan, step *plannedStep, rests []engine.Rest) (out []engine.Wake) {
	l := b.profileOf(step.device)
	if l == nil || step.Work() != nil {
		return nil
	}
	cores := 1.0
	if n := l.Provenance.Cores; n > 0 {
		cores = float64(n) / step.device.spec.Capacity
	}
	known := false
	for class, s := range b.byClass(step.Service) {
		var wake engine.Wake
		point, other := b.alonePoint(l, step, s), otherStage(s.ProfileStage)
		if point != nil && b.beside(p, step.device, other) {
			for _, r := range l.OnWake(point.Key, point.MeanNs, other) {
				known = true
				if other == infers { // inference is compared with what comes after the same pauses
					r.ExtraNs -= rests[class].At(r.IdleNs)
				}
				cost := engine.Extra{Ns: max(r.ExtraNs, 0) * cores, Varies: factors(r.ExtraNs, r.SDNs), Idle: r.BesideIdle}
				if r.IdleNs > 0 {
					wake.Beside = cost
				} else {
					wake.Interrupted = cost
				}
			}
		}
		out = append(out, wake)
	}
	if !known {
		return nil
	}
	return out
}

// Stages of a profile.
const infers, decodes = "infer", "decode"

// otherStage is the stage of the worker beside which a profile has waking up measured: inference's beside preprocessing, and the other way round.
func otherStage(stage string) string {
	if stage == infers {
		return decodes
	}
	return infers
}

// promptClients has requests of clients that do not think wake nobody late: who answers a client wakes it, not a clock. With three clients the live server's worker waited 0.02 ms a request for a core, at 30 % of Poisson traffic it and the instance 0.4 to 0.5 (the kernel's schedstat; AMD EPYC, 2026-11-29).
func (b *builder) promptClients() {
	if b.sys.Source.Clients == 0 || len(b.sys.Route) == 0 || b.sys.Source.Think != nil && !instant(b.sys.Source.Think) {
		return
	}
	for _, p := range b.sys.Route[0].Pools { // the clients' first
		for _, s := range b.sys.Pools[p].Steps {
			for i := range s.Wake {
				s.Wake[i].Beside = engine.Extra{}
			}
		}
	}
}

// beside says that another stage has workers for a stage of the profile on a device.
func (b *builder) beside(p *plan, d *device, stage string) bool {
	return slices.ContainsFunc(b.plans, func(other plan) bool {
		return other.stage != p.stage && other.stage.Workers > 0 && slices.ContainsFunc(other.steps, func(s plannedStep) bool {
			return s.device == d && slices.ContainsFunc(s.Service, func(s scenario.Service) bool { return s.ProfileStage == stage })
		})
	})
}
