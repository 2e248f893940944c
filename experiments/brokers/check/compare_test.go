package check

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"vsim/experiments/brokers/live"
	"vsim/experiments/load"
	"vsim/experiments/validate"
	"vsim/profile"
	"vsim/sim"
	"vsim/sim/engine/stats"
	"vsim/sim/predict"
)

// What should hold is taken from the worst row of throughput and of mean latency at zero load, and from all tails.
func TestGoals(t *testing.T) {
	found := goals([]Row{
		{Metric: validate.Throughput, Error: 0.05, Band: profile.Saturated},
		{Metric: validate.Throughput, Error: -0.09, Band: profile.ZeroLoad},
		{Metric: validate.LatencyMean, Error: -0.07, Band: profile.ZeroLoad},
		{Metric: validate.LatencyMean, Error: 0.5, Band: profile.Saturated}, // is not asked for
		{Metric: validate.LatencyP99, Error: 0.19},
		{Metric: validate.LatencyP99, Error: -0.29, NoiseFloor: 0.2},
		{Metric: validate.LatencyP99, Error: 0.31, NoiseFloor: 0.2},
		{Metric: validate.LatencyP50, Error: 3},
	})
	want := []struct {
		found float64
		n     int
		holds bool
	}{{0.09, 2, false}, {0.07, 1, true}, {2. / 3, 3, false}}
	for i, w := range want {
		if g := found[i]; math.Abs(g.Found-w.found) > 1e-12 || g.N != w.n || g.Holds() != w.holds {
			t.Errorf("%+v, holds: %v; want %+v", g, g.Holds(), w)
		}
	}
	if len(found) != len(want) || len(goals(nil)) != 0 {
		t.Errorf("%d goals, %d of nothing", len(found), len(goals(nil)))
	}
}

// shown is a live run whose latencies all are alike.
func shown(rps, latencyS float64, losses live.Losses) *live.Shown {
	r := &load.Result{ThroughputRPS: rps, LatencyS: []float64{latencyS, latencyS}, Completed: 2, Span: time.Second}
	for _, part := range []string{"queue", "decode", "resize", "detect", "crop"} {
		r.Stages = append(r.Stages, load.Stage{Name: part, MeanS: latencyS / 10})
	}
	return &live.Shown{Result: r, Losses: losses, OwnCores: 1.5, BrokerCores: 0.25, Messages: live.Messages{Sent: 10, Bytes: 9000, AckS: 0.001, Batch: 4}}
}

// predicted is a prediction of as much, whose one run may be off by a tenth.
func predicted(rps, latencyS float64) *sim.Prediction {
	one := func(x float64) stats.Interval { return stats.Interval{Value: x, Low: x, High: x} }
	spread := func(x float64) predict.Spread { return predict.Spread{Low: 0.9 * x, High: 1.1 * x} }
	p := &sim.Prediction{ThroughputRPS: one(rps), LatencyS: predict.Latency{Mean: one(latencyS), P50: one(latencyS), P99: one(latencyS)}}
	p.PI = &predict.PI{ThroughputRPS: spread(rps)}
	p.PI.LatencyS.Mean, p.PI.LatencyS.P50, p.PI.LatencyS.P99 = spread(latencyS), spread(latencyS), spread(latencyS)
	var steps []predict.Step
	for _, name := range []string{"decode", "resize", "copy", "detect", "crop"} {
		steps = append(steps, predict.Step{Name: name, AloneS: one(latencyS / 20)})
	}
	p.Stages = []predict.Stage{{Name: "detect", Queue: predict.Queue{WaitS: one(0.002)}, Steps: steps}}
	p.Resources = []predict.Resource{{Name: "cpu", Utilization: one(0.8)}}
	return p
}

// compared is a comparison of two cases, of which the second ran once.
func compared() (*check, *Report) {
	all := cases([]string{profile.RedisList, Fused}, []int{5})[1:3] // redis-list full, fused with one client
	v := &check{opt: defaults, cases: all, profile: &profile.Profile{Name: "mine"}, kit: &kit{pipeline: pipeline{Cores: 2}}}
	v.profile.Provenance.CPU, v.profile.Provenance.Cores = "some CPU", 2
	v.results = map[*Case][]*live.Shown{
		all[0]: {shown(90, 0.1, live.Losses{}), shown(110, 0.1, live.Losses{Frames: 2, Refused: 3, First: "gone"})},
		all[1]: {shown(40, 0.05, live.Losses{})},
	}
	v.of = map[*Case]*sim.Prediction{all[0]: predicted(105, 0.1), all[1]: predicted(40, 0.04)}
	return v, v.compare()
}

