package predict

import (
	"math"
	"strings"
	"testing"
	"time"

	"vsim/sim/engine"
	"vsim/sim/engine/oracle"
	"vsim/sim/engine/random"
	"vsim/sim/engine/workload"
)

// within3 says whether an estimate of 8 replications lies within three standard errors of the truth: the
// half-width of its interval is Student's t with 7 degrees of freedom, 2.365, of them.
func within3(e Estimate, truth float64) bool {
	se := (e.High - e.Low) / 2 / 2.365
	return math.Abs(e.Value-truth) <= 3*se
}

// lossy is a device with memory for four requests, which rejects more.
func lossy(source engine.Source) *engine.System {
	sys := queue(0, source)
	sys.Memories = []engine.Memory{{Name: "memory", SizeBytes: 4e6, Full: engine.Reject}}
	sys.Pools[0].Take = &engine.Hold{SizeBytes: []float64{1e6}}
	sys.Pools[0].Give = []int{0}
	return sys
}

// TestRejected: what is rejected is Erlang's loss formula, throughput is the rest, and however much is
// offered a system that rejects is not overloaded.
func TestRejected(t *testing.T) {
	for _, load := range []float64{3, 40} {
		p := run(t, lossy(poisson(1000*load)), Options{NoWhatIf: true})
		loss := oracle.ErlangB(4, load)
		if !within3(p.Dropped.Share, loss) || !within3(p.Dropped.RejectedRPS, 1000*load*loss) || !within3(p.ThroughputRPS, 1000*load*(1-loss)) {
			t.Errorf("load %v: dropped %+v, throughput %v; want a part of %v", load, p.Dropped, p.ThroughputRPS, loss)
		}
		if p.Verdict != Stable || p.Dropped.LostRPS.Value != 0 || p.Dropped.ExpiredRPS.Value != 0 {
			t.Errorf("load %v: %q, %+v", load, p.Verdict, p.Dropped)
		}
	}
}

// TestDroppedShareFitsRates: how much traffic a replication happens to get, of bursts above all, does not come between the share
// that is dropped and the rates.
func TestDroppedShareFitsRates(t *testing.T) {
	bursts, err := workload.Modulated(exponentialMs, workload.MMPP{States: []workload.State{{Rate: 300, Sojourn: time.Second}, {Rate: 1800, Sojourn: time.Second}}})
	if err != nil {
		t.Fatal(err)
	}
	sys := queue(1, engine.Source{Arrivals: bursts})
	sys.Pools[0].Batch.Queues = []engine.Queue{{Limit: 10}}
	p := run(t, sys, Options{NoWhatIf: true, MaxEvents: 200_000})
	d := &p.Dropped
	for _, pair := range [][2]float64{{d.Share.Value, d.RejectedRPS.Value}, {d.Share.Low, d.RejectedRPS.Low}, {d.Share.High, d.RejectedRPS.High}} {
		if math.Abs(pair[0]*p.OfferedRPS.Value-pair[1]) > 1e-6*pair[1] {
			t.Errorf("of %v/s a share of %v is dropped, but %v/s", p.OfferedRPS.Value, d.Share, d.RejectedRPS)
		}
	}
}

// TestFullQueue: a queue's limit makes M/M/1 an M/M/1/11, at any load.
func TestFullQueue(t *testing.T) {
	for _, load := range []float64{0.8, 1.5} {
		sys := queue(1, poisson(1000*load))
		sys.Pools[0].Batch.Queues = []engine.Queue{{Limit: 10}}
		p := run(t, sys, Options{})
		truth := oracle.MMcK(1000*load, 1000, 1, 11)
		if !within3(p.ThroughputRPS, truth.Throughput) || !within3(p.Dropped.RejectedRPS, 1000*load-truth.Throughput) || p.Verdict == Overloaded {
			t.Errorf("load %v: %q, throughput %v, dropped %+v; want %v served", load, p.Verdict, p.ThroughputRPS, p.Dropped, truth.Throughput)
		}
	}
}

// TestImpatience: requests that give up after a while keep the queue of an overloaded server bounded.
func TestImpatience(t *testing.T) {
	notUnderRace(t)
	sys := queue(1, poisson(1500))
	sys.Pools[0].Batch.Queues = []engine.Queue{{Timeout: 300 * time.Millisecond}}
	p := run(t, sys, Options{P99Goal: 0.2, NoWhatIf: true})
	if p.Verdict != Backlogged || !within3(p.Dropped.ExpiredRPS, 500) || !within3(p.ThroughputRPS, 1000) {
		t.Errorf("%q, throughput %v, dropped %+v", p.Verdict, p.ThroughputRPS, p.Dropped)
	}
}

