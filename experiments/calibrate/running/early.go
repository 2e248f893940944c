package running

import "vsim/sim/scenario"

// earlyWakeups are shares of the batches at whose end Triton's batcher looks before the instance is free, where no overload has told one:
// no statistics do. These were counted on two cores, 60 to 360 plays each, with a model that keeps a core busy (TestWhoIsFirst of experiments/triton/rules, 2026-11-28), with the
// other core idle and with both busy. Batches made up ahead are taken so soon that the batcher is seldom first.
var earlyWakeups = map[bool]struct{ idle, busy float64 }{ // by whether batches are made up ahead
	false: {141. / 360, 48. / 60},
	true:  {7. / 120, 62. / 120},
}

// early is that share for a stage whose batches a dynamic batcher makes, on cores of which so many have an instance to run.
func (r *Calibration) early(st *scenario.Stage, instances int) float64 {
	if !st.Prefetch && st.PriorityLevels == 0 && st.DefaultPolicy == nil {
		return 0
	}
	busy := r.busyWith(instances)
	for _, o := range r.Overloads {
		if !st.Prefetch && r.busyWith(o.Instances) == busy {
			return o.Early
		}
	}
	if busy {
		return earlyWakeups[st.Prefetch].busy
	}
	return earlyWakeups[st.Prefetch].idle
}

// busyWith says that so many instances leave no core idle.
func (r *Calibration) busyWith(instances int) bool { return r.cores > 0 && instances >= r.cores }
