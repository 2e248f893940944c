// Package check compares live runs of a pipeline of two models, with brokers between them and fused, with what is predicted of
// them: it profiles this machine and the brokers, runs, predicts and compares.
package check

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"vsim/experiments/brokers/live"
	"vsim/experiments/validate"
	"vsim/profile"
	"vsim/profile/device/broker/local"
	"vsim/sim"
)

// Options steer a comparison. Zero values are replaced by the defaults named here.
type Options struct {
	Kinds      []string // of the package's Kinds; default: all but kafka-1
	Faces      []int    // of a frame; default 1, 5, 10, 25
	Detector   string   // model of the catalogue or path of an .onnx file; default DefaultDetector
	Identifier string   // likewise, DefaultIdentifier
	OrtLib     string
	CacheDir   string
	Kafka      string        // host:port of a user's own; "": one is started
	Redis      string        // likewise
	Rounds     int           // live runs of each case, at least 2; default 2
	Measure    time.Duration // of a live run; default 4 s
	First      time.Duration // of profiling before anything else; default 30 s
	Slice      time.Duration // of profiling before each live run; default 2 s: most is profiled in turn with the runs, as a machine drifts
	Command    string        // that all of it was asked for with
	Output     string        // folder that what was found is written into; "": none

	burst time.Duration // of a visit to a point; 0: as the profilers have it
}

// Models that are used where nobody names others: scaled, so that runs on a CPU finish.
const (
	DefaultDetector   = "ssdlite-small"
	DefaultIdentifier = "facenet-small"
)

// Quick is what a comparison of a minute or two has.
var Quick = Options{Faces: []int{1, 5}, Measure: 1500 * time.Millisecond, First: 20 * time.Second, Slice: 500 * time.Millisecond}

// Or fills in what o leaves open.
func (o Options) Or(other Options) Options {
	if len(o.Kinds) == 0 {
		o.Kinds = other.Kinds
	}
	if len(o.Faces) == 0 {
		o.Faces = other.Faces
	}
	for _, d := range []struct{ into, other *time.Duration }{{&o.Measure, &other.Measure}, {&o.First, &other.First}, {&o.Slice, &other.Slice}} {
		if *d.into == 0 {
			*d.into = *d.other
		}
	}
	for _, s := range []struct{ into, other *string }{{&o.Detector, &other.Detector}, {&o.Identifier, &other.Identifier}} {
		if *s.into == "" {
			*s.into = *s.other
		}
	}
	if o.Rounds == 0 {
		o.Rounds = other.Rounds
	}
	return o
}

var defaults = Options{
	Kinds: []string{profile.KafkaAll, profile.RedisList, profile.RedisStream, Fused}, Faces: []int{1, 5, 10, 25},
	Detector: DefaultDetector, Identifier: DefaultIdentifier, Rounds: 2, Measure: 4 * time.Second, First: 30 * time.Second, Slice: 2 * time.Second,
}

// possible fills in the defaults, but for brokers that this machine has not got: missing says which and why. A broker that was
// named is not left out.
func (o Options) possible() (out Options, missing []string) {
	named := len(o.Kinds) > 0
	o = o.Or(defaults)
	if named {
		return o, nil
	}
	var kinds []string
	for _, kind := range o.Kinds {
		if err := o.find(kind); err != nil {
			missing = append(missing, fmt.Sprintf("%s is left out: %v", kind, err))
			continue
		}
		kinds = append(kinds, kind)
	}
	o.Kinds = kinds
	return o, missing
}

// find says why a kind's broker cannot be started, nil where it can or need not.
func (o Options) find(kind string) error {
	switch of := serverOf(kind); {
	case kind == Fused, of == local.Kafka && o.Kafka != "", of == local.Redis && o.Redis != "":
		return nil
	default:
		return local.Find(of)
	}
}

// most faces of a frame.
const most = 100

