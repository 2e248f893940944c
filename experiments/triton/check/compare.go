package check

import (
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/stat"

	"vsim/experiments/validate"
	"vsim/profile"
	"vsim/profile/measure/machine"
	"vsim/sim"
	"vsim/sim/engine/stats"
	"vsim/sim/predict"
)

// Row compares a metric of a case; see validate.Row.
type Row = validate.Row

// metric is one number of a prediction and of a live run.
type metric struct {
	name      string
	predicted func(*sim.Prediction) stats.Interval
	oneRun    func(*predict.PI) predict.Spread
	replayed  func(*predict.Replayed) float64
	measured  func(*Shown) float64
}

var metrics = []metric{
	{validate.Throughput, func(p *sim.Prediction) stats.Interval { return p.ThroughputRPS }, func(p *predict.PI) predict.Spread { return p.ThroughputRPS },
		func(r *predict.Replayed) float64 { return r.ThroughputRPS }, func(r *Shown) float64 { return r.ThroughputRPS }},
	{validate.LatencyMean, func(p *sim.Prediction) stats.Interval { return p.LatencyS.Mean }, func(p *predict.PI) predict.Spread { return p.LatencyS.Mean },
		func(r *predict.Replayed) float64 { return r.MeanS }, func(r *Shown) float64 { return r.Mean() }},
	{validate.LatencyP50, func(p *sim.Prediction) stats.Interval { return p.LatencyS.P50 }, func(p *predict.PI) predict.Spread { return p.LatencyS.P50 },
		func(r *predict.Replayed) float64 { return r.P50S }, func(r *Shown) float64 { return r.Quantile(0.5) }},
	{validate.LatencyP99, func(p *sim.Prediction) stats.Interval { return p.LatencyS.P99 }, func(p *predict.PI) predict.Spread { return p.LatencyS.P99 },
		func(r *predict.Replayed) float64 { return r.P99S }, func(r *Shown) float64 { return r.Quantile(0.99) }},
	{validate.Dropped, func(p *sim.Prediction) stats.Interval { return p.Dropped.Share }, func(p *predict.PI) predict.Spread { return p.DroppedShare },
		func(r *predict.Replayed) float64 { return r.DroppedShare }, func(r *Shown) float64 { return r.DroppedShare() }},
}

// compare sets the predictions beside the live runs of the cases that ran.
func (v *check) compare() *Report {
	rows, offered, sides := []Row{}, map[string]bool{}, []Side{}
	for _, c := range v.ran() {
		p := v.of[c]
		if p == nil {
			continue // a warning says why
		}
		offered[c.Name] = c.keepsUp()
		rows = append(rows, v.rows(c, p)...)
		sides = append(sides, sideOf(c, v.results[c], p))
		if p.Verdict == predict.Overloaded {
			v.warn("%s: predicted to be overloaded; there are no latencies to compare", c.Name)
		}
		for _, r := range v.results[c] {
			if r.Failed+r.Unanswered > 0 {
				v.warn("%s: %d requests failed (%s), %d had no answer", c.Name, r.Failed, r.FirstFailure, r.Unanswered)
			}
		}
	}
	r := &Report{Report: validate.NewReport(rows, goals(rows, offered), offered), Sides: sides, of: map[string]*Case{}}
	for _, c := range v.cases {
		r.of[c.Name] = c
	}
	for _, model := range v.models() {
		learned, err := v.learners[model].Result()
		if err != nil {
			continue // no case of it was predicted
		}
		for _, text := range learned.Warnings() {
			v.warn("calibrating %s: %s", model, text)
		}
	}
	r.Machine, r.Date, r.Command, r.Profile = machine.Name(false), v.began.UTC().Format(time.RFC3339), v.opt.Command, "a running Triton"
	r.Warnings = append(r.Warnings, v.warnings...)
	r.Complete = v.failures == 0
	for _, c := range v.cases {
		r.Complete = r.Complete && len(v.results[c]) == v.opt.Rounds
	}
	return r
}

// rows compares a case.
func (v *check) rows(c *Case, p *sim.Prediction) (out []Row) {
	for _, m := range metrics {
		e := m.predicted(p)
		dropping := m.name == validate.Dropped
		if math.IsNaN(e.Value) || math.IsNaN(v.expected(c, m, e)) || dropping && e.Value == 0 && slices.Max(valuesOf(v.results[c], m.measured)) == 0 {
			continue
		}
		out = append(out, v.row(c, m, p))
	}
	if p.Dropped.Share.Value > 0 {
		out = append(out, v.drops(c, p)...)
	}
	return append(append(out, v.classes(c, p)...), v.parts(c, p)...)
}

