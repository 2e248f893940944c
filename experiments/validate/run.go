package validate

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/stat"

	"vsim/experiments/load"
	"vsim/profile"
	"vsim/profile/device"
	"vsim/profile/measure/machine"
	"vsim/sim/engine/stats"
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
}

// Progress hears what is going on; done counts up to total.
type Progress func(done, total int, what string)

// validation is a validation in the making.
type validation struct {
	m       *Matrix
	opt     Options
	kit     *kit
	benches benches
	results map[*Case][]*load.Result

	warnings []string
}

// Run profiles this machine, runs every case live and compares. Profiling and live runs alternate, so
// that a machine whose speed drifts hurts both alike; nothing of a live run flows into the profile. After an
// interrupt there is a report beside the error, if any case had run.
func Run(ctx context.Context, m *Matrix, opt Options, progress Progress) (*Report, error) {
	v := &validation{m: m, opt: opt, results: map[*Case][]*load.Result{}}
	var err error
	if v.kit, err = prepare(ctx, m, opt); err != nil {
		return nil, err
	}
	defer v.kit.close()
	if v.benches, err = v.kit.open(ctx, m); err != nil {
		return nil, scenario.BadInput(m.File, "%v", err)
	}
	defer v.benches.close()
	names := steps(m, opt)
	progress(0, len(names), "profiling")
	if err := v.first(ctx); err != nil {
		return nil, err
	}
	if err := v.fixRates(ctx); err != nil {
		return nil, err
	}
	if err := v.rounds(ctx, names, progress); err != nil {
		return v.interrupted(ctx, err)
	}
	progress(len(names), len(names), "comparing")
	return v.compare(ctx)
}

// rounds profiles a slice and runs a case, in turn.
func (v *validation) rounds(ctx context.Context, names []string, progress Progress) error {
	for i, name := range names {
		progress(i, len(names), name)
		c := v.m.Cases[i%len(v.m.Cases)]
		if err := v.benches.slice(ctx, v.opt.Slice); err != nil {
			return err
		}
		if err := v.run(ctx, c, i/len(v.m.Cases)); err != nil {
			return fmt.Errorf("case %q: %w", c.Name, err)
		}
	}
	return nil
}