// Check refuses what cannot be compared.
func (o Options) Check() error {
	if _, err := KindsOf(o.Kinds); err != nil {
		return err
	}
	for _, n := range o.Faces {
		if n < 1 || n > most {
			return fmt.Errorf("%s in a frame: from 1 to %d", plural(n, "face"), most)
		}
	}
	if o.Rounds < 0 || o.Rounds == 1 {
		return fmt.Errorf("%d live runs of each case: at least 2", o.Rounds)
	}
	return nil
}

// Progress hears what is going on; done counts up to total.
type Progress func(done, total int, what string)

// check is a comparison in the making.
type check struct {
	opt      Options
	kit      *kit
	cases    []*Case
	results  map[*Case][]*live.Shown
	of       map[*Case]*sim.Prediction
	profile  *profile.Profile
	store    store
	warnings []string
	failures int
}

// Run profiles, runs every case live and compares. What fails is a warning of the report, and the rest goes on; the error then
// says so beside the report. After an interrupt there is a report of the cases that had run, if any had.
func Run(ctx context.Context, opt Options, progress Progress) (r *Report, err error) {
	if err := opt.Check(); err != nil {
		return nil, err
	}
	opt, missing := opt.possible()
	v := &check{opt: opt, cases: cases(opt.Kinds, opt.Faces), results: map[*Case][]*live.Shown{}, of: map[*Case]*sim.Prediction{}, warnings: missing}
	if v.store.Results, err = validate.NewResults(opt.Output); err != nil {
		return nil, err
	}
	progress(0, len(v.runs()), "setting up")
	v.kit, err = open(ctx, opt)
	defer v.kit.close()
	if err != nil {
		return nil, v.nothing(ctx, err)
	}
	if err := v.readScenarios(); err != nil {
		return nil, err
	}
	progress(0, len(v.runs()), "profiling")
	if err := v.kit.first(ctx, opt.First); err != nil {
		return nil, v.nothing(ctx, err)
	}
	v.rounds(ctx, progress)
	return v.finish(ctx, progress)
}

// readScenarios makes those of the cases.
func (v *check) readScenarios() (err error) {
	for _, c := range v.cases {
		if c.Scenario, err = v.kit.pipeline.scenario(c); err != nil {
			return fmt.Errorf("case %q: %w", c.Name, err)
		}
		if err := v.store.Case(c.slug(), v.kit.pipeline.text(c)); err != nil {
			return err
		}
	}
	return nil
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

// finish compares what ran, and says what is missing.
func (v *check) finish(ctx context.Context, progress Progress) (*Report, error) {
	if len(v.ran()) == 0 {
		if ctx.Err() == nil && len(v.warnings) > 0 {
			return nil, fmt.Errorf("no live run ended well: %s", v.warnings[0])
		}
		return nil, v.nothing(ctx, errors.New("no case ran"))
	}
	n := v.opt.Rounds * len(v.cases)
	progress(n, n, "comparing")
	interrupted := ctx.Err()
	if interrupted != nil {
		v.warn("interrupted: %d of %d cases ran, some of them fewer than %d times", len(v.ran()), len(v.cases), v.opt.Rounds)
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), closing)
		defer cancel()
	}
	if err := v.predict(ctx, interrupted == nil); err != nil {
		return nil, err
	}
	r := v.compare()
	err := v.store.report(r, v.profile)
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

// closing is how long predictions may take after an interrupt, and a broker to forget a topic.
const closing = 5 * time.Second

// predict predicts every case that ran, where there is time each with what one live run will show.
func (v *check) predict(ctx context.Context, oneRun bool) (err error) {
	if v.profile, err = v.kit.profile(); err != nil {
		return err
	}
	for _, c := range v.ran() {
		p, err := sim.Predict(ctx, sim.Measured(c.Scenario, v.profile), sim.Options{NoWhatIf: true, NoPI: !oneRun, Horizon: v.opt.Measure})
		if err != nil {
			v.fail(fmt.Errorf("%s: no prediction: %w", c.Name, err))
			continue
		}
		v.of[c] = p
	}
	return nil
}

// Row compares a metric of a case; see validate.Row.
type Row = validate.Row
