package scenario

import "slices"

// Fused is the stage whose work a step is, in a lowered scenario, done by the worker of the one before on all copies of its images,
// its max_batch at once; nil: the step is its own stage's.
func (s *Step) Fused() *Stage { return s.fused }

// fillFused lets fused stages work on all copies at once where nobody wrote a limit.
func (s *Scenario) fillFused() {
	for i := range s.Stages {
		if st := &s.Stages[i]; st.Fused && !s.Given(join(join("stage", itoa(i)), "max_batch")) {
			st.MaxBatch = maxMessages
		}
	}
}

// fuse gives the work of a stage to the one before it, whose worker does it on all copies of its images.
func (l *lowering) fuse(st *Stage) {
	before := &l.out.Stages[l.before(st)]
	var steps []Step
	for _, s := range before.AllSteps() {
		steps = append(steps, *s)
	}
	for _, own := range st.ownSteps() {
		own.fused = st
		steps = append(steps, own)
	}
	before.Steps, before.Service, before.Resource = steps, nil, ""
	l.fused[st.Name] = before.Name
}

// before is the stage before one, among those that are lowered.
func (l *lowering) before(st *Stage) int {
	if len(st.After) == 0 {
		return len(l.out.Stages) - 1
	}
	return slices.IndexFunc(l.out.Stages, func(o Stage) bool { return o.Name == st.After[0] && !o.made() })
}

// made says that a stage was made from a broker, so that none comes after it by its name.
func (st *Stage) made() bool { return st.leg != nil && st.leg.Part != Consumes }

// afterFused has a stage that comes after a fused one come after the one that does its work. There is nothing to join.
func (l *lowering) afterFused(st *Stage, i int) {
	after := st.After
	if after == nil && i > 0 && l.g.Stages[i-1].Fused {
		after = []string{l.g.Stages[i-1].Name}
	}
	for k, name := range after {
		if before, fused := l.fused[name]; fused {
			after = slices.Clone(after)
			after[k] = before
			st.After, st.Join = after, false
		}
	}
}
