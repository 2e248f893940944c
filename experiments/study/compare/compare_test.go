package compare

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vsim/sim"
	"vsim/sim/engine/oracle"
	"vsim/sim/predict"
	"vsim/sim/scenario"
)

// mm1 is a scenario with 800 requests/s to a server of 1 ms, both exponential.
const mm1 = `
[workload]
rate = "800/s"
[run]
p99_goal = 0.1
[[stage]]
name = "server"
service = {dist = "exponential", mean = "1ms"}
`

// write puts a scenario into a file.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s.toml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// compareOf compares a scenario with itself but for some keys of each side.
func compareOf(t *testing.T, text string, a, b []string) *Comparison {
	t.Helper()
	path := write(t, text)
	pair, err := Read(Side{File: path, Own: a}, Side{File: path, Own: b})
	if err != nil {
		t.Fatal(err)
	}
	c, err := Run(t.Context(), pair, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// row finds a metric's.
func (c *Comparison) row(t *testing.T, metric string) *Row {
	t.Helper()
	for i := range c.Rows {
		if c.Rows[i].Metric == metric {
			return &c.Rows[i]
		}
	}
	t.Fatalf("no %s in %+v", metric, c.Rows)
	return nil
}

const priced = "[price]\nper_hour = 3.6\n[[resource]]\nname = \"cpu\"\nidle_power = \"10W\"\nactive_power = \"20W\"\n"

// TestWithItself: nothing differs, to the last digit, and nothing is significant.
func TestWithItself(t *testing.T) {
	c := compareOf(t, strings.Replace(mm1, "[[stage]]", priced+"[[stage]]", 1), nil, nil)
	if len(c.Rows) != 6 {
		t.Errorf("%d metrics, want throughput, three latencies, energy and cost", len(c.Rows))
	}
	for _, r := range c.Rows {
		if r.Difference != (sim.Estimate{}) || r.Change != (sim.Estimate{}) || r.Significant {
			t.Errorf("%s: %+v", r.Metric, r)
		}
	}
	var b bytes.Buffer
	if err := Text(&b, c); err != nil || strings.Count(b.String(), "the same\n") != 6 {
		t.Errorf("%v\n%s", err, b.String())
	}
}

// TestFasterServer: M/M/1 with 0.9 ms instead of 1 ms, whose sojourns are known; the difference is significant, and its
// interval is narrower than those of the two sides.
func TestFasterServer(t *testing.T) {
	c := compareOf(t, mm1, nil, []string{"stage.server.service.mean=0.9ms"})
	r := c.row(t, "mean_s")
	want := oracle.MM1Sojourn(800, 1/0.9e-3) - oracle.MM1Sojourn(800, 1000)
	if half := r.Difference.HalfWidth(); !r.Significant || math.Abs(r.Difference.Value-want) > 2*half || half > math.Hypot(r.A.HalfWidth(), r.B.HalfWidth()) {
		t.Errorf("%+v, want a difference of %v", r, want)
	}
	if p99 := c.row(t, "p99_s"); !p99.Significant || p99.Change.Value > -0.2 {
		t.Errorf("p99: %+v", p99)
	}
	if x := c.row(t, "throughput_rps"); math.Abs(x.Change.Value) > 0.002 {
		t.Errorf("throughput changes although it is what arrives: %+v", x)
	}
	if c.PairedS == 0 || c.B.Name == c.A.Name {
		t.Errorf("%+v", c)
	}
}

// TestFasterClient: one client is served every 2 ms, or every 1 ms: twice the throughput exactly.
func TestFasterClient(t *testing.T) {
	c := compareOf(t, "[workload]\nconcurrency = 1\n[[stage]]\nname = 's'\nservice = '2ms'\n", nil, []string{"stage.s.service=1ms"})
	if r := c.row(t, "throughput_rps"); !r.Significant || math.Abs(r.Change.Value-1) > 1e-3 || math.Abs(r.Difference.Value-500) > 1 {
		t.Errorf("%+v", r)
	}
}

// TestOverloadedSide: it has a throughput and no latencies.
func TestOverloadedSide(t *testing.T) {
	c := compareOf(t, mm1, nil, []string{"stage.server.service.mean=2ms"})
	if c.B.Verdict != predict.Overloaded {
		t.Fatalf("%+v", c.B)
	}
	if r := c.row(t, "p99_s"); !math.IsNaN(r.B.Value) || !math.IsNaN(r.Difference.Value) || r.Significant {
		t.Errorf("%+v", r)
	}
	var b bytes.Buffer
	if err := Text(&b, c); err != nil || !strings.Contains(b.String(), "B is overloaded") {
		t.Errorf("%v\n%s", err, b.String())
	}
}

// TestCost: 800 requests/s at 3.6 an hour, or on two such servers.
func TestCost(t *testing.T) {
	c := compareOf(t, "[price]\nper_hour = 3.6\n"+mm1, nil, []string{"servers.count=2"})
	r := c.row(t, "cost_per_million")
	if math.Abs(r.A.Value-1.25) > 0.01 || math.Abs(r.Change.Value-1) > 0.005 || !r.Significant {
		t.Errorf("%+v, want 1.25 and twice that", r)
	}
	for want, b := range map[string][]string{"in one currency": {"price.currency=EUR"}} {
		if c := compareOf(t, "[price]\nper_hour = 3.6\n"+mm1, nil, b); len(c.Notes) != 1 || !strings.Contains(c.Notes[0], want) || c.Rows[len(c.Rows)-1].Metric == "cost_per_million" {
			t.Errorf("%q, %+v", c.Notes, c.Rows)
		}
	}
	if c := compareOf(t, mm1, nil, []string{"price.per_hour=2.0"}); len(c.Notes) != 1 || !strings.Contains(c.Notes[0], "only one") {
		t.Errorf("%q", c.Notes)
	}
}

// TestOtherModels: machines whose models are not the same are not compared without a word, and each says what it is asked to do.
func TestOtherModels(t *testing.T) {
	machine := func(keys ...string) Side { return Side{File: "8gpu", Own: append(keys, "run.p99_goal=0.3")} }
	for model, want := range map[string]bool{"resnet50": true, "vit-base": false} {
		pair, err := Read(machine(), machine("pipeline.model="+model))
		if err != nil {
			t.Fatal(err)
		}
		c, err := Run(t.Context(), pair, nil)
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		if err := Text(&text, c); err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"Note: A serves vit-base and B resnet50", "\n   8 x RTX 4090 server: 64 cores, 8 GPUs; " + model} {
			if strings.Contains(text.String(), part) != want {
				t.Errorf("%s: %q in it: %v\n%s", model, part, !want, &text)
			}
		}
	}
}

// TestSameNumbers: the second scenario gets the seed and the replications of the first.
func TestSameNumbers(t *testing.T) {
	path := write(t, mm1)
	pair, err := Read(Side{File: path, Options: scenario.Options{Set: []string{"run.seed=7"}}, Own: []string{"run.replications=4"}}, Side{File: path, Own: []string{"run.seed=9"}})
	if err != nil {
		t.Fatal(err)
	}
	if s := pair.Scenarios[1]; s.Run.Seed != 7 || s.Run.Replications != 4 {
		t.Errorf("%+v", s.Run)
	}
}

// TestNoDifferenceIsSeldomSignificant: two exponential servers in a row, in either order, have the same mean sojourn
// (Burke 1956), though no request has the same one in both. A 95 % interval leaves 0 out for one seed of 20; more than
// that and 3 binomial standard errors is a fault.
func TestNoDifferenceIsSeldomSignificant(t *testing.T) {
	const text = `
[workload]
rate = "500/s"
[run]
p99_goal = 0.3
throughput_goal = 0.05
[[stage]]
name = "first"
service = {dist = "exponential", mean = "1ms"}
[[stage]]
name = "second"
service = {dist = "exponential", mean = "1.5ms"}
`
	const seeds = 60
	found := 0.0
	for seed := range seeds {
		own := []string{fmt.Sprintf("run.seed=%d", seed+1)}
		c := compareOf(t, text, own, []string{"stage.first.service.mean=1.5ms", "stage.second.service.mean=1ms"})
		r := c.row(t, "mean_s")
		if r.Difference.Value == 0 {
			t.Fatal("the two orders are one")
		}
		if r.Significant {
			found++
		}
	}
	if most := 0.05*seeds + 3*math.Sqrt(0.05*0.95*seeds); found > most {
		t.Errorf("%v of %d differences that are none are significant, want at most %.1f", found, seeds, most)
	}
	t.Logf("%v of %d", found, seeds)
}

// TestSidesOfDifferentLengths: B - A of the table is not that of the two columns beside it where one side ended early, and says so.
func TestSidesOfDifferentLengths(t *testing.T) {
	c := compareOf(t, mm1, []string{"run.max_events=4000"}, []string{"run.max_events=400000", "stage.server.service.mean=1.2ms"})
	if len(c.Notes) != 1 || !strings.HasPrefix(c.Notes[0], "B is given as it is after") {
		t.Errorf("%q", c.Notes)
	}
}