func rowOf(r *Report, name, metric string) Row {
	for _, row := range r.Report.Cases {
		if row.Case == name && row.Metric == metric {
			return row
		}
	}
	return Row{}
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestCompare(t *testing.T) {
	v, r := compared()
	full, alone := v.cases[0], v.cases[1]
	rate := rowOf(r, full.Name, validate.Throughput)
	sd := math.Sqrt(200) / 100
	typical := sd / distuv.UnitNormal.Quantile(0.75) // half of all pairs are closer than that
	if !near(rate.Measured, 100) || !near(rate.Error, 0.05) || !near(rate.Noise, sd) || !near(rate.NoiseFloor, 1.96*typical) || rate.Runs != 2 ||
		rate.Judged != 2 || rate.Within != 1 || !rate.Inside || rate.Band != profile.Saturated {
		t.Errorf("throughput %+v", rate) // 90/s lies outside of 94.5 .. 115.5
	}
	// The one run of the other case has the noise of the first, as nothing else is known.
	if late := rowOf(r, alone.Name, validate.LatencyP99); !near(late.Error, -0.2) || late.Runs != 1 || late.Band != profile.ZeroLoad || late.Within != 0 {
		t.Errorf("p99 %+v", late)
	}
	if other := rowOf(r, alone.Name, validate.Throughput); !near(other.NoiseFloor, 1.96*typical) {
		t.Errorf("throughput of the other %+v", other)
	}
	// A frame's way: detecting is copying, inferring and postprocessing; the rest of the latency is of its faces.
	for metric, want := range map[string][2]float64{"queue": {0.002, 0.01}, "decode": {0.005, 0.01}, "detect": {0.01, 0.01}, "crop": {0.005, 0.01}, "faces": {0.073, 0.05}} {
		if row := rowOf(r, full.Name, "stage."+metric+"_s"); !near(row.Predicted, want[0]) || !near(row.Measured, want[1]) {
			t.Errorf("%s: predicted %v, measured %v; want %v", metric, row.Predicted, row.Measured, want)
		}
	}
	if row := rowOf(r, alone.Name, "stage.crop_s"); row.Metric != "" {
		t.Error("fused, faces are not encoded, and crop is compared")
	}
	if s := r.Sides[0]; !near(s.OwnCores, 1.5) || !near(s.PredictedCores, 1.6) || s.Losses != (live.Losses{Frames: 2, Refused: 3, First: "gone"}) || s.FacesABatch != 4 {
		t.Errorf("side %+v", s)
	}
	if s := r.Sides[1]; s.FacesABatch != 5 {
		t.Errorf("fused: %+v", s)
	}
	if r.Complete || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "2 frames were lost (gone)") {
		t.Errorf("complete %v, warnings %q", r.Complete, r.Warnings)
	}
	var text strings.Builder
	if err := r.Text(&text, true); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"redis-list, 5 faces, full", "throughput, error, worst", "at most 8 %", "cores of ours", "9.0 kB", "1.00 ms"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text lacks %q:\n%s", want, text.String())
		}
	}
}

// Where a prediction does not tell what one live run will show, their mean is judged, with their noise.
func TestCompareWithoutOneRun(t *testing.T) {
	v, _ := compared()
	full, alone := v.cases[0], v.cases[1]
	v.of[full].PI, v.of[alone].PI = nil, nil
	r := v.compare()
	half := 1.96 * math.Sqrt(200) / 100 / distuv.UnitNormal.Quantile(0.75) * 105 / math.Sqrt2
	if rate := rowOf(r, full.Name, validate.Throughput); rate.Judged != 1 || rate.Within != 1 || !near(rate.Interval95[0], 105-half) || !near(rate.Interval95[1], 105+half) {
		t.Errorf("throughput of two runs %+v", rate)
	}
	if rate := rowOf(r, alone.Name, validate.Throughput); rate.Judged != 0 {
		t.Errorf("throughput of one run %+v", rate)
	}
}

