package check

import (
	"fmt"
	"math"

	"vsim/experiments/brokers/live"
	"vsim/experiments/validate"
	"vsim/sim"
	"vsim/sim/engine/stats"
	"vsim/sim/predict"
)

// metric is one number of a prediction and of a live run.
type metric struct {
	name      string
	predicted func(*sim.Prediction) stats.Interval
	oneRun    func(*predict.PI) predict.Spread
	measured  func(*live.Shown) float64
}

var metrics = []metric{
	{validate.Throughput, func(p *sim.Prediction) stats.Interval { return p.ThroughputRPS },
		func(p *predict.PI) predict.Spread { return p.ThroughputRPS }, func(r *live.Shown) float64 { return r.ThroughputRPS }},
	{validate.LatencyMean, func(p *sim.Prediction) stats.Interval { return p.LatencyS.Mean },
		func(p *predict.PI) predict.Spread { return p.LatencyS.Mean }, func(r *live.Shown) float64 { return r.Mean() }},
	{validate.LatencyP50, func(p *sim.Prediction) stats.Interval { return p.LatencyS.P50 },
		func(p *predict.PI) predict.Spread { return p.LatencyS.P50 }, func(r *live.Shown) float64 { return r.Quantile(0.5) }},
	{validate.LatencyP99, func(p *sim.Prediction) stats.Interval { return p.LatencyS.P99 },
		func(p *predict.PI) predict.Spread { return p.LatencyS.P99 }, func(r *live.Shown) float64 { return r.Quantile(0.99) }},
}

// compare sets the predictions beside the live runs of the cases that ran.
func (v *check) compare() *Report {
	var rows []Row
	var sides []Side
	for _, c := range v.ran() {
		p := v.of[c]
		if p == nil {
			continue // a warning says why
		}
		for _, m := range metrics {
			rows = append(rows, v.row(c, m, p))
		}
		rows = append(rows, v.stages(c, p)...)
		sides = append(sides, sideOf(c, v.results[c], p, v.kit.pipeline.Cores))
		if p.Verdict == predict.Overloaded {
			v.warn("%s: predicted to be overloaded; there are no latencies to compare", c.Name)
		}
		for _, r := range v.results[c] {
			if r.Losses.Frames+r.Failed+r.Unanswered > 0 {
				v.warn("%s: %d frames were lost (%s), %d failed (%s), %d had no answer", c.Name, r.Losses.Frames, r.Losses.First, r.Failed, r.FirstFailure, r.Unanswered)
			}
		}
	}
	r := &Report{Report: validate.NewReport(rows, goals(rows), nil), Sides: sides, of: map[string]*Case{}}
	for _, c := range v.cases {
		r.of[c.Name] = c
	}
	from := &v.profile.Provenance
	r.Machine, r.Date, r.Command, r.Profile = fmt.Sprintf("%s, %d cores", from.CPU, from.Cores), from.Date, v.opt.Command, v.profile.Name
	if doubt := from.Doubt(); doubt != "" {
		v.warn("the profile %s", doubt)
	}
	for _, b := range v.kit.benches {
		for _, what := range b.LeftOut() {
			v.warn("not profiled: %s", what)
		}
	}
	r.Warnings = append(r.Warnings, v.warnings...)
	r.Complete = v.failures == 0 && len(v.ran()) == len(v.cases)
	for _, c := range v.cases {
		r.Complete = r.Complete && len(v.results[c]) == v.opt.Rounds
	}
	return r
}

// row compares a metric of a case. Where the prediction does not tell what one live run will show, the interval is where their mean
// should lie, without the profile's part.
func (v *check) row(c *Case, m metric, p *sim.Prediction) Row {
	values := valuesOf(v.results[c], m)
	mean, sd := validate.MeanSD(values)
	e := m.predicted(p)
	row := Row{Case: c.Name, Band: c.band(), Metric: m.name, Predicted: e.Value, Interval95: [2]float64{e.Low, e.High}, Measured: mean,
		Error: over(e.Value-mean, mean), Runs: len(values), Noise: over(sd, mean), NoiseFloor: validate.Both95 * v.noise(c, m)}
	if p.PI != nil {
		if s := m.oneRun(p.PI); !math.IsNaN(s.Low) && !math.IsNaN(s.High) {
			row.Interval95 = [2]float64{s.Low, s.High}
			row.Judge(values)
			return row
		}
	}
	half := math.Hypot(e.HalfWidth(), row.NoiseFloor*e.Value/math.Sqrt(float64(len(values))))
	row.Interval95 = [2]float64{max(e.Value-half, 0), e.Value + half}
	row.JudgeMean()
	return row
}

// noise is that of a case, by its runs and those of others.
func (v *check) noise(c *Case, m metric) float64 {
	return validate.Noise(c, v.ran(), func(c *Case) []float64 { return valuesOf(v.results[c], m) },
		func(other *Case) bool { return other.band() == c.band() })
}

func valuesOf(results []*live.Shown, m metric) (out []float64) {
	for _, r := range results {
		out = append(out, m.measured(r))
	}
	return out
}

// over is a/b, and 0 where there is nothing to compare with.
func over(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// Parts of a frame's way that both sides know: those of the detector, and the rest, which the frame's last face decides.
const rest = "faces"

// detectorParts are those of a live frame, and the steps of the prediction that do the same.
var detectorParts = []struct {
	name  string
	steps []string // "" is the queue
}{
	{"queue", []string{""}}, {"decode", []string{"decode"}}, {"resize", []string{"resize"}},
	{"detect", []string{"copy", "detect", "post"}}, {"crop", []string{"crop"}},
}

// stages compares the mean time that frames spend in each part.
func (v *check) stages(c *Case, p *sim.Prediction) (out []Row) {
	predictedRest, measuredRest := p.LatencyS.Mean.Value, meanOver(v.results[c], func(r *live.Shown) float64 { return r.Mean() })
	add := func(name string, predicted, measured float64) {
		out = append(out, Row{Case: c.Name, Band: c.band(), Metric: validate.StagePrefix + name + "_s", Predicted: predicted, Measured: measured,
			Error: over(predicted-measured, measured), Interval95: [2]float64{predicted, predicted}, Runs: len(v.results[c])})
	}
	for _, part := range detectorParts {
		if part.name == "crop" && c.Kind == Fused {
			continue // the faces are resized there, which is of the rest
		}
		predicted := predictedPart(p, part.steps)
		measured := meanOver(v.results[c], func(r *live.Shown) float64 { return r.Part(part.name) })
		add(part.name, predicted, measured)
		predictedRest, measuredRest = predictedRest-predicted, measuredRest-measured
	}
	add(rest, predictedRest, measuredRest)
	return out
}

func meanOver(results []*live.Shown, of func(*live.Shown) float64) float64 {
	sum := 0.0
	for _, r := range results {
		sum += of(r)
	}
	return sum / float64(len(results))
}

// predictedPart is the time of some steps of the detector's worker, which may do those of a fused stage too.
func predictedPart(p *sim.Prediction, steps []string) (sum float64) {
	for _, name := range steps {
		if name == "" {
			sum += p.Stages[0].Queue.WaitS.Value
			continue
		}
		for i := range p.Stages {
			for k := range p.Stages[i].Steps {
				if step := &p.Stages[i].Steps[k]; step.Name == name {
					sum += step.TotalS()
				}
			}
		}
	}
	return sum
}
