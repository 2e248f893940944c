package running

import "vsim/sim/scenario"

// earlyWakeups are shares of the batches at whose end Triton's batcher looks before the instance is free, where no overload has told one:
// no statistics do. These were counted on two cores, 60 to 360 plays each, with a model that keeps a core busy (TestWhoIsFirst of experiments/triton/rules, 2026-11-28), with the
// other core idle and with both busy. Batches made up ahead are taken so soon that the batcher is seldom first.
var earlyWakeups = map[bool]struct{ idle, busy float64 }{ // by whether batches are made up ahead
	false: {141. / 360, 48. / 60},
	true:  {7. / 120, 62. / 120},
}

// early is that share for a model's stage whose batches a dynamic batcher makes, on cores for which there are so many instances in all.
func (r *Calibration) early(st *scenario.Stage, model string, instances int) float64 {
	if !st.Prefetch && st.PriorityLevels == 0 && st.DefaultPolicy == nil {
		return 0
	}
	if o := r.overloadOf(model, st.Workers); o != nil && !st.Prefetch {
		return o.Early
	}
	if r.busyWith(instances) {
		return earlyWakeups[st.Prefetch].busy
	}
	return earlyWakeups[st.Prefetch].idle
}

// overloadOf is the overload that tells of a model with a number of instances: of that number, else of one that leaves a core idle where that
// does, or leaves none. It is nil where there is none.
func (r *Calibration) overloadOf(model string, instances int) (best *Overload) {
	for i := range r.Overloads {
		o := &r.Overloads[i]
		if o.Model == model && r.busyWith(o.Instances) == r.busyWith(instances) && (best == nil || o.Instances == instances) {
			best = o
		}
	}
	return best
}

// busyWith says that so many instances leave no core idle.
func (r *Calibration) busyWith(instances int) bool { return r.cores > 0 && instances >= r.cores }
