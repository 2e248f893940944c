package predict

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"runtime"
	"strings"
	"testing"

	"vsim/sim/engine"
	"vsim/sim/engine/event"
	"vsim/sim/engine/oracle"
	"vsim/sim/engine/random"
	"vsim/sim/topology"
)

func must(s *random.Sampler, err error) *random.Sampler {
	if err != nil {
		panic(err)
	}
	return s
}

var exponentialMs = must(random.Exponential(1e6))

// queue is M/M/workers with 1 ms of service.
func queue(workers int, source engine.Source) *engine.System {
	return &engine.System{
		Seed:      1,
		Classes:   []engine.Class{{Name: "only", Weight: 1}},
		Resources: []engine.Resource{{Name: "server", Kinds: []engine.Kind{{Name: "work"}}}},
		Pools: []engine.Pool{{Name: "queue", Workers: workers, Steps: []engine.Step{{
			Name: "work", Resource: []int{0}, Service: engine.Service{At: [][]*random.Sampler{{exponentialMs}}},
		}}}},
		Route:  []engine.Node{{Pools: []int{0}}},
		Source: source,
	}
}

func poisson(rate float64) engine.Source {
	return engine.Source{Gap: must(random.Exponential(1e9 / rate))}
}

func run(t *testing.T, sys *engine.System, opt Options) *Prediction {
	t.Helper()
	p, err := Run(context.Background(), sys, bare(sys), opt, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// underRace is true in a binary with the race detector.
var underRace bool

// notUnderRace skips a long test whose statistics are the same without the race detector.
func notUnderRace(t *testing.T) {
	t.Helper()
	if underRace {
		t.Skip("statistics are the same without the race detector")
	}
}

func covers(e Estimate, truth float64) bool { return e.Low <= truth && truth <= e.High }

// TestGoals: a study stops when, and not before, its intervals are as narrow as asked.
func TestGoals(t *testing.T) {
	p := run(t, queue(1, poisson(800)), Options{ThroughputGoal: 0.02, P99Goal: 0.08})
	half := func(e Estimate) float64 { return (e.High - e.Low) / 2 / e.Value }
	if a, b := half(p.ThroughputRPS), half(p.LatencyS.P99); a > 0.02 || b > 0.08 {
		t.Errorf("half-widths of %.3f and %.3f", a, b)
	}
	if len(p.Warnings) != 0 {
		t.Errorf("warnings: %q", p.Warnings)
	}
	if wide := run(t, queue(1, poisson(800)), Options{ThroughputGoal: 0.05, P99Goal: 0.2}); wide.Run.Events >= p.Run.Events {
		t.Errorf("%d events for wide goals, %d for narrow ones", wide.Run.Events, p.Run.Events)
	}
}

// TestWarmup: all clients of a closed loop come at once, and an open queue starts empty; what
// that does to the first latencies is left out.
func TestWarmup(t *testing.T) {
	notUnderRace(t)
	const clients, servers = 64, 4
	closed := run(t, queue(servers, engine.Source{Clients: clients, Think: must(random.Exponential(20e6))}), Options{ThroughputGoal: 0.005})
	truth := oracle.ClosedNetwork([]oracle.Center{{Demand: 1e-3, Servers: servers}, {Demand: 20e-3}}, clients)
	if !covers(closed.ThroughputRPS, truth.Throughput) || !covers(closed.LatencyS.Mean, truth.Residence[0]) {
		t.Errorf("closed: %v requests/s of %v s; in truth %v of %v", closed.ThroughputRPS, closed.LatencyS.Mean, truth.Throughput, truth.Residence[0])
	}
	open := run(t, queue(1, poisson(900)), Options{})
	if truth := oracle.MM1Sojourn(900, 1000); !covers(open.LatencyS.Mean, truth) {
		t.Errorf("open: %v s; in truth %v", open.LatencyS.Mean, truth)
	}
	// Without thinking the start is felt for long: n/c services before anybody has been served twice.
	burst := run(t, queue(servers, engine.Source{Clients: 400}), Options{})
	if want := 400e-3 / servers; !covers(burst.LatencyS.Mean, want) || !covers(burst.ThroughputRPS, servers*1000) {
		t.Errorf("burst: %v requests/s of %v s; in truth %v of %v", burst.ThroughputRPS, burst.LatencyS.Mean, servers*1000, want)
	}
}

// TestCoverage: 95 % intervals contain the truth 95 times of 100. Fewer than that times 3 binomial standard
// errors is a fault; the p99's are of 8 replications' skewed quantiles and may fall short by 3 % more.
func TestCoverage(t *testing.T) {
	notUnderRace(t)
	loads, studies := []float64{0.6}, 60
	if long() {
		loads, studies = []float64{0.6, 0.8}, 300
	}
	least := 0.95 - 3*math.Sqrt(0.95*0.05/float64(studies))
	for _, load := range loads {
		mean, p99, throughput := 0., 0., 0.
		for seed := range uint64(studies) {
			sys := queue(1, poisson(1000*load))
			sys.Seed = seed
			p := run(t, sys, Options{ThroughputGoal: 0.02, P99Goal: 0.1, NoWhatIf: true})
			count := func(part *float64, e Estimate, truth float64) {
				if covers(e, truth) {
					*part += 1 / float64(studies)
				}
			}
			count(&mean, p.LatencyS.Mean, oracle.MM1Sojourn(1000*load, 1000))
			count(&p99, p.LatencyS.P99, oracle.MM1SojournQuantile(1000*load, 1000, 0.99))
			count(&throughput, p.ThroughputRPS, 1000*load)
		}
		t.Logf("load %v: intervals contain the truth: mean %.3f, p99 %.3f, throughput %.3f", load, mean, p99, throughput)
		if mean < least || throughput < least || p99 < least-0.03 {
			t.Errorf("load %v: intervals contain the truth: mean %.3f, p99 %.3f, throughput %.3f; want %.3f", load, mean, p99, throughput, least)
		}
	}
}

// bytes is a prediction as it is printed, but for the time that it took.
func bytes(t *testing.T, p *Prediction) string {
	p.Run.WallS = 0
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestSameBytes: a prediction does not depend on the number of cores, nor on the attempt.
func TestSameBytes(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	systems := map[string]*engine.System{"open": queue(2, poisson(1500)), "closed": queue(2, engine.Source{Clients: 9})}
	for name, sys := range systems {
		var first string
		for _, n := range []int{1, 2, 8, 8} {
			runtime.GOMAXPROCS(n)
			got := bytes(t, run(t, sys, Options{ThroughputGoal: 0.03, P99Goal: 0.2}))
			if first == "" {
				first = got
			}
			if got != first {
				t.Errorf("%s, GOMAXPROCS %d: %s\nbefore: %s", name, n, got, first)
			}
		}
	}
	sys := queue(2, poisson(1500))
	one := bytes(t, run(t, sys, Options{ThroughputGoal: 0.03, P99Goal: 0.2}))
	sys.Seed++
	if bytes(t, run(t, sys, Options{ThroughputGoal: 0.03, P99Goal: 0.2})) == one {
		t.Error("another seed gives the same prediction")
	}
}

// TestTurns: replications that take several turns on the cores, and fewer or more of them than cores.
func TestTurns(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, most := range []int64{3, 4*turn + 400} {
		var first string
		for _, n := range []int{1, 3, 16} {
			runtime.GOMAXPROCS(n)
			got := bytes(t, run(t, queue(1, poisson(800)), Options{Replications: 4, NoWhatIf: true, ThroughputGoal: 1e-9, P99Goal: 1e-9, MaxEvents: most}))
			if first == "" {
				first = got
			}
			if got != first {
				t.Errorf("%d events, GOMAXPROCS %d: %s\nbefore: %s", most, n, got, first)
			}
		}
	}
}

// TestInterruptedStudy: once interrupted, nothing more is simulated.
func TestInterruptedStudy(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	sys := queue(1, poisson(800))
	s, err := newStudy(sys, bare(sys), Options{}.withDefaults(sys))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.advance(ctx, event.Time(1e15)); err != context.Canceled || s.events() != 0 {
		t.Errorf("%v after %d events", err, s.events())
	}
}

// TestOverload: an open loop that takes in a fifth more than it can serve ends by itself and says so.
func TestOverload(t *testing.T) {
	p := run(t, queue(4, poisson(4800)), Options{})
	if len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], "overloaded") {
		t.Fatalf("warnings: %q", p.Warnings)
	}
	if p.Run.Events > 10_000_000 {
		t.Errorf("it took %d events to see", p.Run.Events)
	}
	if got := p.ThroughputRPS.Value; got < 3900 || got > 4100 {
		t.Errorf("%v requests/s where 4000 can be served", got)
	}
	if p := run(t, queue(1, poisson(1e6)), Options{}); len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], "overloaded") {
		t.Errorf("a thousand times what can be served: warnings %q", p.Warnings)
	}
	for _, rate := range []float64{3000, 3600} { // heavy load is none
		if p := run(t, queue(4, poisson(rate)), Options{P99Goal: 0.1}); len(p.Warnings) > 0 {
			t.Errorf("%v requests/s: %q", rate, p.Warnings)
		}
	}
}

