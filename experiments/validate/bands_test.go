package validate

import (
	"math"
	"math/rand/v2"
	"testing"

	"vsim/experiments/load"
	"vsim/profile"
	"vsim/sim/engine/stats"
	"vsim/sim/predict"
	"vsim/sim/scenario"
)

// A case's band is that of the load that it asks for, else of its busiest part; one client is alone.
func TestBandOfACase(t *testing.T) {
	busy := func(workers, cores float64) *predict.Prediction {
		return &predict.Prediction{
			Stages:    []predict.Stage{{Utilization: stats.Interval{Value: workers}}},
			Resources: []predict.Resource{{Utilization: stats.Interval{Value: cores}}, {Utilization: stats.Interval{Value: 1}, Unlimited: true}},
		}
	}
	overloaded := busy(0, 0)
	overloaded.Verdict = predict.Overloaded
	for i, c := range []struct {
		arrivals scenario.Arrivals
		clients  int
		load     float64
		p        *predict.Prediction
		want     profile.Band
	}{
		{"closed", 1, 0, busy(1, 0.5), profile.ZeroLoad},
		{"closed", 8, 0, busy(0.99, 0.6), profile.Saturated},
		{"closed", 2, 0, busy(0.5, 0.8), profile.Load80},
		{"closed", 8, 0.9, busy(1, 1), profile.Load90},
		{"gamma", 0, 0.6, busy(1, 1), profile.Load60},
		{"trace", 0, 0, busy(0.2, 0.3), profile.Load30},
		{"trace", 0, 0, busy(0.99, 0.3), profile.Load95},
		{"trace", 0, 0, overloaded, profile.Saturated},
	} {
		of := &Case{Load: c.load, Scenario: &scenario.Scenario{}}
		of.Scenario.Workload.Arrivals, of.Scenario.Workload.Concurrency = c.arrivals, c.clients
		if got := band(of, c.p); got != c.want {
			t.Errorf("%d: band %s, want %s", i, got, c.want)
		}
	}
}

// judgedRows are of two bands: open traffic at 0.8, whose throughput is no prediction, and closed loops.
func judgedRows() []Row {
	row := func(c string, b profile.Band, metric string, e, model float64, inside bool) Row {
		return Row{Case: c, Band: b, Metric: metric, Predicted: 1, Measured: 1 / (1 + e), Error: e, Inside: inside, Judged: 1, Within: count(inside), Runs: 2, Interval95: [2]float64{0.8, 1.2},
			Noise: 0.05, NoiseFloor: 0.1, OwnTimes: 1, ModelError: model, ProfileError: e - model}
	}
	return []Row{
		row("a", profile.Load80, throughput, 0.9, 0, false),
		row("a", profile.Load80, latencyP99, -0.30, -0.1, false), row("b", profile.Load80, latencyP99, 0.10, 0, true), row("c", profile.Load80, latencyP99, -0.05, 0.02, true),
		{Case: "a", Band: profile.Load80, Metric: "stage.decode_s", Error: -0.2, Runs: 2, OwnTimes: 1, ModelError: -0.01, ProfileError: -0.19},
		row("d", profile.Saturated, throughput, 0.04, 0.03, true), row("d", profile.Saturated, latencyP99, 0.2, 0.2, true), row("d", profile.Saturated, latencyMean, 0.06, 0, true),
	}
}

