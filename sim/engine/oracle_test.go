package engine

import (
	"fmt"
	"testing"
	"time"

	"vsim/sim/engine/event"
	"vsim/sim/engine/oracle"
	"vsim/sim/engine/stats"
)

// The engine against closed forms. Each test pools independent replications, drops the first eighth of
// each as warm-up, and allows three standard errors (of the mean over replications, so correlation
// within a run is in them), which a right engine exceeds once in some hundred seeds (Student's t, 15
// degrees of freedom); seeds are fixed. The margin that this leaves is given at each test.

const replications = 16

// observe runs the replications and returns what f sees in each.
func observe(t *testing.T, sys *System, span time.Duration, f func(w *Window) float64) []float64 {
	t.Helper()
	if underRace {
		t.Skip("statistics are the same without the race detector")
	}
	var values []float64
	for replication := range replications {
		r := newRun(t, sys, replication)
		r.Until(event.Time(span), unlimited, unlimited)
		if gap := r.LittleGap(); gap != 0 {
			t.Errorf("replication %d: Little's law is off by %d request-ns", replication, gap)
		}
		n, _ := r.Blocks()
		w := r.Since(n / 8)
		values = append(values, f(&w))
	}
	return values
}

func meanMs(w *Window) float64     { return w.Latency.Mean() / 1e6 }
func throughput(w *Window) float64 { return float64(w.Completed) / w.Span.Seconds() }

// agree checks the mean of values against the truth, and that the test can tell them apart: three
// standard errors must be below the margin, a part of the truth.
func agree(t *testing.T, what string, values []float64, truth, margin float64) {
	t.Helper()
	// MeanInterval at the level at which Student's t with 15 degrees of freedom is 3.
	const level = 0.991027
	i := stats.MeanInterval(values, level)
	t.Logf("%s: %.5g, want %.5g (%+.2f %%, three standard errors are %.2f %%)", what, i.Value, truth,
		100*(i.Value/truth-1), 100*i.RelativeHalfWidth())
	if truth < i.Low || truth > i.High {
		t.Errorf("%s: %.5g lies outside three standard errors: %.5g to %.5g", what, truth, i.Low, i.High)
	}
	if i.RelativeHalfWidth() > margin {
		t.Errorf("%s: three standard errors are %.2f %%, more than the stated %.2f %%: run longer", what, 100*i.RelativeHalfWidth(), 100*margin)
	}
}

// mmcMs is the mean time in M/M/c for 1 ms of service.
func mmcMs(servers int, load float64) float64 { return oracle.MMcWait(load, 1, servers) + 1 }

func TestMM1(t *testing.T) {
	sys := queue(1, poisson(800), exponential(time.Millisecond))
	agree(t, "mean latency, ms", observe(t, sys, 200*time.Second, meanMs), 5, 0.03)
	// The time in the system is exponential (Kleinrock 1975, eq. 5.119).
	p99 := observe(t, sys, 200*time.Second, func(w *Window) float64 { return float64(w.Latency.Quantile(0.99)) / 1e6 })
	agree(t, "p99, ms", p99, oracle.MM1SojournQuantile(0.8, 1, 0.99), 0.06)
	agree(t, "workers busy", observe(t, sys, 200*time.Second, func(w *Window) float64 { return w.Busy[0] }), 0.8, 0.01)
	agree(t, "number inside", observe(t, sys, 200*time.Second, func(w *Window) float64 { return w.Inside }), 4, 0.04)
}

func TestMMc(t *testing.T) {
	for _, c := range []int{2, 16} {
		load := 0.85 * float64(c)
		sys := queue(c, poisson(1000*load), exponential(time.Millisecond))
		values := observe(t, sys, 200*time.Second/time.Duration(c), meanMs)
		agree(t, fmt.Sprintf("%d servers: mean latency, ms", c), values, mmcMs(c, load), 0.04)
	}
}

// M/D/1 and M/G/1: the Pollaczek-Khinchine mean (Kleinrock 1975, eq. 5.72), 1 + rho (1+cv^2) / (2 (1-rho)) services.
func TestMG1(t *testing.T) {
	const rho = 0.7
	at := func(cv float64) float64 { return oracle.MG1Wait(rho, 1, cv) + 1 }
	deterministic := queue(1, poisson(1000*rho), constant(time.Millisecond))
	agree(t, "M/D/1: mean latency, ms", observe(t, deterministic, 100*time.Second, meanMs), at(0), 0.02)
	general := queue(1, poisson(1000*rho), lognormal(time.Millisecond, 1.5))
	agree(t, "M/LN/1: mean latency, ms", observe(t, general, 300*time.Second, meanMs), at(1.5), 0.05)
}

// Processor sharing does not care about the distribution of the work: 1/(1-rho) services (Kleinrock
// 1976, Queueing Systems 2, eq. 4.17).
func TestMG1ProcessorSharing(t *testing.T) {
	const rho = 0.7
	for name, sys := range map[string]*System{
		"constant":    sharing(1, poisson(1000*rho), constant(time.Millisecond)),
		"exponential": sharing(1, poisson(1000*rho), exponential(time.Millisecond)),
		"lognormal":   sharing(1, poisson(1000*rho), lognormal(time.Millisecond, 1.5)),
	} {
		agree(t, name+": mean latency, ms", observe(t, sys, 100*time.Second, meanMs), oracle.MG1PSSojourn(rho, 1, 1), 0.04)
	}
}

