package compile

import (
	"slices"

	"vsim/profile"
	"vsim/sim/engine"
	"vsim/sim/scenario"
)

// pauses tells a step what it takes longer after its worker has been idle, and beside others at work; largest is that of its batches.
func (b *builder) pauses(to *engine.Step, p *plan, step *plannedStep, largest int) {
	to.Rest, to.RestBeside = b.rests(p, step)
	if to.Rest != nil {
		to.RestHalfNs, to.Change = b.restHalf(p, step), b.change(p, step, largest)
		to.RestVaries, to.Wake = b.varies(p, step), b.wakes(p, step, to.Rest)
	}
}

// restHalf is after how much work of its worker half is left of what a pause costs a step, ns, in the mean of the classes of which it is known.
func (b *builder) restHalf(p *plan, step *plannedStep) float64 {
	l := b.profileOf(step.device)
	if l == nil || p.stage.Workers == 0 || step.Work() != nil {
		return 0
	}
	sum, n := 0.0, 0.0
	for _, s := range b.byClass(step.Service) {
		if point := b.alonePoint(l, step, s); point != nil {
			if half := l.AfterIdleHalf(point.Key, point.MeanNs); half > 0 {
				sum, n = sum+half, n+1
			}
		}
	}
	return sum / max(n, 1)
}

// change is, by batch size - 1, what batches of a step take longer after one of another size, ns: between sizes that were measured the nearer one's as a
// ratio, beyond them the last one's. nil where nothing is known.
func (b *builder) change(p *plan, step *plannedStep, largest int) (out []float64) {
	l := b.profileOf(step.device)
	if l == nil || largest < 2 || len(step.Service) == 0 {
		return nil
	}
	point := b.alonePoint(l, step, b.byClass(step.Service)[0])
	if point == nil {
		return nil
	}
	batches, extras := l.AfterChange(point.Key)
	if batches == nil {
		return nil
	}
	for size := 1; size <= min(largest, mostChanges); size++ {
		at := 0
		for i := range batches {
			if batches[i]*batches[at] <= size*size && batches[i] > batches[at] {
				at = i
			}
		}
		out = append(out, extras[at])
	}
	return out
}

// mostChanges bounds the table: beyond it no profile measures.
const mostChanges = 64

// alonePoint is what the profile has of a step for one image, or the smallest batch; nil where it has nothing.
func (b *builder) alonePoint(l *scenario.Measurement, step *plannedStep, s *scenario.Service) *profile.Service {
	if s.ProfileStage == "" {
		return nil
	}
	k := b.profileKey(step, s)
	if at, err := l.AtBatch(k, 1); err == nil {
		k.Batch = at.Low.Batch
	}
	return l.Find(k)
}

// rests are how much longer a step takes after its worker has been idle, by class: what the profile has measured, of pauses in which
// nobody worked, and of those in which others did. Both are nil where nothing is known, and where there is a worker for everybody; the second
// where nothing else is known of it.
func (b *builder) rests(p *plan, step *plannedStep) (alone, beside []engine.Rest) {
	if step.device == nil || p.stage.Workers == 0 {
		return nil, nil
	}
	if w := step.Work(); w != nil {
		return b.brokerRests(w), nil
	}
	l := b.profileOf(step.device)
	if l == nil {
		return nil, nil
	}
	known, other := false, false
	for _, s := range b.byClass(step.Service) {
		var rest, others engine.Rest
		if point := b.alonePoint(l, step, s); point != nil {
			rest = points(l.AfterIdle(point.Key, point.MeanNs, p.between(step)))
			others = points(l.AfterIdleBeside(point.Key, point.MeanNs, p.between(step)))
		}
		known, other = known || rest != nil, other || others != nil
		if others == nil {
			others = rest
		}
		alone, beside = append(alone, rest), append(beside, others)
	}
	switch {
	case !known && !other:
		return nil, nil
	case !other:
		return alone, nil
	}
	return alone, beside
}

// points are the engine's form of what a profile says of pauses.
func points(rests []profile.Rest) (out engine.Rest) {
	for _, r := range rests {
		out = append(out, engine.RestPoint{IdleNs: r.IdleNs, ExtraNs: r.ExtraNs})
	}
	return out
}

// brokerRests are how much longer a broker's step takes after client and broker had nothing to do. Most of it is CPU time of both, of which
// some is spent while the other works: together they are not more than the time by the clock. What the fetch takes longer is what
// the whole delivery does beyond what is sent.
func (b *builder) brokerRests(w *scenario.Work) []engine.Rest {
	l := b.brokerProfile(w)
	if w.Broker.Written() || l == nil {
		return nil
	}
	over := func(stage, resource string) engine.Rest { return points(l.AfterIdleOver(w.Type, stage, resource)) }
	// extra is what a part takes longer: by the clock with no ending.
	extra := func(ending, resource string) func(idle float64) float64 {
		sent, delivered := over(profile.Produce+ending, resource), over(profile.Deliver+ending, resource)
		if w.Part == scenario.Sends {
			return func(idle float64) float64 { return max(sent.At(idle), 0) }
		}
		return func(idle float64) float64 { return max(delivered.At(idle)-sent.At(idle), 0) }
	}
	whole, client, server := extra("", brokerResource), extra(profile.ClientSuffix, "cpu"), extra(profile.ServerSuffix, "cpu")
	var rest engine.Rest
	for _, point := range over(profile.Deliver, brokerResource) {
		all, at := whole(point.IdleNs), engine.RestPoint{IdleNs: point.IdleNs}
		of := client(point.IdleNs) + server(point.IdleNs)
		at.ExtraNs = max(all-of, 0)
		if w.CPU {
			own := server
			if w.Client {
				own = client
			}
			at.ExtraNs = own(point.IdleNs) * min(1, all/max(of, 1))
		}
		rest = append(rest, at)
	}
	if rest == nil {
		return nil
	}
	return []engine.Rest{rest}
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