func TestSummaryByBand(t *testing.T) {
	r := Report{Cases: judgedRows()}
	r.summarise(map[string]bool{"a": true})
	if len(r.Summary.ByBand) != 2 || r.Summary.ByBand[0].Band != profile.Load80 || r.Summary.ByBand[1].Band != profile.Saturated {
		t.Fatalf("%+v", r.Summary.ByBand)
	}
	at80 := r.Summary.ByBand[0]
	p99, decode := at80.Metrics[latencyP99], at80.Metrics["stage.decode_s"]
	for what, pair := range map[string][2]float64{
		"cases": {float64(at80.Cases), 3}, "coverage": {at80.Coverage95, 0.5}, "judged": {float64(at80.Judged), 4},
		"signed median": {p99.MedianError, -0.05}, "worst": {p99.WorstError, 0.3}, "of the profile": {p99.ProfileError, -0.07}, "of the model": {p99.ModelError, 0},
		"over noise": {p99.ErrorByNoise, 1}, "width": {p99.MedianWidth, 0.4}, "width over noise": {p99.WidthsByNoise, 2}, "inside": {p99.Coverage95, 2. / 3},
		"of a stage's profile": {decode.ProfileError, -0.19}, "of judged stages": {float64(decode.Judged), 0},
	} {
		if math.Abs(pair[0]-pair[1]) > 1e-12 {
			t.Errorf("%s is %g, want %g", what, pair[0], pair[1])
		}
	}
	if _, ok := at80.Metrics[throughput]; ok {
		t.Error("the throughput of an open loop is judged")
	}
	found := map[string]Goal{}
	for _, g := range r.Summary.Goals {
		found[g.What] = g
	}
	for what, want := range map[string]struct {
		is    float64
		holds bool
	}{
		"throughput of closed loops, error, median":           {0.04, false},
		"throughput of closed loops, error, worst":            {0.04, true},
		"p99 up to load 0.8, error, median":                   {0.10, true},
		"p99 up to load 0.8, error, worst":                    {0.30, true},
		"p99 above, error over noise floor, median":           {2, false},
		"mean at load saturated, signed error, median":        {0.06, false},
		"coverage of the 95 % intervals":                      {5. / 7, false},
		"coverage in the band with the lowest, 0.8":           {0.5, false},
		"p99 at load 0.8, width of the 95 % interval, median": {0.4, true},
		"p99 at load 0.8, width over noise floor, median":     {2, true},
		"throughput with own times, error, median":            {0.03, false},
		"p99 with own times, error, median":                   {0.06, true},
	} {
		g, ok := found[what]
		if !ok || math.Abs(g.Found-want.is) > 1e-12 || g.Holds() != want.holds {
			t.Errorf("%s: %+v, want %+v", what, g, want)
		}
	}
	if _, ok := found["p50, error, median"]; ok {
		t.Error("there is a figure of no rows")
	}
}

// What is typical of a case's noise is that of its band, where that has cases enough.
func TestNoiseIsThatOfTheBand(t *testing.T) {
	m := metrics[0]
	v := &validation{results: map[*Case][]*load.Result{}, band: map[*Case]profile.Band{}}
	add := func(b profile.Band, apart float64) *Case {
		c := &Case{}
		v.cases, v.band[c] = append(v.cases, c), b
		v.results[c] = []*load.Result{{ThroughputRPS: 100 - apart}, {ThroughputRPS: 100 + apart}}
		return c
	}
	for range 5 {
		add(profile.ZeroLoad, 1)
	}
	add(profile.Load90, 10)
	lucky := add(profile.Load90, 0)
	if got, want := v.noise(lucky, m), math.Sqrt2/100/medianSD(2); math.Abs(got-want) > 1e-12 {
		t.Errorf("of two in its band: %g, want that of all, %g", got, want)
	}
	add(profile.Load90, 10)
	if got, want := v.noise(lucky, m), 10*math.Sqrt2/100/medianSD(2); math.Abs(got-want) > 1e-12 {
		t.Errorf("of three in its band: %g, want the band's %g", got, want)
	}
}

// TestNoiseIsOfOneRunHoweverFewRan: half of all pairs of runs differ by less than two thirds of what is typical. Margin: 4 standard errors of a median.
func TestNoiseIsOfOneRunHoweverFewRan(t *testing.T) {
	const sd, n = 0.05, 2000
	r := rand.New(rand.NewPCG(21, 22))
	for _, times := range []int{2, 3, 5} {
		runs := make([][]float64, n)
		for i := range runs {
			for range times {
				runs[i] = append(runs[i], 1+sd*r.NormFloat64())
			}
		}
		var numbers []int
		for i := range runs {
			numbers = append(numbers, i)
		}
		none := n // a case of which nothing is known
		got := Noise(none, numbers, func(i int) []float64 { return runs[i] }, func(int) bool { return true })
		if margin := 4 * 1.17 * sd / math.Sqrt(float64(n)*float64(times-1)); math.Abs(got-sd) > margin {
			t.Errorf("of %d cases that ran %d times: noise %.4f, want %.4f within %.4f", n, times, got, sd, margin)
		}
	}
}
