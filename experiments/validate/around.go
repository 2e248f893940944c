package validate

import (
	"runtime"
	"time"

	"vsim/profile/measure"
	"vsim/profile/measure/machine"
)

// referenceSpan is how long the reference job is timed before and after a live run.
const referenceSpan = 100 * time.Millisecond

// The reference job is also done during a live run, so often that its mean is known to a percent or two, and so seldom that it takes less than a
// hundredth of a core.
const (
	referenceTimes = 150 // in a run
	mostOften      = 100 * time.Millisecond
	mostSeldom     = 250 * time.Millisecond
)

// around is how the machine was around a live run, and during it.
type around struct {
	reference *measure.Reference
	watch     machine.Watch
	stop      chan struct{}
	stopped   chan struct{}

	began  time.Time
	took   time.Duration
	ns     [2]float64       // of the reference job, before and after
	within float64          // processor time of the job in the mean, ns, during the run; 0 where the system does not tell
	state  [2]machine.State // before and after
	use    machine.Use      // by others meanwhile; zero where the system does not tell
}

// lookAround begins to watch, before a live run whose load takes so long.
func (v *validation) lookAround(load time.Duration) *around {
	if v.reference == nil {
		v.reference = measure.NewReference()
	}
	a := &around{reference: v.reference, stop: make(chan struct{}), stopped: make(chan struct{})}
	a.ns[0], a.state[0] = a.reference.MeanNs(referenceSpan), machine.Look()
	a.began, a.watch = time.Now(), machine.StartWatch()
	go a.repeat(min(max(load/referenceTimes, mostOften), mostSeldom))
	return a
}

// repeat does the reference job every so often, until it is stopped.
func (a *around) repeat(every time.Duration) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(a.stopped)
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for n := 1.0; ; n++ {
		select {
		case <-a.stop:
			return
		case <-ticker.C:
		}
		took, err := a.reference.Processor()
		if err != nil {
			return
		}
		a.within += (float64(took) - a.within) / n
	}
}

// end ends watching, after a live run.
func (a *around) end() {
	a.took = time.Since(a.began)
	close(a.stop)
	<-a.stopped
	a.use, a.state[1] = a.watch.Use(), machine.Look()
	a.ns[1] = a.reference.MeanNs(referenceSpan)
}
