package running

import (
	"math"
	"slices"
	"testing"

	"vsim/experiments/oip/wire"
	"vsim/sim"
	"vsim/sim/scenario"
)

// What a further request of a batch costs is found again from the answers of a crowd before a server with a known cost.
func TestRequestsAreFoundAgain(t *testing.T) {
	const wantNs, clients = 0.5e6, 16
	r := calibrated(t, newFake(classifier(8, 1, 0)), Options{Local: true, Cores: 2})
	r.Steps[0].RequestNs = wantNs
	source, err := r.Source(r.configs, Workload{Clients: clients})
	if err != nil {
		t.Fatal(err)
	}
	p, err := sim.Predict(t.Context(), source, sim.Options{NoWhatIf: true, NoPI: true})
	if err != nil {
		t.Fatal(err)
	}
	b := &burst{plan: plan{Clients: clients, Images: 1}, Instances: 1, configs: r.configs,
		Counted: counted{"classify": &modelCount{Images: 800, Executions: 100}}}
	for i := range 200 {
		b.CameNs = append(b.CameNs, float64(i)*1e9/p.ThroughputRPS.Value)
	}
	r.Steps[0].RequestNs = 0
	if err := r.requests([]*burst{b}); err != nil {
		t.Fatal(err)
	}
	if got := r.Steps[0].RequestNs; math.Abs(got/wantNs-1) > 0.05 {
		t.Errorf("a further request takes %v ns, want %v", got, wantNs)
	}
}

// Requests of several images have fewer others beside them in a batch.
func TestGatherCountsRequests(t *testing.T) {
	s := Step{RequestNs: 1000}
	for images, want := range map[int][]int{1: {1, 2, 8}, 2: {2, 4, 8}, 4: {4, 8}} {
		step, ok := s.gather("cpu", images, 8)
		d := step.Service[0].Distribution
		if !ok || !slices.Equal(d.Batches, want) || d.Means[len(want)-1] != scenario.Duration(1000*(8/images-1)) {
			t.Errorf("%d images: %v of %v, %v", images, d.Means, d.Batches, ok)
		}
	}
	if _, ok := s.gather("cpu", 5, 8); ok {
		t.Error("requests of 5 images are put together in batches of 8")
	}
}

// A crowd would be refused, or not be put together, by some servers.
func TestWhoIsAskedByACrowd(t *testing.T) {
	limited := classifier(8, 1, 0)
	limited.GetDynamicBatching().DefaultQueuePolicy = &wire.ModelQueuePolicy{MaxQueueSize: 3}
	alone := classifier(8, 1, 0)
	alone.SchedulingChoice = nil
	for name, c := range map[string]struct {
		config *wire.ModelConfig
		want   int
	}{"batches": {classifier(8, 2, 0), 32}, "a limit": {limited, 0}, "no batcher": {alone, 0}, "single": {classifier(1, 1, 0), 0}} {
		m, err := describe(t.Context(), newFake(c.config), "classify")
		if err != nil {
			t.Fatal(err)
		}
		if got := m.crowdSize(m.instances()); got != c.want {
			t.Errorf("%s: %d clients, want %d", name, got, c.want)
		}
	}
}

// Answers come in batches; the time between two of them is what it is wherever batches begin and a burst ends.
func TestIntervalOfBatches(t *testing.T) {
	const perBatch, batchNs = 8, 8e6
	for n := 64; n < 64+2*perBatch; n++ {
		for first := range perBatch { // requests of the first batch
			b := &burst{plan: plan{Clients: 2 * perBatch, Images: 1}}
			for i := range n {
				b.CameNs = append(b.CameNs, batchNs*float64((i+perBatch-first)/perBatch))
			}
			if got := b.intervalNs(); math.Abs(got*perBatch/batchNs-1) > 1e-9 {
				t.Errorf("%d answers, the first %d together: %v ns, want %v", n, first, got, batchNs/perBatch)
			}
		}
	}
}
