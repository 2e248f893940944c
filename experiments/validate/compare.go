package validate

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"vsim/experiments/load"
	"vsim/profile"
	"vsim/profile/device"
	"vsim/sim/engine/stats"
	"vsim/sim/predict"
	"vsim/sim/scenario"
)

// compare sets predictions beside the live runs of the cases that ran.
func (v *validation) compare(f *forecast) *Report {
	from := &f.profile.Provenance
	name := fmt.Sprintf("%s, %d cores", from.CPU, from.Cores)
	if from.GPU != "" {
		name += ", " + from.GPU
	}
	r := &Report{Cases: []Row{}, Machine: name, Date: from.Date, Command: v.opt.Command, Warnings: append([]string{}, v.warnings...), Complete: v.failures == 0 && v.whole()}
	for _, what := range v.benches.leftOut() {
		r.Warnings = append(r.Warnings, "not profiled: "+what)
	}
	if v.earlier != nil && f.profile == v.earlier {
		r.Warnings = append(r.Warnings, "the profile is that of the earlier session, which measured more")
	}
	v.band = map[*Case]profile.Band{}
	for c, p := range f.of {
		v.band[c] = band(c, p)
	}
	offered := map[string]bool{}
	for _, c := range v.ran() {
		p := f.of[c]
		if p == nil {
			continue // a warning says why
		}
		r.Profile = p.Run.Profile
		if p.Verdict == predict.Overloaded {
			r.Warnings = append(r.Warnings, c.Name+": predicted to be overloaded; there are no latencies to compare")
		}
		offered[c.Name] = c.Scenario.Workload.Arrivals != "closed"
		r.Cases = append(r.Cases, v.rows(c, p, v.own[c], profileError(f.profile, c.Scenario))...)
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
	return r
}

// metric is one number of a prediction and of a live run.
type metric struct {
	name      string
	predicted func(*predict.Prediction) stats.Interval
	oneRun    func(*predict.PI) predict.Spread
	replayed  func(*predict.Replayed) float64
	measured  func(*load.Result) float64
}

var metrics = []metric{
	{throughput, func(p *predict.Prediction) stats.Interval { return p.ThroughputRPS },
		func(p *predict.PI) predict.Spread { return p.ThroughputRPS }, func(r *predict.Replayed) float64 { return r.ThroughputRPS }, func(r *load.Result) float64 { return r.ThroughputRPS }},
	{latencyMean, func(p *predict.Prediction) stats.Interval { return p.LatencyS.Mean },
		func(p *predict.PI) predict.Spread { return p.LatencyS.Mean }, func(r *predict.Replayed) float64 { return r.MeanS }, (*load.Result).Mean},
	{latencyP50, func(p *predict.Prediction) stats.Interval { return p.LatencyS.P50 },
		func(p *predict.PI) predict.Spread { return p.LatencyS.P50 }, func(r *predict.Replayed) float64 { return r.P50S }, func(r *load.Result) float64 { return r.Quantile(0.5) }},
	{latencyP99, func(p *predict.Prediction) stats.Interval { return p.LatencyS.P99 },
		func(p *predict.PI) predict.Spread { return p.LatencyS.P99 }, func(r *predict.Replayed) float64 { return r.P99S }, func(r *load.Result) float64 { return r.Quantile(0.99) }},
	{droppedShare, func(p *predict.Prediction) stats.Interval { return p.Dropped.Share },
		func(p *predict.PI) predict.Spread { return p.DroppedShare }, func(r *predict.Replayed) float64 { return r.DroppedShare }, (*load.Result).DroppedShare},
}

// enough cases of a band that ran more than once tell what is typical of it.
const enough = 3

// noise is that of a case, by its runs and those of others.
func (v *validation) noise(c *Case, m metric) float64 {
	return Noise(c, v.ran(), func(c *Case) []float64 { return valuesOf(v.results[c], m.measured) },
		func(other *Case) bool { return v.band[other] == v.band[c] })
}

// Noise is the relative standard deviation of one live run of a case: its own, but not below that of a typical case like it
// that ran more than once, or of all cases where these are few, since so few runs may agree by chance. It is 0 where no case has.
func Noise[C comparable](c C, cases []C, runs func(C) []float64, like func(C) bool) float64 {
	own := 0.0
	var all, alike []float64
	for _, other := range cases {
		values := runs(other)
		if len(values) < 2 {
			continue
		}
		mean, sd := MeanSD(values)
		likely := over(sd, mean) / medianSD(len(values))
		all = append(all, likely)
		if like(other) {
			alike = append(alike, likely)
		}
		if other == c {
			own = over(sd, mean)
		}
	}
	switch {
	case len(all) == 0:
		return 0
	case len(alike) >= enough:
		return max(own, stats.Median(alike))
	}
	return max(own, stats.Median(all))
}

// medianSD is the median of the standard deviations of samples of n from a normal distribution, of its own: 0.67 of two, 0.83 of three. The
// median of many such would be too low by as much.
func medianSD(n int) float64 {
	freedom := float64(n - 1)
	return math.Sqrt(distuv.ChiSquared{K: freedom}.Quantile(0.5) / freedom)
}

func valuesOf(results []*load.Result, of func(*load.Result) float64) (out []float64) {
	for _, r := range results {
		out = append(out, of(r))
	}
	return out
}

// MeanSD is the mean of values and the standard deviation of one of them, 0 where there is one: its scatter is unknown.
func MeanSD(values []float64) (mean, sd float64) {
	if len(values) == 1 {
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
			squares += sq(weight * halfWidth(point))
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

// halfWidth is that of the interval of a point's mean, ns. One that is unknown may be as wide as the mean.
func halfWidth(point *profile.Service) float64 {
	if point.MeanCI95Ns == [2]float64{} {
		return point.MeanNs
	}
	return (point.MeanCI95Ns[1] - point.MeanCI95Ns[0]) / 2
}

// rows compares one case; own are the predictions with the live runs' own times.
func (v *validation) rows(c *Case, p *predict.Prediction, own []*predict.Prediction, profiled float64) []Row {
	results := v.results[c]
	var rows []Row
	for _, m := range metrics {
		e := m.predicted(p)
		mean, sd := MeanSD(valuesOf(results, m.measured))
		if math.IsNaN(e.Value) || m.name == droppedShare && e.Value == 0 && mean == 0 {
			continue
		}
		e, oneRun := v.interval95(c, m, p, profiled)
		long := e.Value
		if replays := v.replays[c]; len(replays) > 0 {
			e = about(e, meanOf(replays, m.replayed))
		}
		row := Row{Case: c.Name, Band: v.band[c], Metric: m.name, Predicted: e.Value, LongRun: long, Interval95: [2]float64{e.Low, e.High},
			Measured: mean, Error: over(e.Value-mean, mean), Runs: len(results), Noise: over(sd, mean), NoiseFloor: both95 * v.noise(c, m)}
		row.Inside = mean >= e.Low && mean <= e.High
		row.judge(results, m, oneRun)
		if oneRun {
			s := m.oneRun(p.PI)
			row.ownHalf = s.HalfWithoutModel()
		}
		row.withOwn(own, func(p *predict.Prediction) float64 { return m.predicted(p).Value })
		if replays := v.ownReps[c]; len(replays) > 0 {
			row.setOwn(meanOf(replays, m.replayed))
		}
		rows = append(rows, row)
	}
	return append(rows, v.stageRows(c, p, own, results)...)
}

// both95 is how many standard deviations reach from a mean to the ends of 95 %.
const both95 = 1.96

// interval95 is where a number of one live run should lie, where the prediction says so. Else it is where the mean of the live runs should:
// they are few and noisy, the prediction has the simulation's interval and the profile's, and as these are independent their squares add.
func (v *validation) interval95(c *Case, m metric, p *predict.Prediction, profiled float64) (e stats.Interval, oneRun bool) {
	e = m.predicted(p)
	if p.PI != nil {
		if s := m.oneRun(p.PI); !math.IsNaN(s.Low) && !math.IsNaN(s.High) {
			e.Low, e.High = s.Low, s.High
			return e, true
		}
	}
	half := math.Sqrt(sq(e.HalfWidth()) + sq(profiled*e.Value) + sq(both95*v.noise(c, m)*e.Value)/float64(len(v.results[c])))
	e.Low, e.High = max(e.Value-half, 0), e.Value+half // neither a rate, a time nor a share is negative
	return e, false
}

// about moves an interval of a positive number, on the logarithmic scale, to where a value is in its middle: the traffic of the live runs is known,
// which the interval does not know. It stays as wide, though part of its width is of traffic.
func about(e stats.Interval, value float64) stats.Interval {
	if e.Low > 0 && value > 0 {
		shift := value / math.Sqrt(e.Low*e.High)
		e.Low, e.High = e.Low*shift, e.High*shift
	}
	e.Value = value
	return e
}

// judge counts how many live runs, or whether their mean, lie in the interval. A mean of which the noise is unknown is not judged.
func (r *Row) judge(results []*load.Result, m metric, oneRun bool) {
	if !oneRun {
		r.JudgeMean()
		return
	}
	for _, result := range results {
		x := m.measured(result)
		r.Judged++
		r.Within += count(x >= r.Interval95[0] && x <= r.Interval95[1])
	}
}

// withOwn notes the mean of what the predictions with the live runs' own times say.
func (r *Row) withOwn(own []*predict.Prediction, of func(*predict.Prediction) float64) {
	if len(own) == 0 {
		return
	}
	var values []float64
	for _, p := range own {
		values = append(values, of(p))
	}
	r.setOwn(stat.Mean(values, nil))
}

func (r *Row) setOwn(mean float64) {
	if !math.IsNaN(mean) {
		r.OwnTimes, r.ModelError = mean, over(mean-r.Measured, r.Measured)
		r.ProfileError = r.Error - r.ModelError
	}
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
func (v *validation) stageRows(c *Case, p *predict.Prediction, own []*predict.Prediction, results []*load.Result) (rows []Row) {
	for i, part := range results[0].Stages {
		predicted, ok := predictedStage(p, part.Name)
		if !ok || math.IsNaN(predicted) {
			continue
		}
		mean, sd := MeanSD(valuesOf(results, func(r *load.Result) float64 { return r.Stages[i].MeanS }))
		row := Row{Case: c.Name, Band: v.band[c], Metric: stagePrefix + part.Name + "_s", Predicted: predicted, Measured: mean, Error: over(predicted-mean, mean), Runs: len(results), Noise: over(sd, mean)}
		row.Interval95 = [2]float64{predicted, predicted}
		row.withOwn(own, func(p *predict.Prediction) float64 {
			meanS, _ := predictedStage(p, part.Name)
			return meanS
		})
		rows = append(rows, row)
	}
	return rows
}
