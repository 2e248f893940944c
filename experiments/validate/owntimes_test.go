package validate

import (
	"slices"
	"testing"

	"vsim/experiments/load"
	"vsim/profile"
	"vsim/sim/scenario"
)

// A live run of three requests, of two sizes of picture: two in one batch, then one.
func threeServed(t *testing.T) (*scenario.Scenario, *load.Result) {
	t.Helper()
	s := &scenario.Scenario{
		Pipeline:  &scenario.Pipeline{Inference: "cpu", Model: "net", Images: []scenario.Image{{Size: "small"}, {Size: "medium"}}},
		Inference: &scenario.Inference{IntraOpThreads: 1},
		Batcher:   &scenario.Batcher{},
	}
	r := &load.Result{
		Stages: []load.Stage{{Name: "preprocess queue"}, {Name: "decode"}, {Name: "inference queue"}, {Name: "copy"}, {Name: "infer"}},
		Served: []load.Served{
			{Class: 0, Batch: 2, SpansNs: []int64{5, 100, 7, 20, 1000}},
			{Class: 1, Batch: 2, SpansNs: []int64{6, 200, 3, 20, 1000}},
			{Class: 0, Batch: 1, SpansNs: []int64{1, 120, 0, 12, 600}},
		},
	}
	return s, r
}

func TestOwnTimesByTheProfilesKeys(t *testing.T) {
	s, r := threeServed(t)
	infer := profile.Key{Stage: "infer", Resource: "cpu", Model: "net", Threads: 1}
	atBatch := func(n int) profile.Key { k := infer; k.Batch = n; return k }
	want := map[profile.Key][]float64{
		{Stage: "decode", Resource: "cpu", Image: "small"}:  {100, 120},
		{Stage: "decode", Resource: "cpu", Image: "medium"}: {200},
		{Stage: "copy", Resource: "cpu", Model: "net"}:      {10, 10, 12},
		atBatch(2): {1000},
		atBatch(1): {600},
	}
	got := samplesOf(s, r)
	if len(got) != len(want) {
		t.Errorf("%d keys, want %d: %v", len(got), len(want), got)
	}
	for key, samples := range want {
		if !slices.Equal(got[key], samples) {
			t.Errorf("%v: %v, want %v", key, got[key], samples)
		}
	}

	s.Batcher.Allowed = []int{2, 4}
	if got := samplesOf(s, r)[atBatch(2)]; !slices.Equal(got, []float64{600, 1000}) {
		t.Errorf("padded to 2: %v, want both batches", got)
	}
}

func TestOwnTimesReplaceTheProfiles(t *testing.T) {
	s, r := threeServed(t)
	at := func(batch int, meanNs float64) profile.Service {
		return profile.Service{Key: profile.Key{Stage: "infer", Resource: "cpu", Model: "net", Batch: batch, Threads: 1}, N: 1, MeanNs: meanNs}
	}
	measured := &profile.Profile{Services: []profile.Service{at(1, 500), at(2, 900), at(4, 1700)}, Contention: []profile.Contention{{Stage: "infer"}}}
	own, err := recorded(measured, servicesOf(s, r))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []profile.Service{at(1, 600), at(2, 1000), at(4, 1700)} {
		if got := own.profile.Find(want.Key); got == nil || got.MeanNs != want.MeanNs {
			t.Errorf("batch %d: %+v, want a mean of %g", want.Batch, got, want.MeanNs)
		}
	}
	if len(own.profile.Contention) != 0 {
		t.Error("the neighbours count twice: they are in the times of the run and in a slow-down")
	}
	if measured.Services[0].MeanNs != 500 || len(measured.Contention) != 1 {
		t.Error("the profile itself has changed")
	}
}

func TestAnUnknownIntervalIsWide(t *testing.T) {
	point := &profile.Service{MeanNs: 100}
	if got := halfWidth(point); got != 100 {
		t.Errorf("one burst: ±%g ns, want ±100", got)
	}
	point.MeanCI95Ns = [2]float64{90, 110}
	if got := halfWidth(point); got != 10 {
		t.Errorf("±%g ns, want ±10", got)
	}
}
