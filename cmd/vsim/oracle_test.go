package main

import (
	"encoding/json"
	"math"
	"testing"

	"vsim/sim/engine/oracle"
	"vsim/sim/predict"
)

// The half-width of a 95 % interval from 32 replications is this many standard errors: the 97.5 % point
// of Student's t with 31 degrees of freedom. Three standard errors are then exceeded by chance once in
// 190 times; the seed is fixed.
const (
	replications = "32"
	studentT31   = 2.0395
)

// Queues with known answers, in the scenario language, through the command: the mean latency and the
// throughput must lie within three standard errors of the closed form. The length of the runs is fixed, as
// stopping when the interval is narrow favours runs that saw little variance.
func TestExamplesAgreeWithClosedForms(t *testing.T) {
	closed := oracle.ClosedNetwork([]oracle.Center{{Demand: 0.020}, {Demand: 0.002, Servers: 1}, {Demand: 0.003, Servers: 2}}, 16)
	mmck := oracle.MMcK(2400, 1000, 2, 6)
	bulk := oracle.BulkQueue(4000, func(b int) float64 { return 0.002 + 0.00005*float64(b) }, 16, 400)
	for _, c := range []struct {
		file        string
		throughputS float64
		latencyS    float64
	}{
		{"mm1", 800, oracle.MM1Sojourn(800, 1000)},
		{"md1", 800, oracle.MD1Wait(800, 0.001) + 0.001},
		{"mg1", 700, oracle.MG1Wait(700, 0.001, 1.5) + 0.001},
		{"mmc", 3400, oracle.MMcWait(3400, 1000, 4) + 0.001},
		{"ps", 800, oracle.MG1PSSojourn(800, 0.001, 0.001)},
		{"closed", closed.Throughput, 16/closed.Throughput - 0.020}, // Little's law: the clients that do not think
		{"bulk", 4000, bulk.Sojourn},
		{"mmck", mmck.Throughput, mmck.Wait + 0.001},
		{"fork-join", 600, oracle.ForkJoinSojourn(600, 1000)},
		{"repairs", 500, oracle.BreakdownSojourn(500, 1000, 1/0.1, 1/0.02)},
	} {
		code, out, errOut := vsim("simulate", "../../experiments/examples/"+c.file+".toml", "--json",
			"--set", "run.replications="+replications, "--set", "run.throughput_goal=1e-9", "--set", "run.max_events=8000000")
		if code != 0 {
			t.Fatalf("%s: exit %d: %s", c.file, code, errOut)
		}
		var p predict.Prediction
		if err := json.Unmarshal([]byte(out), &p); err != nil {
			t.Fatal(err)
		}
		within3(t, c.file+" mean latency", p.LatencyS.Mean, c.latencyS)
		within3(t, c.file+" throughput", p.ThroughputRPS, c.throughputS)
	}
}

func within3(t *testing.T, what string, e predict.Estimate, want float64) {
	t.Helper()
	se := e.HalfWidth() / studentT31
	errors := (e.Value - want) / se
	t.Logf("%s: %.6g, closed form %.6g: %+.2f standard errors of %.2g", what, e.Value, want, errors, se)
	if !(math.Abs(errors) <= 3) {
		t.Errorf("%s: %.6g is %+.2f standard errors from %.6g", what, e.Value, errors, want)
	}
}
