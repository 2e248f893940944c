package engine

import (
	"time"

	"vsim/sim/engine/stats"
)

// Add has a window go on with what another one of the same system did, so many times: a part of a day stands for all of an
// hour. The zero Window is one in which nothing was done.
func (w *Window) Add(o *Window, times int64) {
	before := float64(w.Span)
	w.Span += o.Span * time.Duration(times)
	w.Arrived += times * o.Arrived
	w.Completed += times * o.Completed
	w.Items += times * o.Items
	for i := range w.Dropped {
		w.Dropped[i] += times * o.Dropped[i]
	}
	w.Retried += times * o.Retried
	w.Evicted += times * o.Evicted
	w.Latency.MergeTimes(&o.Latency, times)
	if w.ByClass == nil {
		w.ByClass = make([]stats.Histogram, len(o.ByClass))
		w.Steps, w.Pools = make([]StepSums, len(o.Steps)), make([]PoolSums, len(o.Pools))
		w.Busy, w.ActiveJ, w.IdleJ = make([]float64, len(o.Busy)), make([]float64, len(o.ActiveJ)), make([]float64, len(o.IdleJ))
	}
	for i := range o.ByClass {
		w.ByClass[i].MergeTimes(&o.ByClass[i], times)
	}
	for i := range o.Steps {
		w.Steps[i].add(&o.Steps[i], times)
	}
	for i := range o.Pools {
		w.Pools[i].add(&o.Pools[i], times)
	}
	old := before / float64(w.Span) // the part that the time before has
	w.Inside = float64(w.Inside*old) + float64(o.Inside*(1-old))
	for i := range o.Busy {
		w.Busy[i] = float64(w.Busy[i]*old) + float64(o.Busy[i]*(1-old))
		w.ActiveJ[i] += float64(o.ActiveJ[i] * float64(times))
		w.IdleJ[i] += float64(o.IdleJ[i] * float64(times))
	}
}
