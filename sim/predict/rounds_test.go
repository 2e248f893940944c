package predict

import (
	"math"
	"testing"
	"time"

	"vsim/sim/engine"
	"vsim/sim/topology"
)

// TestUntil: a prediction that ends with a round of another one has seen the same as that one by then, and no more.
func TestUntil(t *testing.T) {
	whole := run(t, queue(1, poisson(500)), Options{NoWhatIf: true, NoPI: true, Rounds: true})
	middle := whole.Rounds[len(whole.Rounds)/2]
	part := run(t, queue(1, poisson(500)), Options{NoWhatIf: true, NoPI: true, Rounds: true, Until: middle.End})
	last := part.Rounds[len(part.Rounds)-1]
	if len(part.Rounds) != len(whole.Rounds)/2+1 || last.End != middle.End {
		t.Fatalf("%d rounds until %v, want those until %v", len(part.Rounds), last.End, middle.End)
	}
	for i, r := range last.Replications {
		if want := middle.Replications[i]; r.ThroughputRPS != want.ThroughputRPS || r.MeanS != want.MeanS || r.P50S != want.P50S || r.P99S != want.P99S {
			t.Errorf("replication %d: %+v, want %+v", i, r, want)
		}
	}
	longer := run(t, queue(1, poisson(500)), Options{NoWhatIf: true, NoPI: true, Rounds: true, Until: 2 * whole.Rounds[len(whole.Rounds)-1].End})
	if end := longer.Rounds[len(longer.Rounds)-1].End; end != 2*whole.Rounds[len(whole.Rounds)-1].End {
		t.Errorf("ends at %v although the goals were met sooner", end)
	}
}

// TestUntilStopsInOverload: a system without a steady state is not simulated on.
func TestUntilStopsInOverload(t *testing.T) {
	p := run(t, queue(1, poisson(2000)), Options{NoWhatIf: true, NoPI: true, Rounds: true, Until: time.Hour})
	if p.Verdict != Overloaded || p.Run.SimS > 3600 {
		t.Errorf("%s after %v s", p.Verdict, p.Run.SimS)
	}
}

// TestRoundsSumUp: the means of the replications' last round are the prediction's.
func TestRoundsSumUp(t *testing.T) {
	sys := queue(1, engine.Source{Clients: 3})
	sys.Resources[0].IdleWatts, sys.Resources[0].Kinds[0].Watts, sys.Resources[0].Capacity = 10, 5, 1
	top := bare(sys)
	top.Resources[0].Type = topology.CPU
	p, err := Run(t.Context(), sys, top, Options{NoWhatIf: true, NoPI: true, Rounds: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	last := p.Rounds[len(p.Rounds)-1]
	n := float64(len(last.Replications))
	var rate, mean, energy float64
	for _, r := range last.Replications {
		rate, mean, energy = rate+r.ThroughputRPS/n, mean+r.MeanS/n, energy+r.EnergyJ/n
	}
	for _, c := range []struct {
		name      string
		got, want float64
	}{{"throughput", rate, p.ThroughputRPS.Value}, {"mean", mean, p.LatencyS.Mean.Value}, {"energy", energy, p.EnergyJ.CPU.Value}} {
		if math.Abs(c.got-c.want) > 1e-9*c.want || c.want == 0 {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
	if p := run(t, queue(1, engine.Source{Clients: 3}), Options{NoWhatIf: true, NoPI: true, Rounds: true}); !math.IsNaN(p.Rounds[0].Replications[0].EnergyJ) {
		t.Error("energy although no power is known")
	}
}
