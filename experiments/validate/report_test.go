package validate

import (
	"math"
	"strings"
	"testing"
)

func TestSummary(t *testing.T) {
	r := Report{Cases: []Row{
		{Case: "a", Metric: throughput, Error: 0.1, Inside: true},
		{Case: "b", Metric: throughput, Error: -0.3, Inside: false},
		{Case: "poisson", Metric: throughput, Error: 0.9, Inside: true},
		{Case: "a", Metric: latencyP99, Error: -0.05, Inside: true},
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
	if _, ok := r.Summary.MedianError["stage.decode_s"]; ok {
		t.Error("stages do not count into the summary")
	}
}

func TestTextShowsEveryCase(t *testing.T) {
	r := Report{Machine: "test", Date: "today", Warnings: []string{"noisy"}, Cases: []Row{
		{Case: "a", Metric: throughput, Predicted: 100, Measured: 80, Error: 0.25, Interval95: [2]float64{90, 110}},
		{Case: "a", Metric: latencyP99, Predicted: 0.010, Measured: 0.011, Error: -1. / 11, Interval95: [2]float64{0.009, 0.012}, Inside: true},
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