func TestMaxEvents(t *testing.T) {
	const most = 80_000
	p := run(t, queue(1, poisson(900)), Options{ThroughputGoal: 1e-6, MaxEvents: most, NoWhatIf: true, NoPI: true})
	if len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], "before the intervals were as narrow as asked") {
		t.Errorf("warnings: %q", p.Warnings)
	}
	if p.Run.Events > most || p.Run.Events < most/2 {
		t.Errorf("%d events of at most %d", p.Run.Events, most)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	done := -1.0
	sys := queue(1, poisson(900))
	p, err := Run(ctx, sys, bare(sys), Options{ThroughputGoal: 1e-9}, func(part float64) {
		if part < 0 || part > 1 {
			t.Errorf("a part of %v is done", part)
		}
		done = part
		cancel()
	})
	if p != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled study gives %v, %v", p, err)
	}
	if done < 0 {
		t.Error("progress was never told")
	}
}

func TestContradiction(t *testing.T) {
	sys := queue(1, poisson(900))
	sys.Route[0].Pools[0] = 7
	if _, err := Run(context.Background(), sys, &topology.Topology{}, Options{}, nil); err == nil || !strings.Contains(err.Error(), "pool 7") {
		t.Errorf("a route to nowhere gives %v", err)
	}
}

// Clients that move in step, batch after batch of constant length, give every replication the same
// counts: an interval of no width. What the ends of a window cut off must be small all the same:
// throughput times latency is the number of clients (Little).
func TestInStep(t *testing.T) {
	sys := queue(8, engine.Source{Clients: 512})
	sys.Pools[0].Batch.Max = 32
	times := make([]*random.Sampler, 32)
	for i := range times {
		times[i] = must(random.Constant(2e6 + 1e6*float64(i)))
	}
	sys.Pools[0].Steps[0].Service.At = [][]*random.Sampler{times}
	p := run(t, sys, Options{})
	if inside := p.ThroughputRPS.Value * p.LatencyS.Mean.Value; math.Abs(inside-512) > 0.01*512 {
		t.Errorf("throughput %.0f/s times latency %.1f ms is %.1f, want 512 clients",
			p.ThroughputRPS.Value, 1e3*p.LatencyS.Mean.Value, inside)
	}
}