// interrupted compares the cases that have run when an interrupt comes, and gives the reason with them. A
// report without any would say nothing.
func (v *validation) interrupted(ctx context.Context, reason error) (*Report, error) {
	if ctx.Err() == nil {
		return nil, reason
	}
	ran := slices.DeleteFunc(slices.Clone(v.m.Cases), func(c *Case) bool { return len(v.results[c]) == 0 })
	if len(ran) == 0 {
		return nil, reason
	}
	v.warnings = append(v.warnings, fmt.Sprintf("interrupted: %d of %d cases ran, some of them fewer than %d times", len(ran), len(v.m.Cases), v.opt.Rounds))
	v.m.Cases = ran
	r, err := v.compare(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	return r, reason
}

// first profiles for the time asked, and on until every point has been visited.
func (v *validation) first(ctx context.Context) error {
	if err := v.benches.slice(ctx, v.opt.First); err != nil {
		return err
	}
	for v.benches.unmeasured() {
		if err := v.benches.slice(ctx, time.Second); err != nil {
			return err
		}
	}
	if v.kit.device == nil {
		return nil
	}
	p, err := v.benches.profile()
	if err != nil {
		return err
	}
	for _, c := range v.m.Cases {
		if !onGPU(c.Scenario) {
			continue
		}
		if err := c.measuredLink(p); err != nil {
			return fmt.Errorf("case %q: %w", c.Name, err)
		}
	}
	return nil
}

// maxOthers is how many cores other processes, or a hypervisor, may take from a live run.
const maxOthers = 0.05

// allowed is maxOthers of two cores and, where a GPU does the work and most cores idle, as much of each two.
func allowed(c *Case) float64 {
	if onGPU(c.Scenario) {
		return maxOthers * math.Max(1, float64(machine.Cores())/2)
	}
	return maxOthers
}

// run runs a case live. A run that others disturbed is repeated, twice at most; the least disturbed
// stays. Which one that is does not depend on what it measured.
func (v *validation) run(ctx context.Context, c *Case, round int) error {
	var best *load.Result
	least := math.Inf(1)
	for range 3 {
		result, others, err := v.watched(ctx, c, round)
		if err != nil {
			return err
		}
		if others < least {
			best, least = result, others
		}
		if least <= allowed(c) {
			break
		}
	}
	v.results[c] = append(v.results[c], best)
	if least > allowed(c) {
		v.warnings = append(v.warnings, fmt.Sprintf("%s, run %d: other processes used %.2f cores; keep the machine quiet", c.Name, round+1, least))
	}
	return nil
}

func (v *validation) watched(ctx context.Context, c *Case, round int) (*load.Result, float64, error) {
	built, err := v.compiled(c.Scenario)
	if err != nil {
		return nil, 0, err
	}
	watch := machine.StartWatch()
	result, err := v.kit.live(ctx, c, built, round)
	if err == nil && result.Completed == 0 {
		err = fmt.Errorf("no request was answered within %v (%d failed: %s; turned away: %v); measure for longer with --measure", c.Measure, result.Failed, result.FirstFailure, result.Dropped)
	}
	others, _, _ := watch.Others() // 0 where the system does not tell
	return result, others, err
}

// fixRates turns each case's load into an arrival rate, from the first profile.
func (v *validation) fixRates(ctx context.Context) error {
	for _, c := range v.m.Cases {
		if c.Load == 0 {
			continue
		}
		full, err := c.saturated()
		if err != nil {
			return err
		}
		p, err := v.predict(ctx, full)
		if err != nil {
			return err
		}
		if c.Scenario, err = c.atRate(c.Load * p.ThroughputRPS.Value); err != nil {
			return err
		}
	}
	return nil
}

// compare predicts every case with the whole profile and sets the predictions beside the live runs.
func (v *validation) compare(ctx context.Context) (*Report, error) {
	p, err := v.benches.profile()
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("%s, %d cores", p.Provenance.CPU, p.Provenance.Cores)
	if p.Provenance.GPU != "" {
		name += ", " + p.Provenance.GPU
	}
	r := &Report{Machine: name, Date: p.Provenance.Date, Warnings: append([]string{}, v.warnings...)}
	offered := map[string]bool{}
	for _, c := range v.m.Cases {
		prediction, err := v.predict(ctx, c.Scenario)
		if err != nil {
			return nil, fmt.Errorf("case %q: %w", c.Name, err)
		}
		r.Profile = prediction.Run.Profile
		if prediction.Verdict == predict.Overloaded {
			r.Warnings = append(r.Warnings, c.Name+": predicted to be overloaded; there are no latencies to compare")
		}
		offered[c.Name] = c.Scenario.Workload.Arrivals != "closed"
		r.Cases = append(r.Cases, v.rows(c, prediction, profileError(p, c.Scenario))...)
		if onGPU(c.Scenario) {
			r.Energy = append(r.Energy, joules(c, v.results[c]))
		}
		for _, result := range v.results[c] {
			if note := result.Energy.Note; note != "" && !slices.Contains(r.Warnings, note) {
				r.Warnings = append(r.Warnings, note)
			}
			if result.Failed > 0 || result.Unanswered > 0 {
				r.Warnings = append(r.Warnings, fmt.Sprintf("%s: %d requests failed (%s), %d were not answered in time",
					c.Name, result.Failed, result.FirstFailure, result.Unanswered))
			}
		}
	}
	r.summarise(offered)
	return r, nil
}

// metric is one number of a prediction and of a live run.
type metric struct {
	name      string
	predicted func(*predict.Prediction) stats.Interval
	measured  func(*load.Result) float64
}

var metrics = []metric{
	{throughput, func(p *predict.Prediction) stats.Interval { return p.ThroughputRPS }, func(r *load.Result) float64 { return r.ThroughputRPS }},
	{latencyMean, func(p *predict.Prediction) stats.Interval { return p.LatencyS.Mean }, (*load.Result).Mean},
	{latencyP50, func(p *predict.Prediction) stats.Interval { return p.LatencyS.P50 }, func(r *load.Result) float64 { return r.Quantile(0.5) }},
	{latencyP99, func(p *predict.Prediction) stats.Interval { return p.LatencyS.P99 }, func(r *load.Result) float64 { return r.Quantile(0.99) }},
	{droppedShare, func(p *predict.Prediction) stats.Interval { return p.Dropped.Share }, (*load.Result).DroppedShare},
}

// noise is the relative standard deviation of one live run of a case: its own, but not below the median
// of all cases, since so few runs may agree by chance.
func (v *validation) noise(c *Case, m metric) float64 {
	own := 0.0
	var all []float64
	for _, other := range v.m.Cases {
		mean, sd := meanSD(v.results[other], m.measured)
		all = append(all, over(sd, mean))
		if other == c {
			own = over(sd, mean)
		}
	}
	return max(own, stats.Median(all))
}

func meanSD(results []*load.Result, of func(*load.Result) float64) (mean, sd float64) {
	var values []float64
	for _, r := range results {
		values = append(values, of(r))
	}
	if len(values) == 1 { // after an interrupt: its scatter is unknown
		return values[0], 0
	}
	return stat.MeanStdDev(values, nil)
}

// profileError is the relative half-width of the profile's interval for the work of one of the case's
// requests: of decoding, resizing and inferring alone, whose errors are independent.
func profileError(p *profile.Profile, s *scenario.Scenario) float64 {
	total, squares, weights := 0.0, 0.0, 0.0
	add := func(k profile.Key, weight float64) {
		if point := p.Find(k); point != nil {
			total += weight * point.MeanNs
			squares += sq(weight * (point.MeanCI95Ns[1] - point.MeanCI95Ns[0]) / 2)
		}
	}
	for _, im := range s.Pipeline.Images {
		weights += im.Weight
	}
	for _, im := range s.Pipeline.Images {
		for _, name := range []string{device.Decode, device.Resize} {
			add(profile.Key{Stage: name, Resource: s.Pipeline.Preprocessing, Image: im.Size}, im.Weight/weights)
		}
	}
	add(profile.Key{Stage: device.Infer, Resource: s.Pipeline.Inference, Model: s.Pipeline.Model, Batch: 1, Threads: s.Inference.IntraOpThreads}, 1)
	return over(math.Sqrt(squares), total)
}

// rows compares one case.
func (v *validation) rows(c *Case, p *predict.Prediction, profiled float64) []Row {
	results := v.results[c]
	var rows []Row
	for _, m := range metrics {
		e := m.predicted(p)
		mean, sd := meanSD(results, m.measured)
		if math.IsNaN(e.Value) || m.name == droppedShare && e.Value == 0 && mean == 0 {
			continue
		}
		// The measurement is the mean of a few noisy runs, the prediction has the simulation's interval and
		// the profile's: independent, so their squares add.
		simulated := e.HalfWidth()
		half := math.Sqrt(simulated*simulated + sq(profiled*e.Value) + sq(1.96*v.noise(c, m)*e.Value)/float64(len(results)))
		e.Low, e.High = max(e.Value-half, 0), e.Value+half // neither a rate, a time nor a share is negative
		row := Row{Case: c.Name, Metric: m.name, Predicted: e.Value, Interval95: [2]float64{e.Low, e.High},
			Measured: mean, Error: over(e.Value-mean, mean), Noise: over(sd, mean)}
		row.Inside = mean >= e.Low && mean <= e.High
		rows = append(rows, row)
	}
	return append(rows, stageRows(c, p, results)...)
}

func sq(x float64) float64 { return x * x }

// over is a/b, and 0 where there is nothing to compare with: a part of the server where no time was
// spent. (JSON has no infinity.)
func over(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// stageRows compares the mean time that requests spend in each part.
func stageRows(c *Case, p *predict.Prediction, results []*load.Result) (rows []Row) {
	for i, part := range results[0].Stages {
		predicted, ok := predictedStage(p, part.Name)
		if !ok || math.IsNaN(predicted) {
			continue
		}
		mean, sd := meanSD(results, func(r *load.Result) float64 { return r.Stages[i].MeanS })
		row := Row{Case: c.Name, Metric: stagePrefix + part.Name + "_s", Predicted: predicted, Measured: mean, Error: over(predicted-mean, mean), Noise: over(sd, mean)}
		row.Interval95 = [2]float64{predicted, predicted}
		rows = append(rows, row)
	}
	return rows
}