// row compares a metric of a case. Where the prediction does not tell what one live run will show, the interval is where their mean should lie,
// by the simulation's part and the noise of live runs.
func (v *check) row(c *Case, m metric, p *sim.Prediction) Row {
	values := valuesOf(v.results[c], m.measured)
	mean, sd := validate.MeanSD(values)
	e, oneRun := m.predicted(p), false
	row := Row{Case: c.Name, Band: v.band(c), Metric: m.name, LongRun: e.Value, Measured: mean, Runs: len(values), Noise: over(sd, mean),
		NoiseFloor: validate.Both95 * v.noise(c, m)}
	half := math.Hypot(e.HalfWidth(), row.NoiseFloor*e.Value/math.Sqrt(float64(len(values))))
	if p.PI != nil {
		if s := m.oneRun(p.PI); !math.IsNaN(s.Low) && !math.IsNaN(s.High) {
			e.Low, e.High, oneRun = s.Low, s.High, true
		}
	}
	if !oneRun {
		e.Low, e.High = max(e.Value-half, 0), e.Value+half
	}
	if len(v.replays[c]) > 0 {
		e = validate.About(e, v.expected(c, m, e))
	}
	row.Predicted, row.Interval95, row.Error = e.Value, [2]float64{e.Low, e.High}, over(e.Value-mean, mean)
	if oneRun {
		row.Judge(values)
	} else {
		row.JudgeMean()
	}
	return row
}

// expected is what the live runs should show: with the arrivals that they had, where these are known.
func (v *check) expected(c *Case, m metric, long stats.Interval) float64 {
	if replays := v.replays[c]; len(replays) > 0 {
		return meanOf(replays, m.replayed)
	}
	return long.Value
}

// band is the load of a case.
func (v *check) band(c *Case) profile.Band { return validate.BandOf(c.Clients, c.Load, v.of[c]) }

// noise is that of a case, by its runs and those of others.
func (v *check) noise(c *Case, m metric) float64 {
	predicted := slices.DeleteFunc(v.ran(), func(c *Case) bool { return v.of[c] == nil })
	return validate.Noise(c, predicted, func(c *Case) []float64 { return valuesOf(v.results[c], m.measured) },
		func(other *Case) bool { return v.band(other) == v.band(c) })
}

func valuesOf(results []*Shown, of func(*Shown) float64) (out []float64) {
	for _, r := range results {
		out = append(out, of(r))
	}
	return out
}

// meanOf is the mean of a number over the replays of a case's live runs.
func meanOf(all []predict.Replayed, of func(*predict.Replayed) float64) float64 {
	var values []float64
	for i := range all {
		values = append(values, of(&all[i]))
	}
	return stat.Mean(values, nil)
}

// over is a/b, and 0 where there is nothing to compare with.
func over(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// reasons for which requests are turned away, with the predicted rate of each.
var reasons = []struct {
	name string
	rate func(*predict.Dropped) float64
}{
	{"rejected", func(d *predict.Dropped) float64 { return d.RejectedRPS.Value }}, {"expired", func(d *predict.Dropped) float64 { return d.ExpiredRPS.Value }},
}

// drops compares the shares of requests that were turned away for each reason.
func (v *check) drops(c *Case, p *sim.Prediction) (out []Row) {
	total := p.Dropped.RejectedRPS.Value + p.Dropped.ExpiredRPS.Value
	for _, reason := range reasons {
		predicted := p.Dropped.Share.Value * over(reason.rate(&p.Dropped), total)
		row := v.partRow(c, reason.name+"_share", predicted, func(r *Shown) float64 { return r.dropped(reason.name) })
		if row.Predicted > 0 || row.Measured > 0 {
			out = append(out, row)
		}
	}
	return out
}

// classes compares the mean latencies of the classes of requests, where there are several.
func (v *check) classes(c *Case, p *sim.Prediction) (out []Row) {
	for i := range p.Classes {
		class := &p.Classes[i]
		row := v.partRow(c, class.Name+"_latency_s", class.LatencyS.Mean.Value, func(r *Shown) float64 { return r.ClassS[class.Name] })
		if !math.IsNaN(row.Predicted) {
			out = append(out, row)
		}
	}
	return out
}

// partRow compares a number that is not judged by itself.
func (v *check) partRow(c *Case, name string, predicted float64, measured func(*Shown) float64) Row {
	mean, sd := validate.MeanSD(valuesOf(v.results[c], measured))
	return Row{Case: c.Name, Band: v.band(c), Metric: validate.StagePrefix + name, Predicted: predicted, Measured: mean, Error: over(predicted-mean, mean),
		Interval95: [2]float64{predicted, predicted}, Runs: len(v.results[c]), Noise: over(sd, mean)}
}
