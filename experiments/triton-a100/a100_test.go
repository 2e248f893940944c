// Package tritona100 checks the experiment in this folder.
package tritona100

import (
	"context"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/experiments/calibrate"
	"vsim/sim"
	"vsim/sim/engine/stats"
	"vsim/sim/golden"
	"vsim/sim/scenario"
)

const (
	scenarioFile = "resnet50-a100.toml"
	begin, end   = "<!-- results -->\n```\n", "```\n<!-- end of results -->\n"
)

var underRace bool // set where the race detector makes everything slow

// The rows that the recipe may see. All others are judged.
var anchors = []int{16, 96, 256}

func read[Row any](t *testing.T, file string, read func(string, io.Reader) ([]Row, error)) []Row {
	t.Helper()
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	rows, err := read(file, in)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// fit applies the recipe to the tables in this folder.
func fit(t *testing.T) (m *calibrate.Model, online, seen []calibrate.OnlineRow) {
	t.Helper()
	static := read(t, "static.csv", calibrate.ReadStatic)
	online = read(t, "online.csv", calibrate.ReadOnline)
	seen, err := calibrate.Anchors("online.csv", online, anchors)
	if err != nil {
		t.Fatal(err)
	}
	m, err = calibrate.Fit(static, seen, calibrate.Server{MaxBatch: 128, Preferred: []int{64, 128}, MaxQueueDelay: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return m, online, seen
}

// What vsim calibrate writes is the scenario in this folder, and the scenario can be read.
func TestTheScenarioIsWhatTheRecipeGives(t *testing.T) {
	m, _, seen := fit(t)
	want := m.Scenario("resnet50-a100", "Calibrated from static.csv and online.csv.", seen)
	golden.Check(t, scenarioFile, want)
	if _, err := scenario.Load(scenarioFile, scenario.Options{Set: []string{"workload.concurrency=48"}}); err != nil {
		t.Error(err)
	}
}

// The rows that the recipe has not seen: throughput and latency within 4 % in the median and 12 % each, queue time
// within 20 % in the median, batches within 10 %. Computing is the same figure in both and holds in every row; the
// mean batch, against the same measurement, holds in the median.
func TestUnseenRowsArePredicted(t *testing.T) {
	if underRace {
		t.Skip("compares figures, which the race detector does not change but makes slow")
	}
	m, online, seen := fit(t)
	cases, err := calibrate.Compare(context.Background(), m, online, seen)
	if err != nil {
		t.Fatal(err)
	}
	const none = 1e9
	for _, bound := range []struct {
		name            string
		metric          calibrate.Metric
		median, largest float64
	}{
		{"throughput", calibrate.Throughput, 0.04, 0.12},
		{"mean latency", calibrate.Latency, 0.04, 0.12},
		{"queue time", calibrate.Queue, 0.20, none},
		{"images in computing", calibrate.Computing, 0.10, 0.10},
		{"mean batch", calibrate.Batch, 0.10, none},
	} {
		e := calibrate.Errors(cases, bound.metric)
		if len(e) != len(online)-len(anchors) {
			t.Fatalf("%d rows are judged of %d", len(e), len(online))
		}
		if stats.Median(e) > bound.median || e[len(e)-1] > bound.largest {
			t.Errorf("%s: median error %.1f %%, largest %.1f %%", bound.name, 100*stats.Median(e), 100*e[len(e)-1])
		}
	}
	readmeShows(t, cases)
}

// readmeShows checks that README.md has the present results.
func readmeShows(t *testing.T, cases []calibrate.Case) {
	t.Helper()
	var text strings.Builder
	if err := calibrate.Text(&text, cases); err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(readme), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("README.md has no place for results between %q and %q", begin, end)
	}
	golden.Check(t, "README.md", []byte(before+begin+text.String()+end+after))
}

// With the spread that the anchors' p99 tell, the p99 of rows that the recipe has not seen are within 8 % in the median.
// Without it they are too short, as the mean is.
func TestTailsOfUnseenRows(t *testing.T) {
	if underRace {
		t.Skip("compares figures, which the race detector does not change but makes slow")
	}
	m, online, _ := fit(t)
	tails := func(m *calibrate.Model) (off []float64) {
		for _, row := range online {
			if !slices.Contains([]int{48, 80, 128, 160, 208}, row.Concurrency) {
				continue
			}
			s, err := scenario.Parse("x.toml", m.Scenario("x", "", []calibrate.OnlineRow{row}), scenario.Options{})
			if err != nil {
				t.Fatal(err)
			}
			p, err := sim.Predict(context.Background(), sim.Of(s), sim.Options{NoWhatIf: true, NoPI: true})
			if err != nil {
				t.Fatal(err)
			}
			off = append(off, p.LatencyS.P99.Value/row.P99S-1)
		}
		slices.Sort(off)
		return off
	}
	with := tails(m)
	m.Spread = calibrate.AssumeSpread(0)
	without := tails(m)
	t.Logf("p99 with the spread %.3f, without %.3f", with, without)
	if got := stats.Median(with); math.Abs(got) > 0.08 {
		t.Errorf("p99 is off by %.1f %% in the median: %.3f", 100*got, with)
	}
	if got := stats.Median(without); got > -0.08 {
		t.Errorf("without a spread p99 is off by %.1f %% in the median: %.3f; the test tells nothing", 100*got, without)
	}
}
