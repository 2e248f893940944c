// Package check compares live runs of NVIDIA's Triton with what is predicted of them: it starts Triton, learns it as vsim calibrate
// triton does, predicts configurations that the calibration did not see, runs them and compares.
package check

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"vsim/experiments/validate"
	"vsim/profile/measure"
	"vsim/sim"
	"vsim/sim/predict"
)

// Options steer a comparison. Zero values are replaced by the defaults named here.
type Options struct {
	Quick    bool          // fewer cases with shorter runs
	Cases    []string      // texts, of which a case has one in its name; default: all cases
	Rounds   int           // live runs of each case, at least 2; default 2
	Measure  time.Duration // of a live run; default: as the case says
	First    time.Duration // of calibration before anything else; default 40 s, quick 30 s
	Slice    time.Duration // of calibration before each server; default 8 s, quick 4 s: it goes on in turn with the runs, as a machine drifts
	CacheDir string
	Command  string // that all of it was asked for with
	Output   string // folder that what was found is written into; "": none

	once bool // runs that others disturbed are not repeated
}

var defaults = Options{Rounds: 2, First: 40 * time.Second, Slice: 8 * time.Second}
var quickly = Options{Rounds: 2, First: 30 * time.Second, Slice: 4 * time.Second}

// or fills in what o leaves open.
func (o Options) or(other Options) Options {
	if o.Rounds == 0 {
		o.Rounds = other.Rounds
	}
	if o.First == 0 {
		o.First = other.First
	}
	if o.Slice == 0 {
		o.Slice = other.Slice
	}
	return o
}

// Check refuses what cannot be compared.
func (o Options) Check() error {
	if o.Rounds < 0 || o.Rounds == 1 {
		return fmt.Errorf("%d live runs of each case: at least 2", o.Rounds)
	}
	_, err := named(Cases(o.Quick), o.Cases)
	return err
}

// cases are those to compare.
func (o Options) cases() ([]*Case, error) {
	cases, err := named(Cases(o.Quick), o.Cases)
	for _, c := range cases {
		if o.Measure > 0 {
			c.Measure = o.Measure
		}
	}
	return cases, err
}

// Progress hears what is going on; done counts up to total.
type Progress func(done, total int, what string)

// check is a comparison in the making.
type check struct {
	opt       Options
	site      site
	cases     []*Case
	bases     []Server           // that are learned from, all the time
	learners  map[string]learner // by model that is asked
	reference *measure.Reference
	results   map[*Case][]*Shown
	of        map[*Case]*sim.Prediction
	replays   map[*Case][]predict.Replayed
	store     store
	began     time.Time
	repeats   int // of disturbed runs, so far
	warnings  []string
	failures  int
}

// Run learns the server, runs every case live and compares. What fails is a warning of the report, and the rest goes on; the error then
// says so beside the report. After an interrupt there is a report of the cases that had run, if any had.
func Run(ctx context.Context, opt Options, progress Progress) (*Report, error) {
	place, err := newTriton(opt)
	if err != nil {
		return nil, err
	}
	defer place.close()
	return run(ctx, opt, place, progress)
}

func run(ctx context.Context, opt Options, place site, progress Progress) (r *Report, err error) {
	if err := opt.Check(); err != nil {
		return nil, err
	}
	v := &check{opt: opt.or(defaults), site: place, learners: map[string]learner{}, reference: measure.NewReference(), results: map[*Case][]*Shown{},
		of: map[*Case]*sim.Prediction{}, replays: map[*Case][]predict.Replayed{}, began: time.Now()}
	if opt.Quick {
		v.opt = opt.or(quickly)
	}
	if v.cases, err = v.opt.cases(); err != nil {
		return nil, err
	}
	if v.store.Results, err = validate.NewResults(opt.Output); err != nil {
		return nil, err
	}
	progress(0, v.total(), "starting the servers")
	defer v.close()
	if err := v.open(ctx); err != nil {
		return nil, v.nothing(ctx, err)
	}
	progress(0, v.total(), "calibrating")
	if err := v.slice(ctx, v.opt.First); err != nil {
		return nil, v.nothing(ctx, err)
	}
	progress(0, v.total(), "predicting capacities")
	if err := v.rates(ctx); err != nil {
		return nil, v.nothing(ctx, err)
	}
	v.rounds(ctx, progress)
	return v.finish(ctx, progress)
}

// total is how many live runs there will be.
func (v *check) total() int { return v.opt.Rounds * len(v.cases) }

// open starts the servers that are learned from, and prepares to learn their models.
func (v *check) open(ctx context.Context) error {
	for _, o := range learned {
		s, err := v.site.Start(ctx, o)
		if err != nil {
			return err
		}
		v.bases = append(v.bases, s)
	}
	if err := v.site.Prepare(ctx, v.bases[0]); err != nil {
		return err
	}
	for _, model := range v.models() {
		l, err := v.site.Learn(ctx, v.bases, model)
		if err != nil {
			return fmt.Errorf("calibrating %s: %w", model, err)
		}
		v.learners[model] = l
	}
	return nil
}

// close stops the servers that are learned from.
func (v *check) close() {
	for _, s := range v.bases {
		s.Stop()
	}
}

// slice calibrates for about d.
func (v *check) slice(ctx context.Context, d time.Duration) error {
	for _, model := range v.models() {
		if err := v.learners[model].Round(ctx, d/time.Duration(len(v.learners))); err != nil {
			return fmt.Errorf("calibrating %s: %w", model, err)
		}
	}
	return nil
}

// models that are asked, in the order of the cases.
func (v *check) models() (out []string) {
	for _, c := range v.cases {
		if !slices.Contains(out, c.Model) {
			out = append(out, c.Model)
		}
	}
	return out
}

// nothing says why there is no report.
func (v *check) nothing(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted before any case had run: there is nothing to compare: %w", ctx.Err())
	}
	return err
}

// warn notes a warning, each once and on one line.
func (v *check) warn(format string, args ...any) {
	text := strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "; ")
	if !slices.Contains(v.warnings, text) {
		v.warnings = append(v.warnings, text)
	}
}

// fail notes that something is missing in the report.
func (v *check) fail(err error) {
	v.warn("%v", err)
	v.failures++
}

// ran are the cases that have run.
func (v *check) ran() []*Case {
	return slices.DeleteFunc(slices.Clone(v.cases), func(c *Case) bool { return len(v.results[c]) == 0 })
}

// closing is how long predictions may take after an interrupt.
const closing = 20 * time.Second

// finish compares what ran, and says what is missing.
func (v *check) finish(ctx context.Context, progress Progress) (*Report, error) {
	if len(v.ran()) == 0 {
		if ctx.Err() == nil && len(v.warnings) > 0 {
			return nil, fmt.Errorf("no live run ended well: %s", v.warnings[0])
		}
		return nil, v.nothing(ctx, errors.New("no case ran"))
	}
	progress(v.total(), v.total(), "comparing")
	interrupted := ctx.Err()
	if interrupted != nil {
		v.warn("interrupted: %d of %d cases ran, some of them fewer than %d times", len(v.ran()), len(v.cases), v.opt.Rounds)
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), closing)
		defer cancel()
	}
	v.predict(ctx, interrupted == nil)
	r := v.compare()
	err := v.store.report(r)
	switch {
	case err != nil:
		return r, err
	case interrupted != nil:
		return r, fmt.Errorf("only the cases that had run are compared: %w", interrupted)
	case v.failures > 0:
		return r, fmt.Errorf("%d cases or live runs failed and are missing; the warnings say which", v.failures)
	}
	return r, nil
}
