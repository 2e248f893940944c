package calibrate

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"vsim/sim/scenario"
)

// TestSpreadOf: a lognormal's p99 over its mean gives its cv back; anchors see two batches, the static table one; the
// anchors come first, and where nobody has a p99 the spread is assumed.
func TestSpreadOf(t *testing.T) {
	ratio := func(cv float64) float64 {
		sigma := math.Sqrt(math.Log(1 + cv*cv))
		return distuv.LogNormal{Mu: -sigma * sigma / 2, Sigma: sigma}.Quantile(0.99)
	}
	static := []StaticRow{{Batch: 1, AvgS: 2, P99S: 2 * ratio(0.05)}, {Batch: 2, AvgS: 3, P99S: 3 * ratio(0.05)}}
	// Half of the latency is the instance's: 4 s with a cv of 0.1 are two batches of 2 s, with a deviation of 0.4/sqrt(2),
	// which two steps of 1 s have with a cv of 0.4/2.
	anchors := []OnlineRow{{AvgS: 4, InputS: 1, InferS: 1, P99S: 4 * ratio(0.1)}, {AvgS: 8, InputS: 2, InferS: 2, P99S: 8 * ratio(0.1)}}
	bare := []OnlineRow{{AvgS: 4, InputS: 1, InferS: 1}, {AvgS: 6, InputS: 1, InferS: 1}}
	for name, c := range map[string]struct {
		got     Spread
		cv      float64
		assumed bool
	}{
		"anchors":     {spreadOf(static, anchors), 0.2, false},
		"static":      {spreadOf(static, bare), 0.071, false},
		"none":        {spreadOf([]StaticRow{{Batch: 1, AvgS: 2}}, bare), scenario.AssumedSpread, true},
		"below":       {spreadOf(nil, []OnlineRow{{AvgS: 4, InferS: 2, P99S: 3}}), 0, false},
		"beyond all":  {spreadOf([]StaticRow{{Batch: 1, AvgS: 1, P99S: 1e6}}, bare), maxSpread, false},
		"hand picked": {AssumeSpread(0.3), 0.3, true},
	} {
		if c.got.CV != c.cv || c.got.Assumed != c.assumed || c.got.From == "" || strings.Contains(c.got.Line(), "\n") {
			t.Errorf("%s: %+v, want cv %v, assumed %v", name, c.got, c.cv, c.assumed)
		}
	}
}

// TestSpreadIsWritten: a spread from percentiles is the cv of the instance's times; an assumed one is scaling.spread, so
// that predictions say that it is; none leaves constants.
func TestSpreadIsWritten(t *testing.T) {
	m := Model{Server: Server{MaxBatch: 2}, FrontendS: 1e-3, PathS: 1e-3, RespondS: 1e-6, Points: []Point{{1, 1e-4, 1e-3, 1e-5}, {2, 2e-4, 2e-3, 2e-5}}}
	for _, c := range []struct {
		spread Spread
		cv     float64
		key    float64
	}{
		{Spread{CV: 0.2, From: "from the anchors' p99_ms"}, 0.2, 0},
		{AssumeSpread(0.1), 0, 0.1},
		{AssumeSpread(0), 0, 0},
	} {
		m.Spread = c.spread
		s, err := scenario.Parse("x.toml", m.Scenario("x", "", []OnlineRow{{Concurrency: 2}}), scenario.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range s.Stages[2].Steps[:3] {
			if step.Service[0].CV != c.cv {
				t.Errorf("%+v: %s has cv %v", c.spread, step.Name, step.Service[0].CV)
			}
		}
		if s.Scaling.Spread != c.key {
			t.Errorf("%+v: scaling.spread %v", c.spread, s.Scaling.Spread)
		}
	}
}

// TestP99IsRead where a table has it, in ms.
func TestP99IsRead(t *testing.T) {
	rows, err := ReadStatic("static.csv", strings.NewReader("batch,infer_per_s,avg_ms,p99_ms\n1,500,2,2.5\n2,500,4,5\n"))
	if err != nil || rows[0].P99S != 2.5e-3 || rows[1].P99S != 5e-3 {
		t.Errorf("%+v, %v", rows, err)
	}
}