// Of exponential jobs it makes no difference to their number how many share the core at once while the
// others wait (limited processor sharing: Avi-Itzhak and Halfin 1988, Proc. 12th International Teletraffic
// Congress): they leave at the core's rate as long as any is there, as in M/M/1.
func TestLimitedProcessorSharing(t *testing.T) {
	sys := sharing(1, poisson(800), exponential(time.Millisecond))
	sys.Resources[0].Slots = 3
	agree(t, "mean latency, ms", observe(t, sys, 200*time.Second, meanMs), oracle.MG1PSSojourn(0.8, 1, 1), 0.03)
}

// C cores shared by exponential jobs have the numbers of M/M/c, by the same birth-death equations, and
// for any other distribution too (insensitivity: Kelly 1979, Reversibility and Stochastic Networks, 3.3).
func TestMGcProcessorSharing(t *testing.T) {
	const c, load = 4, 3.4
	for name, service := range map[string]*System{
		"exponential": sharing(c, poisson(1000*load), exponential(time.Millisecond)),
		"lognormal":   sharing(c, poisson(1000*load), lognormal(time.Millisecond, 1.5)),
	} {
		agree(t, name+": mean latency, ms", observe(t, service, 60*time.Second, meanMs), oracle.MGcPSSojourn(load, 1, c), 0.06)
	}
	busy := observe(t, sharing(c, poisson(1000*load), exponential(time.Millisecond)), 60*time.Second, func(w *Window) float64 { return w.Busy[0] })
	agree(t, "cores busy", busy, load/c, 0.01)
}

// Two queues and a shared core in a ring: first come first served with exponential service, processor
// sharing with any, and thinking of any distribution are all product form (Baskett, Chandy, Muntz and
// Palacios 1975, Journal of the ACM 22(2), 248-260).
func TestClosedNetwork(t *testing.T) {
	for _, think := range []time.Duration{0, 20 * time.Millisecond} {
		source := Source{Clients: 12}
		if think > 0 {
			source.Think = lognormal(think, 1)
		}
		sys := tandem(source, []Resource{unshared(), cores(1)},
			Pool{Name: "first", Workers: 1, Steps: []Step{on(0, 0, one(exponential(1500*time.Microsecond)))}},
			Pool{Name: "shared", Steps: []Step{on(1, 0, one(lognormal(2*time.Millisecond, 1.2)))}},
			Pool{Name: "last", Workers: 1, Steps: []Step{on(0, 0, one(exponential(time.Millisecond)))}})
		centers := []oracle.Center{{Demand: 1.5, Servers: 1}, {Demand: 2, Servers: 1}, {Demand: 1, Servers: 1}}
		if think > 0 {
			centers = append(centers, oracle.Center{Demand: think.Seconds() * 1e3})
		}
		truth := oracle.ClosedNetwork(centers, 12)
		rate, latency := truth.Throughput, truth.Residence[0]+truth.Residence[1]+truth.Residence[2]
		agree(t, fmt.Sprintf("thinking %v: requests/ms", think), observe(t, sys, 200*time.Second, throughput), 1e3*rate, 0.01)
		agree(t, fmt.Sprintf("thinking %v: mean latency, ms", think), observe(t, sys, 200*time.Second, meanMs), latency, 0.02)
	}
}

// Two exponential queues in series are as if alone (Burke 1956, Operations Research 4(6), 699-704).
func TestTandem(t *testing.T) {
	sys := tandem(poisson(700), []Resource{unshared()},
		Pool{Name: "first", Workers: 1, Steps: []Step{on(0, 0, one(exponential(time.Millisecond)))}},
		Pool{Name: "second", Workers: 2, Steps: []Step{on(0, 0, one(exponential(2*time.Millisecond)))}})
	agree(t, "mean latency, ms", observe(t, sys, 150*time.Second, meanMs), mmcMs(1, 0.7)+2*mmcMs(2, 1.4), 0.04)
}

// A GPU that takes all that wait, up to a limit, and needs base + b item for b of them.
func TestBulkService(t *testing.T) {
	for _, limit := range []int{4, 32} {
		const base, item = 2.0, 0.05 // ms
		rate := 0.8 * float64(limit) / (base + item*float64(limit))
		var row Service
		row.At = append(row.At, nil)
		for b := 1; b <= limit; b++ {
			row.At[0] = append(row.At[0], constant(time.Duration((base+item*float64(b))*1e6)))
		}
		sys := tandem(poisson(1000*rate), []Resource{unshared()},
			Pool{Name: "gpu", Workers: 1, Batch: Batch{Max: limit}, Steps: []Step{on(0, 0, row)}})
		truth := oracle.BulkQueue(rate, func(b int) float64 { return base + item*float64(b) }, limit, 300)
		agree(t, fmt.Sprintf("up to %d: mean latency, ms", limit), observe(t, sys, 100*time.Second, meanMs), truth.Sojourn, 0.02)
		got := observe(t, sys, 100*time.Second, func(w *Window) float64 {
			return float64(w.Pools[0].Requests) / float64(w.Pools[0].Batches)
		})
		agree(t, fmt.Sprintf("up to %d: mean batch", limit), got, truth.Batch, 0.02)
	}
}
