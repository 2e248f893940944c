package predict

import (
	"math"
	"testing"

	"vsim/sim/engine"
	"vsim/sim/engine/oracle"
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

// TestFleetsAreInTheirIntervals: of a fleet that gets its requests at random, each server is M/M/1. So much happens at once that
// few turnovers are simulated, and the intervals are narrow: they hold the truth all the same.
func TestFleetsAreInTheirIntervals(t *testing.T) {
	notUnderRace(t)
	studies, loads := uint64(3), []float64{0.7}
	if long() {
		studies, loads = 60, []float64{0.5, 0.7, 0.8}
	}
	for _, load := range loads {
		mean, p99, brief := 0, 0, 0
		for seed := range studies {
			sys := fleet(1200, queue(1, poisson(1200*1000*load)), engine.RandomPool)
			sys.Seed = seed
			s, p := studied(t, sys, Options{NoWhatIf: true, NoPI: true})
			if s.brief() {
				brief++
			}
			if covers(p.LatencyS.Mean, oracle.MM1Sojourn(1000*load, 1000)) {
				mean++
			}
			if covers(p.LatencyS.P99, oracle.MM1SojournQuantile(1000*load, 1000, 0.99)) {
				p99++
			}
		}
		t.Logf("load %v: of %d intervals contain the truth: mean %d, p99 %d; %d studies were brief", load, studies, mean, p99, brief)
		n := float64(studies)
		least := 0.95*n - 3*math.Sqrt(n*0.95*0.05)
		if float64(mean) < least || float64(p99) < least-0.03*n || brief == 0 {
			t.Errorf("load %v: of %d intervals contain the truth: mean %d, p99 %d; %d studies were brief", load, studies, mean, p99, brief)
		}
	}
}

// studied is a study at its end, and what it predicts.
func studied(t *testing.T, sys *engine.System, opt Options) (*study, *Prediction) {
	t.Helper()
	s, err := newStudy(sys, bare(sys), opt.withDefaults())
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
