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
	fewTimes       = 50  // of fewer the mean is not known well enough, in runs of less than five seconds
	mostOften      = 100 * time.Millisecond
	mostSeldom     = 250 * time.Millisecond
)

// around is how the machine was around a live run, and during it.
type around struct {
	reference *measure.Reference
	watch     machine.Watch
	stop      chan struct{}
	stopped   chan struct{}

	began time.Time
	took  time.Duration
	ns    [2]float64       // of the reference job, before and after
	times int              // the job was done during the run
	mean  float64          // processor time of these in the mean, ns
	state [2]machine.State // before and after
	use   machine.Use      // by others meanwhile; zero where the system does not tell
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
	for {
		select {
		case <-a.stop:
			return
		case <-ticker.C:
		}
		took, err := a.reference.Processor()
		if err != nil {
			return
		}
		a.times++
		a.mean += (float64(took) - a.mean) / float64(a.times)
	}
}

// within is what the reference job took during the run, ns of processor time; 0 where that is not known.
func (a *around) within() float64 {
	if a.times < fewTimes {
		return 0
	}
	return a.mean
}

// end ends watching, after a live run.
func (a *around) end() {
	a.took = time.Since(a.began)
	close(a.stop)
	<-a.stopped
	a.use, a.state[1] = a.watch.Use(), machine.Look()
	a.ns[1] = a.reference.MeanNs(referenceSpan)
}
