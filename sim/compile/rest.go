package compile

import (
	"slices"

	"vsim/sim/engine"
	"vsim/sim/scenario"
)

// rests are how much longer a step takes after its worker has been idle, by class: what the profile has measured. It is nil where
// nothing is known, and where there is a worker for everybody.
func (b *builder) rests(p *plan, step *plannedStep) (out []engine.Rest) {
	if step.device == nil || p.stage.Workers == 0 {
		return nil
	}
	l := b.profileOf(step.device)
	if l == nil {
		return nil
	}
	known := false
	for _, s := range b.byClass(step.Service) {
		var rest engine.Rest
		if s.ProfileStage != "" {
			k := b.profileKey(step, s)
			if at, err := l.AtBatch(k, 1); err == nil {
				k.Batch = at.Low.Batch
			}
			if point := l.Find(k); point != nil {
				for _, r := range l.AfterIdle(k, point.MeanNs, p.between(step)) {
					rest = append(rest, engine.RestPoint{IdleNs: r.IdleNs, ExtraNs: r.ExtraNs})
				}
			}
		}
		out = append(out, rest)
		known = known || rest != nil
	}
	if !known {
		return nil
	}
	return out
}

// between is the last model but a step's own that its worker has run when it comes to the step; "" for none.
func (p *plan) between(step *plannedStep) string {
	own := slices.IndexFunc(p.steps, func(s plannedStep) bool { return s.Step == step.Step })
	for i := 1; i < len(p.steps); i++ { // backwards, and on from the end
		for _, s := range p.steps[(own-i+len(p.steps))%len(p.steps)].Service {
			if s.Model != "" && !step.has(s.Model) {
				return s.Model
			}
		}
	}
	return ""
}

// has says that a model is a step's own.
func (s *plannedStep) has(model string) bool {
	return slices.ContainsFunc(s.Service, func(x scenario.Service) bool { return x.Model == model })
}
