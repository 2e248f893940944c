package plan

import (
	"errors"
	"math"
	"strings"
	"testing"

	"vsim/sim"
	"vsim/sim/predict"
	"vsim/sim/scenario"
)

func TestParseSLO(t *testing.T) {
	for text, want := range map[string]SLO{
		"p99<50ms":           {Metric: P99, Limit: 0.05},
		" mean <= 1.5 s ":    {Metric: Mean, Limit: 1.5},
		"large:p999<200us":   {Class: "large", Metric: P999, Limit: 200e-6},
		"throughput>=900/s":  {Metric: Throughput, Above: true, Limit: 900},
		"error_rate<0.5%":    {Metric: ErrorRate, Limit: 0.005},
		"error_rate<=0":      {Metric: ErrorRate, Limit: 0},
		"energy<250mJ":       {Metric: Energy, Limit: 0.25},
		"a:b:throughput>1/s": {Class: "a:b", Metric: Throughput, Above: true, Limit: 1},
	} {
		got, err := ParseSLO(text)
		want.Text = strings.TrimSpace(text)
		if err != nil || got.Metric != want.Metric || got.Class != want.Class || got.Above != want.Above || got.Text != want.Text || math.Abs(got.Limit-want.Limit) > 1e-12 {
			t.Errorf("%q: %+v, %v; want %+v", text, got, err, want)
		}
	}
}

func TestBadSLOsNameTheRemedy(t *testing.T) {
	for text, want := range map[string]string{
		"p98<50ms":            `"p98" is no metric; write one of mean, p50`,
		"p99<50":              "has no unit",
		"p99=50ms":            "must be METRIC<LIMIT",
		"p99>50ms":            "write p99<50ms",
		"throughput<9/s":      "write throughput>9/s",
		"throughput>900":      "has no unit",
		"error_rate<2":        "a share from 0 to 1",
		"energy<3":            "with J, mJ or kJ",
		"big:error_rate<0.1%": "not known by class",
		"p99<0ms":             "must be above 0",
		"":                    "must be METRIC<LIMIT",
	} {
		_, err := ParseSLO(text)
		var input *scenario.InputError
		if !errors.As(err, &input) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v; want one line with %q", text, err, want)
		}
	}
}

// TestJudge: what is beyond a limit by its value, its interval, or by twice the interval.
func TestJudge(t *testing.T) {
	slos := []SLO{{Metric: P99, Limit: 0.1}, {Metric: Throughput, Above: true, Limit: 90}}
	for name, c := range map[string]struct {
		p99, throughput sim.Estimate
		verdict         predict.Verdict
		holds, fails    bool
	}{
		"well below":        {sim.Estimate{Value: 0.05, Low: 0.04, High: 0.06}, sim.Estimate{Value: 100, Low: 99, High: 101}, predict.Stable, true, false},
		"interval too wide": {sim.Estimate{Value: 0.09, Low: 0.08, High: 0.0975}, sim.Estimate{Value: 100, Low: 99, High: 101}, predict.Stable, false, false},
		"above":             {sim.Estimate{Value: 0.12, Low: 0.11, High: 0.13}, sim.Estimate{Value: 100, Low: 99, High: 101}, predict.Stable, false, true},
		"too few":           {sim.Estimate{Value: 0.05, Low: 0.04, High: 0.06}, sim.Estimate{Value: 80, Low: 79, High: 81}, predict.Stable, false, true},
		"overloaded":        {sim.Estimate{Value: 0.05, Low: 0.04, High: 0.06}, sim.Estimate{Value: 100, Low: 99, High: 101}, predict.Overloaded, false, true},
		"no latency":        {sim.Estimate{Value: math.NaN(), Low: math.NaN(), High: math.NaN()}, sim.Estimate{Value: 100, Low: 99, High: 101}, predict.Stable, false, true},
	} {
		v := judge(&sim.Prediction{Verdict: c.verdict, ThroughputRPS: c.throughput, LatencyS: predict.Latency{P99: c.p99}}, slos)
		if v.holds() != c.holds || v.fails() != c.fails {
			t.Errorf("%s: %+v: holds %v, fails %v; want %v, %v", name, v, v.holds(), v.fails(), c.holds, c.fails)
		}
	}
}
