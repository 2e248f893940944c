package paper

import (
	"slices"
	"testing"
)

// Of servers as good as the best the search takes the one with the least p99, then the fewest instances.
func TestSearchTakesTheQuickestOfTheBest(t *testing.T) {
	all := []looked{
		{Server{4, 128, 4, 128, 512}, exactly(1000), 0.5}, {Server{2, 32, 1, 32, 64}, exactly(991), 0.1}, {Server{1, 32, 1, 32, 64}, exactly(990), 0.1},
		{Server{1, 16, 2, 16, 128}, exactly(995), 0.2}, {Server{1, 8, 1, 8, 16}, exactly(989), 0.01},
	}
	good := within(all, nearBest)
	if slices.Contains(good, all[4]) || len(good) != 4 {
		t.Errorf("within 1 %%: %v", good)
	}
	if got := slices.MinFunc(good, better); got != all[2] {
		t.Errorf("the quickest of %v is %v", good, got)
	}
}

// The search looks at every corner of what it may, and at no batch that never fills.
func TestServersOfTheSearch(t *testing.T) {
	all := servers()
	for _, want := range []Server{{1, 8, 1, 8, 16}, {4, 128, 4, 128, 512}, {1, 8, 4, 128, 512}, {4, 128, 1, 128, 128}} {
		if !slices.Contains(all, want) {
			t.Errorf("%v is left out", want)
		}
	}
	for _, s := range all {
		if s.MaxBatch > s.Concurrency || s.PreprocessBatch > s.MaxBatch {
			t.Errorf("%v: batches that never fill", s)
		}
	}
}

// A figure reads the search's answer back as overrides that its scenario takes.
func TestKeysSetTheServer(t *testing.T) {
	s, err := scenarioWith(tunedFile, Server{3, 8, 4, 16, 32}.Keys()...)
	if err != nil {
		t.Fatal(err)
	}
	if got := (Server{s.Preprocess.Instances, s.Preprocess.MaxBatch, s.Inference.Instances, s.Batcher.MaxBatch, s.Workload.Concurrency}); got != (Server{3, 8, 4, 16, 32}) {
		t.Errorf("the scenario has %v", got)
	}
}