// A folder of results has everything, as files that are whole; and one with a page of a user's is refused.
func TestFolder(t *testing.T) {
	v, r := compared()
	dir := filepath.Join(t.TempDir(), "out")
	folder, err := validate.NewResults(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := store{folder}
	for i, c := range v.cases {
		if err := s.Case(c.slug(), []byte("x = 1")); err != nil {
			t.Fatal(err)
		}
		if err := s.live(liveRun{c, i}, v.results[c][0], [2]float64{1e6, 2e6}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.report(r, v.profile); err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		}
		return string(text)
	}
	var kept Report
	if err := json.Unmarshal([]byte(read(validate.ReportFile)), &kept); err != nil || len(kept.Report.Cases) != len(r.Report.Cases) || len(kept.Sides) != 2 {
		t.Errorf("%v, report of %d rows", err, len(kept.Report.Cases))
	}
	lines := strings.Split(strings.TrimSpace(read(validate.LiveFile)), "\n")
	if len(lines) != 2 || !strings.Contains(lines[1], `"round":2`) || !strings.Contains(lines[1], `"latency_p99_s":0.05`) || !strings.Contains(lines[1], `"reference_ns":[1000000,2000000]`) {
		t.Errorf("live runs %q", lines)
	}
	for name, want := range map[string]string{
		"accuracy.csv": "case,band,metric", "README.md": "![Throughput and latency by faces](faces.svg)", "faces.svg": "<svg", "faces.png": "\x89PNG",
		"scatter.svg": "<svg", "profile.toml": `name = "mine"`, "cases/redis-list-5-faces-full.toml": "x = 1",
	} {
		if text := read(name); !strings.Contains(text, want) {
			t.Errorf("%s lacks %q", name, want)
		}
	}
	if _, err := validate.NewResults(dir); err != nil {
		t.Errorf("a folder of an earlier comparison is refused: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "README.md"), []byte("# mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := validate.NewResults(dir); err == nil || !strings.Contains(err.Error(), "no validation wrote") {
		t.Errorf("a user's page would be overwritten: %v", err)
	}
}

func TestOptions(t *testing.T) {
	for want, o := range map[string]Options{
		`"rabbit" stands between`:  {Kinds: []string{"rabbit"}},
		"0 faces":                  {Faces: []int{0}},
		"101 faces":                {Faces: []int{101}},
		"1 live runs of each case": {Rounds: 1},
	} {
		if err := o.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want %q", o, err, want)
		}
	}
	if kinds, err := KindsOf([]string{"kafka", " fused", "kafka-all"}); err != nil || !slices.Equal(kinds, []string{profile.KafkaAll, Fused}) {
		t.Errorf("%v, %v", kinds, err)
	}
	o := Options{Faces: []int{7}}.Or(Quick).Or(defaults)
	if o.Faces[0] != 7 || o.Measure != Quick.Measure || o.Rounds != 2 || o.Detector != DefaultDetector || len(o.Kinds) != 4 || o.Check() != nil {
		t.Errorf("%+v", o)
	}
}

// Where a machine lacks a broker, those that nobody named are left out, by name; one that was named is not.
func TestBrokersThatAreMissing(t *testing.T) {
	t.Setenv("VSIM_KAFKA_JAR", filepath.Join(t.TempDir(), "none.jar"))
	o, missing := Options{}.possible()
	if len(missing) != 1 || !strings.Contains(missing[0], "kafka-all is left out: ") || slices.Contains(o.Kinds, profile.KafkaAll) || !slices.Contains(o.Kinds, Fused) {
		t.Errorf("%v, missing %q", o.Kinds, missing)
	}
	for _, with := range []Options{{Kinds: []string{profile.KafkaAll}}, {Kafka: "some.host:9092"}} {
		if o, missing := with.possible(); len(missing) > 0 || !slices.Contains(o.Kinds, profile.KafkaAll) {
			t.Errorf("%v, missing %q", o.Kinds, missing)
		}
	}
}
