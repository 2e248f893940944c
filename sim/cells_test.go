package sim

import (
	"context"
	"math"
	"strings"
	"testing"

	"vsim/sim/scenario"
)

// fleetOf is a fleet of 64 small servers; more says how requests come.
func fleetOf(t *testing.T, more string) *scenario.Source {
	t.Helper()
	return scenario.Text("fleet.toml", []byte(`
[servers]
count = 64

[[resource]]
name = "cpu"
type = "cpu"
capacity = 4

[[resource]]
name = "gpu"
type = "gpu"

[[stage]]
name = "decode"
workers = 4
[[stage.steps]]
name = "decode"
resource = "cpu"
service = {dist = "gamma", mean = "1ms", cv = 0.5}

[[stage]]
name = "infer"
workers = 1
max_batch = 8
max_queue_delay = "500us"
[[stage.steps]]
name = "infer"
resource = "gpu"
service = {dist = "gamma", mean = "300us", cv = 0.2}
each = true

[run]
max_events = 8000000
`+more))
}

// TestCellsAreTheFleet: whatever the traffic, a cell of a fleet shows what the whole of it does, within the intervals of the two.
func TestCellsAreTheFleet(t *testing.T) {
	for _, c := range []struct{ name, more string }{
		{"closed", "[workload]\nconcurrency = 2048\n"},
		{"closed, at random", "[workload]\nconcurrency = 1024\n[balance]\nservers = \"random\"\n"},
		{"thinking", "[workload]\nconcurrency = 2048\nthink_time = {dist = \"exponential\", mean = \"10ms\"}\n"},
		{"Poisson, in turn", "[workload]\nrate = \"160000/s\"\n"},
		{"Poisson, at random", "[workload]\nrate = \"160000/s\"\n[balance]\nservers = \"random\"\n"},
		{"bursts, in turn", "[workload]\narrivals = \"gamma\"\nrate = \"160000/s\"\ncv = 4\n"},
		{"by a plan", "[workload]\nspans = [{for = \"300ms\", rate = \"60000/s\", to = \"180000/s\"}, {for = \"200ms\", rate = \"100000/s\"}]\nrepeat = true\n"},
		{"with an end", "[workload]\nspans = [{for = \"300ms\", rate = \"60000/s\", to = \"180000/s\"}, {for = \"200ms\", rate = \"100000/s\"}]\n"},
		{"evenly", "[workload]\narrivals = \"deterministic\"\nrate = \"160000/s\"\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			source := fleetOf(t, c.more)
			predicted := func(opt Options) *Prediction {
				opt.NoWhatIf, opt.NoPI = true, true
				p, err := Predict(context.Background(), From(source), opt)
				if err != nil {
					t.Fatal(err)
				}
				return p
			}
			cell, whole := predicted(Options{}), predicted(Options{Whole: true})
			if !strings.Contains(strings.Join(cell.Notes, "\n"), "a cell of 16 of its 64") || strings.Contains(strings.Join(whole.Notes, "\n"), "cell") {
				t.Errorf("notes are %q and %q", cell.Notes, whole.Notes)
			}
			if c, w := cell.OfferedRPS.Value, whole.OfferedRPS.Value; math.Abs(c/w-1) > 0.005 {
				t.Errorf("offered are %v/s in a cell, %v in the whole", c, w)
			}
			for _, n := range []struct {
				name        string
				cell, whole Estimate
			}{
				{"throughput", cell.ThroughputRPS, whole.ThroughputRPS},
				{"mean", cell.LatencyS.Mean, whole.LatencyS.Mean},
				{"p50", cell.LatencyS.P50, whole.LatencyS.P50},
				{"p99", cell.LatencyS.P99, whole.LatencyS.P99},
			} {
				if differ := math.Abs(n.cell.Value - n.whole.Value); differ > n.cell.HalfWidth()+n.whole.HalfWidth() {
					t.Errorf("%s: %v in a cell, %v in the whole", n.name, n.cell, n.whole)
				}
			}
		})
	}
}

// TestNoCells: servers that have something to do with each other are simulated together, and so are few.
func TestNoCells(t *testing.T) {
	for _, more := range []string{
		"[workload]\nconcurrency = 64\n[balance]\nservers = \"least-outstanding\"\n",
		"[workload]\nconcurrency = 64\n[balance]\nservers = \"power-of-two\"\n",
		"[workload]\nstates = [{rate = \"100/s\", mean_time = \"10s\"}, {rate = \"900/s\", mean_time = \"1s\"}]\n", // all cells have the same states
		"[workload]\nconcurrency = 70\n", // 17.5 clients of a cell
		"[workload]\narrivals = \"renewal\"\ngap = \"1ms\"\n",
		"[workload]\narrivals = \"gamma\"\nrate = \"1000/s\"\ncv = 4\n[balance]\nservers = \"random\"\n",
		"[workload]\nconcurrency = 64\n[[outage]]\nof = \"server\"\nat = \"1s\"\nfor = \"1s\"\n",
		"[workload]\nconcurrency = 64\n[[resource]]\nname = \"switch\"\ntype = \"link\"\nper = \"all\"\nbandwidth = \"1GB/s\"\n",
	} {
		s, err := fleetOf(t, more).Scenario()
		if err != nil {
			t.Fatal(err)
		}
		if _, _, ok := cellsOf(s, &Options{}); ok {
			t.Errorf("in cells: %s", more)
		}
	}
	s, err := fleetOf(t, "cell_servers = 17\n").Scenario()
	if err != nil {
		t.Fatal(err)
	}
	if _, _, ok := cellsOf(s, &Options{}); ok {
		t.Error("64 servers are fewer than four cells of 17")
	}
}

// TestOverloadedFleets: what arrives and is served is that of all servers, also in words.
func TestOverloadedFleets(t *testing.T) {
	p, err := Predict(context.Background(), From(fleetOf(t, "[workload]\nrate = \"400000/s\"\n")), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p.OfferedRPS.Value < 399_000 || len(p.Warnings) == 0 || !strings.Contains(p.Warnings[0], "overloaded: 400000 requests/s arrive") {
		t.Errorf("%v/s, warnings %q", p.OfferedRPS, p.Warnings)
	}
}

// TestFleetsOneRun: what one run shows is no surer than the mean, and everything is said of all servers.
func TestFleetsOneRun(t *testing.T) {
	p, err := Predict(context.Background(), From(fleetOf(t, "[workload]\nconcurrency = 1024\n")), Options{NoWhatIf: true})
	if err != nil {
		t.Fatal(err)
	}
	if pi := p.PI; pi.ThroughputRPS.Low > p.ThroughputRPS.Low || pi.ThroughputRPS.High < p.ThroughputRPS.High || pi.LatencyS.P99.High < p.LatencyS.P99.High {
		t.Errorf("one run %+v, the mean %v", pi.ThroughputRPS, p.ThroughputRPS)
	}
	if p.Run.Seed != 1 || p.Resources[0].Count() != 64 {
		t.Errorf("run %+v, %d of %s", p.Run, p.Resources[0].Count(), p.Resources[0].Name)
	}
}