// TestMemoryFillsUp: a memory that takes seconds to fill and then rejects is no overload.
func TestMemoryFillsUp(t *testing.T) {
	notUnderRace(t)
	sys := queue(1, poisson(2000))
	sys.Memories = []engine.Memory{{Name: "memory", SizeBytes: 3e3, Full: engine.Reject}}
	sys.Pools = append([]engine.Pool{{Name: "input", Workers: 1, Take: &engine.Hold{SizeBytes: []float64{1}}, Steps: sys.Pools[0].Steps}}, sys.Pools...)
	sys.Pools[0].Steps = []engine.Step{sys.Pools[0].Steps[0]}
	sys.Pools[0].Steps[0].Service.At = [][]*random.Sampler{{must(random.Constant(1e4))}}
	sys.Pools[1].Give = []int{0}
	sys.Route = append(sys.Route, engine.Node{Pools: []int{1}})
	p := run(t, sys, Options{MaxEvents: 4_000_000, NoWhatIf: true})
	if p.Verdict != Backlogged || !within3(p.Dropped.RejectedRPS, 1000) {
		t.Errorf("%q, dropped %+v", p.Verdict, p.Dropped)
	}
}

// TestOutageCounts: of requests inside a server that fails, those are lost or retried.
func TestOutageCounts(t *testing.T) {
	sys := queue(1, poisson(500))
	sys.Outages = []engine.Outage{{Name: "server", Pools: []int{0}, Up: must(random.Exponential(20e6)), Down: must(random.Exponential(5e6))}}
	opt := Options{P99Goal: 0.2, NoWhatIf: true}
	p := run(t, sys, opt)
	// A request is served for 1 ms, and less when it has to start anew; all else is waiting.
	if served := 1e-3 * p.Stages[0].Visits.Value; p.Verdict != Backlogged || p.WaitShare.Value < 1-served/p.LatencyS.Mean.Value-0.01 {
		t.Errorf("%q, waiting for %v of %v", p.Verdict, p.WaitShare, p.LatencyS.Mean)
	}
	if !within3(p.ThroughputRPS, 500) || !(p.RetriedRPS.Value > 0) || p.Dropped.Share.Value != 0 {
		t.Errorf("retried %v, dropped %+v, throughput %v", p.RetriedRPS, p.Dropped, p.ThroughputRPS)
	}
	sys.Outages[0].Lose = true
	p = run(t, sys, opt)
	if p.RetriedRPS.Value != 0 || !(p.Dropped.LostRPS.Value > 0) {
		t.Errorf("retried %v, lost %v", p.RetriedRPS, p.Dropped.LostRPS)
	}
	if in, out := p.OfferedRPS.Value, p.ThroughputRPS.Value+p.Dropped.LostRPS.Value; math.Abs(in/out-1) > 1e-3 {
		t.Errorf("%v/s come and %v/s go", in, out)
	}
}

// TestRareOutages: a study goes on until it has seen some outages, or says that it has not; and it says
// when a scheduled one is over before the figures begin.
func TestRareOutages(t *testing.T) {
	notUnderRace(t)
	sys := queue(1, poisson(500))
	sys.Outages = []engine.Outage{{Name: "server", Pools: []int{0}, Up: must(random.Exponential(60e9)), Down: must(random.Exponential(1e9))}}
	p := run(t, sys, Options{P99Goal: 1, ThroughputGoal: 1, NoWhatIf: true})
	if outages := p.Run.SimS * (1 - 1./warmup) / 61; outages < minOutages || len(p.Warnings) > 0 {
		t.Errorf("%.1f outages, warnings %q", outages, p.Warnings)
	}
	p = run(t, sys, Options{MaxEvents: 100_000, NoWhatIf: true})
	if len(p.Warnings) != 2 || !strings.Contains(p.Warnings[1], "hardly know of them") {
		t.Errorf("warnings %q", p.Warnings)
	}
	sys.Outages[0] = engine.Outage{Name: "server", Pools: []int{0}, Schedule: []engine.Span{{From: time.Millisecond, To: 2 * time.Millisecond}}}
	p = run(t, sys, Options{P99Goal: 0.2, NoWhatIf: true})
	if len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], `outage "server" is over after 2ms`) {
		t.Errorf("warnings %q", p.Warnings)
	}
}

// TestAllLost: without a completed request there is no latency, and the JSON says null.
func TestAllLost(t *testing.T) {
	sys := queue(1, poisson(500))
	sys.Outages = []engine.Outage{{Name: "server", Pools: []int{0}, Lose: true,
		Schedule: []engine.Span{{From: time.Millisecond, To: time.Hour}}}}
	p := run(t, sys, Options{MaxEvents: 100_000})
	bytes(t, p)
	if !math.IsNaN(p.LatencyS.Mean.Value) || p.ThroughputRPS.Value != 0 {
		t.Errorf("latency %v, throughput %v", p.LatencyS.Mean, p.ThroughputRPS)
	}
}
