package predict

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/sim/engine"
	"vsim/sim/engine/random"
)

// long says whether tests should take their time: VSIM_LONG=1, in make check.
func long() bool { return os.Getenv("VSIM_LONG") != "" }

// verdicts counts what n studies, of different seeds, say of a system.
func verdicts(t *testing.T, n uint64, sys *engine.System, opt Options) map[Verdict]uint64 {
	t.Helper()
	opt.NoWhatIf = true
	count := map[Verdict]uint64{}
	for seed := range n {
		sys.Seed = 100 + seed
		count[run(t, sys, opt).Verdict]++
	}
	return count
}

// TestOverloadByLoad: a queue at 95 % load starts empty and grows for long, by chance or not; it is never
// called overloaded, and one at 105 % always is. Were 3 % of the verdicts wrong, 100 right ones of a load
// (VSIM_LONG=1) would have a probability of 0.05.
func TestOverloadByLoad(t *testing.T) {
	notUnderRace(t)
	n, opt := uint64(10), Options{ThroughputGoal: 0.05, P99Goal: 0.2, MaxEvents: 1_000_000}
	if long() {
		n, opt.MaxEvents = 100, 4_000_000
	}
	for load, want := range map[float64]uint64{0.95: 0, 1: 0, 1.05: n, 1.5: n} {
		if got := verdicts(t, n, queue(1, poisson(1000*load)), opt); got[Overloaded] != want {
			t.Errorf("load %v: %v, want %d overloaded", load, got, want)
		}
	}
}

// TestGrowingSoFar: too few events for a verdict still tell that a queue grew; one that keeps up is not accused.
func TestGrowingSoFar(t *testing.T) {
	for load, want := range map[float64]bool{0.5: false, 1.5: true} {
		p := run(t, queue(1, poisson(1000*load)), Options{NoWhatIf: true, MaxEvents: 20_000, ThroughputGoal: 1e-6})
		if p.Verdict == Overloaded || len(p.Warnings) == 0 || strings.Contains(p.Warnings[0], "perhaps more arrive than can be served") != want {
			t.Errorf("load %v: %q %q", load, p.Verdict, p.Warnings)
		}
	}
}

// TestStoppedTooEarly: few batches in which minutes of traffic are served are no throughput, and what nothing is known of is not given
// in percent.
func TestStoppedTooEarly(t *testing.T) {
	slow := queue(1, poisson(1000))
	slow.Pools[0].Batch = engine.Batch{Max: 3000, Delay: time.Hour}
	times := &slow.Pools[0].Steps[0].Service.At[0]
	*times = slices.Repeat(*times, 3000)
	down := queue(1, poisson(1000))
	down.Pools[0].Steps[0].Service.At[0][0] = must(random.Constant(float64(24 * time.Hour)))
	for want, sys := range map[string]*engine.System{"more was served than arrives": slow, "before any request was served": down} {
		p := run(t, sys, Options{NoWhatIf: true, MaxEvents: 60_000})
		if len(p.Warnings) == 0 || !strings.Contains(p.Warnings[0], want) {
			t.Errorf("%q, throughput %v: %q, want %q", p.Verdict, p.ThroughputRPS, p.Warnings, want)
		}
	}
}

// TestOverloadInFigures: without a steady state, throughput is the capacity, the queue grows by what is
// left over, and there are no latencies. Of 20 intervals 95 % hold the truth; 16 are three binomial
// standard errors below.
func TestOverloadInFigures(t *testing.T) {
	notUnderRace(t)
	throughput, growth := 0, 0
	for seed := range uint64(20) {
		sys := queue(4, poisson(4800))
		sys.Seed = seed
		p := run(t, sys, Options{NoWhatIf: true})
		if p.Verdict != Overloaded || p.QueueGrowthRPS == nil {
			t.Fatalf("seed %d: %q", seed, p.Verdict)
		}
		if covers(p.ThroughputRPS, 4000) {
			throughput++
		}
		if covers(*p.QueueGrowthRPS, 800) {
			growth++
		}
		if !math.IsNaN(p.LatencyS.P50.Value) || !math.IsNaN(p.Stages[0].Queue.WaitS.Value) || math.IsNaN(p.Stages[0].Steps[0].AloneS.Value) {
			t.Errorf("median %v, wait %v, service %v; only the service has a mean", p.LatencyS.P50, p.Stages[0].Queue.WaitS, p.Stages[0].Steps[0].AloneS)
		}
	}
	if throughput < 16 || growth < 16 {
		t.Errorf("of 20 intervals contain the truth: throughput %d, growth %d", throughput, growth)
	}
}

// TestOverloadInJSON: latencies are null there.
func TestOverloadInJSON(t *testing.T) {
	text, err := json.Marshal(run(t, queue(4, poisson(4800)), Options{}))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"verdict":"overloaded"`, `"p99":{"value":null,"ci95":[null,null]}`, `"wait_s":null,"wait_s_ci95":[null,null]`,
		`"latency_gain":{"value":null`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s\nlacks %s", text, want)
		}
	}
}

// TestFillingIsNoOverload: of requests that take a second each, ever more are inside for a second.
func TestFillingIsNoOverload(t *testing.T) {
	notUnderRace(t)
	sys := queue(0, poisson(20_000))
	sys.Pools[0].Steps[0].Service.At[0][0] = must(random.Constant(1e9))
	if p := run(t, sys, Options{MaxEvents: 2_000_000, NoWhatIf: true}); p.Verdict == Overloaded {
		t.Errorf("%q %q", p.Verdict, p.Warnings)
	}
}

// TestFlood: far more than a study can hold arrives. Where workers are limited that is overload; where
// they are not it may be what the system holds, and nothing is claimed.
func TestFlood(t *testing.T) {
	notUnderRace(t)
	limited := queue(4, poisson(1e8))
	if p := run(t, limited, Options{}); p.Verdict != Overloaded {
		t.Errorf("limited: %q %q", p.Verdict, p.Warnings)
	}
	unlimited := queue(0, poisson(2e7))
	unlimited.Pools[0].Steps[0].Service.At[0][0] = must(random.Constant(float64(time.Second)))
	if p := run(t, unlimited, Options{}); p.Verdict != Backlogged || len(p.Warnings) != 1 {
		t.Errorf("unlimited: %q %q", p.Verdict, p.Warnings)
	}
}

// TestBacklog: M/M/1 requests wait for the part of their time that is the load.
func TestBacklog(t *testing.T) {
	notUnderRace(t)
	for load, want := range map[float64]Verdict{0.4: Stable, 0.6: Backlogged} {
		if p := run(t, queue(1, poisson(1000*load)), Options{NoWhatIf: true}); p.Verdict != want {
			t.Errorf("load %v: %q, waiting %v", load, p.Verdict, p.WaitShare)
		}
	}
	if p := run(t, queue(4, engine.Source{Clients: 400}), Options{NoWhatIf: true}); p.Verdict != Backlogged {
		t.Errorf("400 clients of 4 servers: %q", p.Verdict)
	}
}
