package paper

import (
	"slices"
	"testing"

	"vsim/sim"
)

// Of servers as good as the best the search takes the one with the fewest instances, then the smallest batch, then the fewest clients.
func TestSearchTakesTheSmallestOfTheBest(t *testing.T) {
	all := []Server{{4, 4, 128, 512}, {2, 1, 32, 64}, {1, 2, 16, 256}, {1, 2, 16, 128}, {1, 1, 8, 16}}
	rates := []sim.Estimate{exactly(1000), exactly(991), exactly(995), exactly(990), exactly(989)}
	good := within(all, rates, nearBest)
	if slices.Contains(good, all[4]) || len(good) != 4 {
		t.Errorf("within 1 %%: %v", good)
	}
	if got := slices.MinFunc(good, smaller); got != all[3] {
		t.Errorf("the smallest of %v is %v", good, got)
	}
}

// The search looks at every corner of what it may, and at no batch that never fills.
func TestServersOfTheSearch(t *testing.T) {
	all := servers()
	for _, want := range []Server{{1, 1, 8, 16}, {4, 4, 128, 512}, {1, 4, 8, 512}, {4, 1, 128, 128}} {
		if !slices.Contains(all, want) {
			t.Errorf("%v is left out", want)
		}
	}
	for _, s := range all {
		if s.MaxBatch > s.Concurrency {
			t.Errorf("%v: batches are larger than there are clients", s)
		}
	}
}

// A figure reads the search's answer back as overrides that its scenario takes.
func TestKeysSetTheServer(t *testing.T) {
	s, err := scenarioWith(tunedFile, Server{3, 4, 16, 32}.Keys()...)
	if err != nil {
		t.Fatal(err)
	}
	if got := (Server{s.Preprocess.Instances, s.Inference.Instances, s.Batcher.MaxBatch, s.Workload.Concurrency}); got != (Server{3, 4, 16, 32}) {
		t.Errorf("the scenario has %v", got)
	}
}
