package predict

import (
	"math"
	"testing"

	"vsim/sim/engine"
	"vsim/sim/engine/random"
)

// fleet is so many copies of a queue, between which requests are spread.
func fleet(n int, one *engine.System, balance engine.Balance) *engine.System {
	sys := *one
	sys.Servers = engine.Servers{Count: n, Balance: balance}
	sys.Resources, sys.Pools, sys.Route = nil, nil, []engine.Node{{}}
	for i := range n {
		p := one.Pools[0]
		p.Server, p.Steps = i, []engine.Step{p.Steps[0]}
		p.Steps[0].Resource = []int{i}
		sys.Resources = append(sys.Resources, one.Resources[0])
		sys.Pools = append(sys.Pools, p)
		sys.Route[0].Pools = append(sys.Route[0].Pools, i)
	}
	return &sys
}

// TestFleetsAreInTheirIntervals: of a fleet that gets its requests at random and has a worker for each, every server is M/M/inf.
// So much happens at once that few turnovers are simulated, and the intervals are narrow: they hold the truth all the same.
func TestFleetsAreInTheirIntervals(t *testing.T) {
	notUnderRace(t)
	studies := uint64(4)
	if long() {
		studies = 60
	}
	mean, p99, throughput := 0, 0, 0
	count := func(n *int, e Estimate, truth float64) {
		if covers(e, truth) {
			*n++
		}
	}
	for seed := range studies {
		sys := fleet(100, queue(0, poisson(1e7)), engine.RandomPool)
		sys.Seed = seed
		s, p := studied(t, sys, Options{NoWhatIf: true, NoPI: true})
		if !s.brief() {
			t.Errorf("seed %d: the study was not brief: %d events, %q", seed, s.events(), p.Warnings)
		}
		count(&mean, p.LatencyS.Mean, 1e-3)
		count(&p99, p.LatencyS.P99, 1e-3*math.Log(100))
		count(&throughput, p.ThroughputRPS, 1e7)
	}
	n := float64(studies)
	least := 0.95*n - 3*math.Sqrt(n*0.95*0.05)
	t.Logf("of %d intervals contain the truth: mean %d, p99 %d, throughput %d", studies, mean, p99, throughput)
	if float64(min(mean, throughput)) < least || float64(p99) < least-0.03*n {
		t.Errorf("of %d intervals contain the truth: mean %d, p99 %d, throughput %d", studies, mean, p99, throughput)
	}
}

// TestFillingFleetsAreNotOverloaded: the queues of a thousand servers fill up beyond doubt for a while, and then no more.
func TestFillingFleetsAreNotOverloaded(t *testing.T) {
	notUnderRace(t)
	if _, p := studied(t, fleet(1200, queue(1, poisson(1200*700)), engine.RandomPool), Options{MaxEvents: 4_000_000}); p.Verdict == Overloaded {
		t.Errorf("%q", p.Warnings)
	}
	if _, p := studied(t, fleet(1200, queue(1, poisson(1200*1100)), engine.RandomPool), Options{MaxEvents: 40_000_000}); p.Verdict != Overloaded {
		t.Errorf("a tenth too much: %q, %q", p.Verdict, p.Warnings)
	}
}

// studied is a study at its end, and what it predicts.
func studied(t *testing.T, sys *engine.System, opt Options) (*study, *Prediction) {
	t.Helper()
	s, err := newStudy(sys, bare(sys), opt.withDefaults(sys))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.simulate(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return s, s.prediction()
}

// TestFleetsInStep: servers that all begin at once and take equally long do everything at once, and what a window
// cuts off at one it cuts off at all, however many there are.
func TestFleetsInStep(t *testing.T) {
	notUnderRace(t)
	one := queue(8, engine.Source{Clients: 64 * 512})
	one.Pools[0].Batch.Max = 32
	times := make([]*random.Sampler, 32)
	for i := range times {
		times[i] = must(random.Constant(2e6 + 1e6*float64(i)))
	}
	one.Pools[0].Steps[0].Service.At = [][]*random.Sampler{times}
	s, p := studied(t, fleet(64, one, engine.RoundRobin), Options{})
	if inside := p.ThroughputRPS.Value * p.LatencyS.Mean.Value; math.Abs(inside-64*512) > 0.01*64*512 || s.brief() {
		t.Errorf("throughput %.0f/s times latency %.1f ms is %.1f, want %d clients; brief: %v",
			p.ThroughputRPS.Value, 1e3*p.LatencyS.Mean.Value, inside, 64*512, s.brief())
	}
}
