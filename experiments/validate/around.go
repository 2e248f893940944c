package validate

import (
	"time"

	"vsim/profile/measure"
	"vsim/profile/measure/machine"
)

// referenceSpan is how long the reference job is timed before and after a live run, never during it.
const referenceSpan = 100 * time.Millisecond

// around is how the machine was around a live run.
type around struct {
	reference *measure.Reference
	watch     machine.Watch

	began time.Time
	took  time.Duration
	ns    [2]float64       // of the reference job, before and after
	state [2]machine.State // likewise
	use   machine.Use      // by others meanwhile; zero where the system does not tell
}

// lookAround begins to watch, before a live run.
func (v *validation) lookAround() *around {
	if v.reference == nil {
		v.reference = measure.NewReference()
	}
	a := &around{reference: v.reference}
	a.ns[0], a.state[0] = a.reference.MeanNs(referenceSpan), machine.Look()
	a.began, a.watch = time.Now(), machine.StartWatch()
	return a
}

// end ends watching, after a live run.
func (a *around) end() {
	a.took = time.Since(a.began)
	a.use, a.state[1] = a.watch.Use(), machine.Look()
	a.ns[1] = a.reference.MeanNs(referenceSpan)
}
