package compile

import (
	"fmt"
	"math"

	"vsim/profile"
	"vsim/sim/engine"
	"vsim/sim/engine/random"
)

// spells has jobs of a step be alike that are close in time, as far as the profile's bursts differed. What is so in common is no longer in what each draws by
// itself: the times of all jobs together stay as they were measured.
func (b *builder) spells(to *engine.Step, p *plan, step *plannedStep) {
	if step.device == nil {
		return
	}
	l := b.profileOf(step.device)
	if l == nil || p.stage.Workers == 0 || step.Work() != nil {
		return
	}
	sum, n := 0.0, 0.0
	for _, s := range b.byClass(step.Service) {
		if point := b.alonePoint(l, step, s); point != nil {
			sum, n = sum+l.Spells(point.Key), n+1
		}
	}
	variance := sum / max(n, 1)
	if variance == 0 {
		return
	}
	// What bursts measure is the mean of jobs, of which more are in quick spells than in slow ones: the factors' harmonic mean, which for a lognormal distribution is the mean over 1+variance.
	factor, _ := random.Lognormal(engine.VariesUnit*(1+variance), math.Sqrt(variance)) // within its bounds, as the next
	lasts, _ := random.Exponential(float64(profile.SpellMean))
	at, err := b.narrower(to.Service.At, variance)
	if err != nil {
		b.fault("profile", fmt.Errorf("profile %q: %w", l.Name, err))
		return
	}
	to.Service.At, to.Spells = at, &engine.Spells{Lasts: lasts, Factor: factor}
}

// narrower are samplers with so much less variance, relative to the square of their means.
func (b *builder) narrower(at [][]*random.Sampler, variance float64) (out [][]*random.Sampler, err error) {
	made := map[*random.Sampler]*random.Sampler{nil: nil} // nil: a fault that was noted
	for _, row := range at {
		var narrow []*random.Sampler
		for _, s := range row {
			if _, have := made[s]; !have {
				if made[s], err = random.Narrower(s, variance); err != nil {
					return nil, err
				}
			}
			narrow = append(narrow, made[s])
		}
		out = append(out, narrow)
	}
	return out, nil
}
