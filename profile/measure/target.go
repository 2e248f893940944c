// Package measure is the profiler's engine. A [Target] says which points there are: packages cpu and gpu
// do, and whoever measures something else adds a folder beside theirs. A [Bench] visits the points in
// turn until each is precise enough, and gives the profile.
package measure

import (
	"context"
	"fmt"
	"time"

	"vsim/profile"
)

// Target is what a Bench measures.
type Target interface {
	// Points are all that is measured, each ready to be visited.
	Points() []*Point
	// Disturbed looks at the target after a visit and says what disturbed it, "" for nothing. Other
	// processes on the CPU are not meant: the Bench watches those itself.
	Disturbed() (cause string, err error)
	// Finish measures what needs the target for itself, once Run is through with the points.
	Finish(ctx context.Context) error
	// Describe adds to a profile what only the target knows: libraries, notes, energy, footprints.
	Describe(p *profile.Profile)
	// Alive is an error when the target answers no more, a GPU that is lost say: then nothing of it can be measured.
	Alive() error
	// LeftOut says what is not among the points because it failed, each with the reason.
	LeftOut() []string
	// Close frees what the points use.
	Close()
}

// renewer is a Target that sets up anew, a little at each call, what may differ from one set-up to the next; elapsed is the time since
// the Bench began.
type renewer interface {
	Renew(elapsed time.Duration) error
}

// helped is a Target that other processes work for, a broker say: what they use of the machine disturbs nothing.
type helped interface {
	HelpersTime() time.Duration // processor time that they have used
}

// Options steer a Bench. Zero values are replaced by the defaults named here.
type Options struct {
	Precision float64       // wanted half-width of the 95 % interval of a mean, relative; default 0.01
	Budget    time.Duration // of Run, for all points together; default: none
	Burst     time.Duration // of one visit to a point; default 100 ms
	WarmUp    time.Duration // of jobs that are shorter, before each burst; default a tenth of Burst
	Busy      int           // goroutines of the target that work at once, at most; default 1
	// OthersCores is how many cores other processes may use during a visit without disturbing it;
	// default: 0.1 and what the system's resolution cannot tell from it.
	OthersCores float64
	LeaveOut    bool              // a point that fails is left out, instead of ending everything
	Command     string            // for the profile's provenance
	Notes       []string          // likewise
	Files       map[string]string // likewise: a person's own models and pictures, paths by name
}

func (o Options) withDefaults() (Options, error) {
	if o.Precision == 0 {
		o.Precision = 0.01
	}
	if o.Burst == 0 {
		o.Burst = 100 * time.Millisecond
	}
	if o.WarmUp == 0 {
		o.WarmUp = o.Burst / 10
	}
	if o.Busy == 0 {
		o.Busy = 1
	}
	if !(o.Precision > 0 && o.Precision < 1) {
		return o, fmt.Errorf("measure: the precision must be above 0 and below 1, not %v", o.Precision)
	}
	return o, nil
}
