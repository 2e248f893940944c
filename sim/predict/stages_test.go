package predict

import (
	"math"
	"testing"

	"vsim/sim/engine"
	"vsim/sim/engine/oracle"
	"vsim/sim/engine/random"
)

// TestStages: what requests see at the stages adds up to their latency, and utilisations are the load.
func TestStages(t *testing.T) {
	sys := queue(2, poisson(1500))
	sys.Pools = append(sys.Pools, sys.Pools[0])
	sys.Pools[1].Workers = 4
	sys.Route = append(sys.Route, engine.Node{Pools: []int{1}})
	p := run(t, sys, Options{})
	sum, share := 0.0, 0.0
	for _, s := range p.Parts() {
		sum += s.MeanS
	}
	share = shares(p)
	// Requests that come before and leave after the warm-up's end: some 10 of 1e5.
	if off := sum/p.LatencyS.Mean.Value - 1; off > 0.002 || off < -0.002 {
		t.Errorf("stages add up to %v s, the mean latency is %v", sum, p.LatencyS.Mean.Value)
	}
	if share < 0.998 || share > 1.002 {
		t.Errorf("shares add up to %v", share)
	}
	if u := p.Stages[0].Utilization; !within3(u, 0.75) || u.High-u.Low > 0.02 {
		t.Errorf("two workers at 1500 requests/s of 1 ms are busy %v", u)
	}
	if w := p.Stages[0].Queue.WaitS; !within3(w, oracle.MMcWait(1500, 1000, 2)) {
		t.Errorf("requests wait %v, want %v", w, oracle.MMcWait(1500, 1000, 2))
	}
	if wait := oracle.MMcWait(1500, 1000, 2) + oracle.MMcWait(1500, 1000, 4); !within3(p.WaitShare, wait/(wait+2e-3)) {
		t.Errorf("requests wait for %v of their time", p.WaitShare)
	}
	if p.Bottleneck != "queue workers" || p.Stages[1].Utilization.Value > 0.4 {
		t.Errorf("bottleneck %q, %+v", p.Bottleneck, p.Stages)
	}
}

// shares adds up the parts of the latency.
func shares(p *Prediction) (sum float64) {
	for _, st := range p.Stages {
		sum += st.Queue.Share.Value
		for _, s := range st.Steps {
			sum += s.Share.Value
		}
	}
	return sum
}

// TestFannedOutStages: a frame of 9 faces that are identified at once is as slow as the slowest. Its
// stage's row is of one face, at 9 visits, and its share no more than a face's part of the latency.
func TestFannedOutStages(t *testing.T) {
	nine, err := random.NewCounter([]int{9}, []float64{1})
	if err != nil {
		t.Fatal(err)
	}
	sys := queue(0, poisson(200))
	sys.Route = []engine.Node{{Fork: []engine.Branch{{First: 1, Copies: nine}}, Next: engine.End}, {Pools: []int{0}}}
	p := run(t, sys, Options{})
	if latency := 1e-3 * oracle.MeanMaximum(9); !within3(p.LatencyS.Mean, latency) {
		t.Errorf("latency %v, want %v", p.LatencyS.Mean, latency)
	}
	if p.Verdict != Stable || p.WaitShare.Value != 0 {
		t.Errorf("%q, %v waiting, and nobody waits", p.Verdict, p.WaitShare)
	}
	face := p.Stages[0]
	if step := face.Steps[0]; math.Abs(step.TotalS()-1e-3) > 5e-6 || math.Abs(face.Visits.Value-9) > 0.01 || math.Abs(step.Share.Value-1/oracle.MeanMaximum(9)) > 0.01 {
		t.Errorf("%+v, want 9 visits of 1 ms", face)
	}
}

// TestModelsApart: pools of one node that serve a model each are two stages, visited by some.
func TestModelsApart(t *testing.T) {
	sys := queue(1, poisson(800))
	sys.Classes = []engine.Class{{Name: "often", Weight: 3}, {Name: "seldom", Weight: 1}}
	sys.Pools = append(sys.Pools, sys.Pools[0])
	sys.Pools[1].Name = "other"
	sys.Pools[0].Classes, sys.Pools[1].Classes = []int{0}, []int{1}
	sys.Route[0].Pools = []int{0, 1}
	p := run(t, sys, Options{})
	if len(p.Stages) != 2 || !within3(p.Stages[0].Visits, 0.75) || !within3(p.Stages[1].Visits, 0.25) {
		t.Fatalf("%+v", p.Stages)
	}
	if !within3(p.Stages[0].Queue.WaitS, oracle.MM1Wait(600, 1000)) || !within3(p.Stages[1].Queue.WaitS, oracle.MM1Wait(200, 1000)) {
		t.Errorf("waits of %v and %v", p.Stages[0].Queue.WaitS, p.Stages[1].Queue.WaitS)
	}
	if c := p.Classes; len(c) != 2 || c[1].Name != "seldom" || !within3(c[1].ThroughputRPS, 200) || !within3(c[1].LatencyS.P99, oracle.MM1SojournQuantile(200, 1000, 0.99)) {
		t.Errorf("classes: %+v", c)
	}
	if share := shares(p); share < 0.998 || share > 1.002 {
		t.Errorf("shares add up to %v", share)
	}
}
