package validate

import (
	"encoding/json"
	"errors"
	"math"
	"regexp"
	"strings"
	"testing"

	"vsim/experiments/load"
)

func TestSummary(t *testing.T) {
	r := Report{Cases: []Row{
		{Case: "once", Metric: latencyP50, Error: -0.05, Runs: 1},
		{Case: "a", Metric: throughput, Error: 0.1, Judged: 2, Within: 2, Runs: 2},
		{Case: "b", Metric: throughput, Error: -0.3, Judged: 2, Within: 0, Runs: 2},
		{Case: "poisson", Metric: throughput, Error: 0.9, Judged: 2, Within: 2, Runs: 2},
		{Case: "a", Metric: latencyP99, Error: -0.05, Judged: 2, Within: 2, Runs: 2},
		{Case: "a", Metric: "stage.decode_s", Error: 5},
	}}
	r.summarise(map[string]bool{"poisson": true})
	near := func(got, want float64, what string) {
		if math.Abs(got-want) > 1e-12 {
			t.Errorf("%s is %g, want %g", what, got, want)
		}
	}
	near(r.Summary.MedianError[throughput], 0.2, "median of 0.1 and 0.3")
	near(r.Summary.MaxError[throughput], 0.3, "largest of the closed loops")
	near(r.Summary.MedianError[latencyP99], 0.05, "median of one")
	near(r.Summary.Coverage95, 0.75, "coverage")
	if r.Summary.Judged != 8 {
		t.Errorf("%d live runs judged, want those of the cases that ran twice, 8", r.Summary.Judged)
	}
	if _, ok := r.Summary.MedianError["stage.decode_s"]; ok {
		t.Error("stages do not count into the summary")
	}
}

func TestTextShowsEveryCase(t *testing.T) {
	r := Report{Machine: "test", Date: "today", Warnings: []string{"noisy"}, Cases: []Row{
		{Case: "a", Metric: throughput, Predicted: 100, Measured: 80, Error: 0.25, Interval95: [2]float64{90, 110}, Judged: 2, Within: 0, Runs: 2},
		{Case: "a", Metric: latencyP99, Predicted: 0.010, Measured: 0.011, Error: -1. / 11, Interval95: [2]float64{0.009, 0.012}, Inside: true, Judged: 1, Within: 1, Runs: 2},
		{Case: "a", Metric: "stage.decode_s", Predicted: 0.001, Measured: 0.001},
	}}
	r.summarise(nil)
	for _, details := range []bool{false, true} {
		var b strings.Builder
		if err := r.Text(&b, details); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		for _, want := range []string{"100.0/s", "+25.0 % outside", "10.00 ms", "9.00 ms .. 12.00 ms", "Warning: noisy"} {
			if !strings.Contains(text, want) {
				t.Errorf("details %v: no %q in\n%s", details, want, text)
			}
		}
		if strings.Contains(text, "decode") != details {
			t.Errorf("details %v: stages shown are wrong in\n%s", details, text)
		}
	}
}

// What ran once shows no scatter, no interval and no verdict: that of the prediction alone would look exact.
func TestOneRunHasNoNoise(t *testing.T) {
	once := Row{Case: "once", Metric: latencyP99, Predicted: 0.010, Measured: 0.011, Error: -1. / 11, Interval95: [2]float64{0.0099, 0.0101}, Runs: 1}
	twice := Row{Case: "twice", Metric: latencyP99, Predicted: 0.010, Measured: 0.010, Interval95: [2]float64{0.009, 0.012}, Inside: true, Judged: 1, Within: 1, Runs: 2}
	for want, rows := range map[string][]Row{
		"No case ran twice: ": {once},
		"100 % of 1 measurements of single live runs lie in the 95 % interval of their prediction.": {once, twice},
	} {
		r := Report{Cases: rows}
		r.summarise(nil)
		var b strings.Builder
		if err := r.Text(&b, true); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		if !strings.Contains(text, want) || strings.Contains(text, "outside") || strings.Contains(text, "9.90 ms") || !regexp.MustCompile(`10\.00 ms +- +11\.00 ms +-9\.1 % +-\s`).MatchString(text) {
			t.Errorf("no %q, or not \"-\" in\n%s", want, text)
		}
	}
	for _, row := range []Row{once, twice} {
		text, err := json.Marshal(row)
		var back Row
		if err := errors.Join(err, json.Unmarshal(text, &back)); err != nil || back != row || strings.Contains(string(text), `"noise"`) != (row.Runs > 1) {
			t.Errorf("%v, %s", err, text)
		}
	}
}

// A case that ran once does not pull the others' noise down; where none ran twice there is none.
func TestNoiseIsOfCasesThatRanTwice(t *testing.T) {
	m := metrics[0]
	ran := func(rps ...float64) (out []*load.Result) {
		for _, x := range rps {
			out = append(out, &load.Result{ThroughputRPS: x})
		}
		return out
	}
	a, b, c := &Case{Name: "a"}, &Case{Name: "b"}, &Case{Name: "c"}
	v := &validation{cases: []*Case{a, b, c}, results: map[*Case][]*load.Result{a: ran(90, 110), b: ran(7), c: ran(8)}}
	want := math.Sqrt(200) / 100 / medianSD(2)
	for _, one := range v.cases {
		if got := v.noise(one, m); math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: noise %g, want that of cases that differ so much in two runs, %g", one.Name, got, want)
		}
	}
	v.results[a] = ran(90)
	if got := v.noise(a, m); got != 0 {
		t.Errorf("noise %g of nothing", got)
	}
}
