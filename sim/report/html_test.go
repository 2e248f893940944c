package report

import (
	"bytes"
	"html"
	"math"
	"regexp"
	"strings"
	"testing"

	"vsim/sim/predict"
	"vsim/sim/report/page"
)

// seenOverTime is the drawn sample with a history.
func seenOverTime() *predict.Prediction {
	p := drawn()
	p.History = &predict.History{BlockS: 0.5, Warmup: 1, ThroughputRPS: []float64{1, 2, 3, 3}, Inside: []float64{10, 20, 64, 64},
		Busy: [][]float64{{0.1, 0.2, 0.1, 0.1}, {0, 0, 0, 0}, {0.5, 0.9, 0.97, 0.97}, {1, 1, 1, 1}, {1, 1, 1, 1}}}
	return p
}

// pageOf is the page of a prediction, and what is to be read on it.
func pageOf(t *testing.T, p *predict.Prediction) (source, text string) {
	t.Helper()
	var b, again bytes.Buffer
	if err := HTML(&b, p, "two GPUs"); err != nil {
		t.Fatal(err)
	}
	other := *p
	other.Run.WallS *= 2
	if err := HTML(&again, &other, "two GPUs"); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Errorf("the page of a prediction that took longer differs; %v", err)
	}
	return b.String(), html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(b.String(), "|"))
}

func TestHTMLHasAll(t *testing.T) {
	source, text := pageOf(t, seenOverTime())
	for _, want := range []string{
		"It serves 12,346/s (12,300 to 12,400/s), with a p99 latency of 1.00 s (0.950 to 1.05 s); what limits it is gpu (2 of them, 97.0 % busy).",
		"How long requests take", "p50 40.0 ms", "p95 250 ms", "p99 1.00 s", "one run of 60 s", "0.850 to 1.20 s|", "Of the width of one run's p99",
		"small", "9000/s", "waiting for a fuller batch", "added by others", "inference", "h2d", "infer", "Busy resources over time", "gpu x 2", "98.0 %",
		"The shaded beginning is left out", "gpu twice as fast", "inference.instances", "+95.0 ± 1.0 %", "0.345 J", "10.0 %", "Two GPUs.", "two GPUs|\n|Two GPUs. Closed loop: 64 clients, no think time.|", "3 of 8 batch sizes are interpolated",
		`name = "two GPUs"`, "seed 7", "sha256:ab", "p sha256:cd"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	if n := strings.Count(source, `class="shade"`); n != 2 {
		t.Errorf("the warm-up is set apart in %d pictures", n)
	}
	for _, no := range []string{"NaN", "ZgotmplZ", "<script", "http:", "https:"} {
		if strings.Contains(source, no) {
			t.Errorf("the page has %q", no)
		}
	}
}

// TestHTMLOfADay: latency and load by the clock are on the page of traffic that has one, and what would help says that it is of the peak.
func TestHTMLOfADay(t *testing.T) {
	p := seenOverTime()
	h := p.History
	h.OfferedRPS, h.LatencyMeanS, h.LatencyP99S = []float64{4, 5, 6, 0}, []float64{0.25, 100, 0.5, math.NaN()}, []float64{0.75, 200, 1, math.NaN()}
	if _, text := pageOf(t, p); strings.Contains(text, "over time|latency") || strings.Contains(text, "Load over time") {
		t.Error("traffic without a clock has no hours")
	}
	p.Series, h.BlockS = make([]predict.Stretch, 4), 6*3600
	p.WhatIf.AtPeak = true
	source, text := pageOf(t, p)
	for _, want := range []string{"Latency over time", "latency, s", "200", "Load over time", "simulated time, h", "|18.0|", "arriving", "served", "all numbers are of the peak", "|-|"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	if strings.Contains(source, "NaN") {
		t.Error("the page has NaN")
	}
}

// TestHTMLOverloaded: there is no latency on the page of a system without a steady state, and it says why.
func TestHTMLOverloaded(t *testing.T) {
	p := overloaded()
	p.Latencies, p.History = drawn().Latencies, seenOverTime().History
	p.History.Busy = p.History.Busy[:2]
	source, text := pageOf(t, p)
	for _, want := range []string{"It is overloaded: of the 5000/s that arrive it serves 4000/s", "queue grows by 800/s", "identify, 3.2 visits a request", "Service alone is drawn",
		"Dropped: 4.0 ± 0.1 % of what arrives", "overloaded: and so on", "queue growth", "gpu twice as fast"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	for _, no := range []string{"How long requests take", "NaN", "p99 latency"} {
		if strings.Contains(source, no) {
			t.Errorf("the page has %q", no)
		}
	}
}

// TestHTMLOfLittle: what a prediction lacks is left out.
func TestHTMLOfLittle(t *testing.T) {
	source, text := pageOf(t, &predict.Prediction{Verdict: predict.Stable})
	if strings.Contains(source, "NaN") || strings.Contains(text, "What would help") || strings.Contains(text, "Energy") || strings.Contains(text, "Assumptions") {
		t.Error(text)
	}
}

// TestHistogramOfLatencies: its columns hold all requests up to the last that is drawn, each its own; equal latencies are one column.
func TestHistogramOfLatencies(t *testing.T) {
	sum := func(c *page.Chart) (sum float64, filled int) {
		for _, column := range c.Columns {
			if sum += column.Height; column.Height > 0 {
				filled++
			}
			if column.Height < 0 || !(column.To > column.From) {
				t.Errorf("column %+v", column)
			}
		}
		return sum, filled
	}
	p := drawn()
	p.LatencyS.P99 = only(0.09)
	if all, filled := sum(latencyHistogram(p)); math.Abs(all-100) > 0.5 || filled < most/2 {
		t.Errorf("%v %% of the requests in %d columns", all, filled)
	}
	for _, ns := range []int64{0, 1, 5e6} {
		equal := drawn()
		equal.Latencies.Reset()
		for range 10 {
			equal.Latencies.Record(ns)
		}
		for _, e := range []*predict.Estimate{&equal.LatencyS.P50, &equal.LatencyS.P95, &equal.LatencyS.P99} {
			*e = only(float64(ns) * 1e-9)
		}
		if all, filled := sum(latencyHistogram(equal)); math.Abs(all-100) > 1e-9 || filled > 2 {
			t.Errorf("%d ns: %v %% of the requests in %d columns", ns, all, filled)
		}
	}
}

// TestTimeParts: the parts of a stage's time are those of its queue and its steps.
func TestTimeParts(t *testing.T) {
	got, want := timeParts(&sample().Stages[0]), []float64{0.004, 0.0166, 0.001, 0.0125063, 0.008}
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-12 {
			t.Errorf("%s: %v s, want %v", partsOfTime[i], got[i], want[i])
		}
	}
}
