package compile

import "vsim/sim/engine"

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
				for _, r := range l.AfterIdle(k, point.MeanNs) {
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
