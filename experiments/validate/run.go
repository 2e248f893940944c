package validate

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"vsim/experiments/load"
	"vsim/profile"
	"vsim/profile/device/vision"
	"vsim/profile/measure"
	"vsim/sim"
	"vsim/sim/predict"
	"vsim/sim/scenario"
)

// Options steer a validation.
type Options struct {
	OrtLib   string
	CacheDir string
	GPU      int           // number of the GPU, for cases that infer on one
	Rounds   int           // live runs of each case, at least 2
	First    time.Duration // of profiling before anything else
	Slice    time.Duration // of profiling before each live run
	Limit    time.Duration // of the whole validation, set-up included; 0: none
	Command  string        // that all of it was asked for with
	Output   string        // folder into which is written what was found, as it is found; "": none
	Resume   bool          // go on with what Output has of the same validation

	Vision vision.Options // what the files of the models do not say

	burst time.Duration // of a visit to a point; 0: as the profilers have it
}

// Progress hears what is going on; done counts up to total.
type Progress func(done, total int, what string)

// validation is a validation in the making.
type validation struct {
	m       *Matrix
	opt     Options
	kit     *kit
	benches benches
	store   *store
	pace    pace
	cases   []*Case // those that can be predicted
	tried   map[liveRun][]attempt
	results map[*Case][]*load.Result     // of these, those that count
	leftOut map[*Case]int                // rounds that do not, as the machine was slower
	seeds   map[*load.Result]uint64      // of their traffic
	replays map[*Case][]predict.Replayed // of each live run of an open loop
	ownReps map[*Case][]predict.Replayed // with its own times
	plan    *plan
	has     map[liveRun]bool                   // of an earlier session
	kept    map[*load.Result][]profile.Service // own times of these
	earlier *profile.Profile                   // of that session
	latest  *forecast
	band    map[*Case]profile.Band
	own     map[*Case][]*sim.Prediction // with the live runs' own times

	reference *measure.Reference // timed around live runs; nil until the first

	warnings []string
	failures int   // cases, live runs and files that failed
	why      error // of the first of them
	inARow   int   // live runs that failed one after the other
	profiled error // why the last slice of profiling failed
	lost     bool  // the GPU is
	limited  bool  // live runs were left out to keep to the limit
}

// Run profiles this machine, runs every case live and compares. Profiling and live runs alternate, so
// that a machine whose speed drifts hurts both alike; nothing of a live run flows into the profile.
//
// What fails is a warning of the report, and the rest goes on; the error then says so beside the report. After an
// interrupt, or where Options.Limit was too short, there is a report of the cases that had run, if any had.
func Run(ctx context.Context, m *Matrix, opt Options, progress Progress) (*Report, error) {
	v := newValidation(m, opt)
	defer v.close()
	ctx, cancel := v.pace.start(ctx, opt.Limit)
	defer cancel()
	if err := v.setUp(ctx, progress); err != nil {
		v.keep(v.storeProfile())
		if ctx.Err() != nil {
			return nil, v.nothing(ctx)
		}
		if v.store.wrote() {
			err = v.withKept(err)
		}
		return nil, err
	}
	v.rounds(ctx, progress)
	return v.finish(ctx, progress)
}

func newValidation(m *Matrix, opt Options) *validation {
	return &validation{m: m, opt: opt, tried: map[liveRun][]attempt{}, results: map[*Case][]*load.Result{}, leftOut: map[*Case]int{},
		seeds: map[*load.Result]uint64{}, has: map[liveRun]bool{}, kept: map[*load.Result][]profile.Service{}}
}

func (v *validation) close() {
	v.benches.close()
	if v.kit != nil {
		v.kit.close()
	}
}

// setUp opens all that the cases need, profiles until each point was visited, and predicts every case once.
func (v *validation) setUp(ctx context.Context, progress Progress) (err error) {
	if v.store, err = newStore(v.opt.Output); err != nil {
		return err
	}
	progress(0, len(v.runs()), "setting up")
	if v.kit, err = prepare(ctx, v.m, v.opt); err != nil {
		return err
	}
	if err = v.fitBatches(); err != nil {
		return err
	}
	if err = v.begin(); err != nil {
		return err
	}
	if v.benches, err = v.kit.open(ctx, v.m); err != nil {
		if v.kit.device != nil { // the GPU's fault, not the file's
			return fmt.Errorf("setting up for %s: %w", v.m.File, err)
		}
		return scenario.BadInput(v.m.File, "%v", err)
	}
	progress(0, len(v.runs()), "profiling")
	if err := v.first(ctx); err != nil {
		return err
	}
	return v.choose(ctx)
}

// first profiles for the time asked, and on until every point has been visited. Where that fails, the cases that need
// no more than what was measured before go on.
func (v *validation) first(ctx context.Context) error {
	v.slice(ctx, min(v.opt.First, v.pace.spare(v.runs())/2))
	for v.profiled == nil && v.benches.unmeasured() {
		v.slice(ctx, time.Second)
	}
	if ctx.Err() == nil {
		v.keep(v.storeProfile())
	}
	return ctx.Err()
}

// slice profiles for about d. That it fails is noted once.
func (v *validation) slice(ctx context.Context, d time.Duration) {
	v.profiled = v.benches.slice(ctx, d)
	if v.profiled != nil && ctx.Err() == nil {
		v.warn("profiling: %v", v.profiled)
	}
}

// warn notes a warning, each once and on one line, and says whether it is new.
func (v *validation) warn(format string, args ...any) (isNew bool) {
	text := strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "; ")
	if slices.Contains(v.warnings, text) {
		return false
	}
	v.warnings = append(v.warnings, text)
	return true
}

// fail notes that something is missing in the report, or beside it.
func (v *validation) fail(err error) {
	if !v.warn("%v", err) {
		return
	}
	if v.failures++; v.why == nil {
		v.why = err
	}
}

// keep notes that a file could not be written; measuring goes on.
func (v *validation) keep(err error) {
	if err != nil {
		v.fail(err)
	}
}
