package cpu

import (
	"slices"
	"strings"
	"testing"

	"vsim/profile/device"
	"vsim/profile/measure"
	"vsim/profile/measure/input"
)

func TestNeighbourCountsArePowersOfTwoAndAll(t *testing.T) {
	for workers, want := range map[int][]int{1: nil, 2: {1}, 3: {1, 2}, 4: {1, 2, 3}, 8: {1, 2, 4, 7}, 9: {1, 2, 4, 8}, 64: {1, 2, 4, 8, 16, 32, 63}} {
		c := Config{Workers: workers}
		if got := c.neighbourCounts(); !slices.Equal(got, want) {
			t.Errorf("%d workers: %v, want %v", workers, got, want)
		}
	}
}

func TestMiddleBatchIsTheLargestUpToFour(t *testing.T) {
	for _, c := range []struct {
		batches []int
		want    int
	}{{[]int{1, 2, 4, 8}, 4}, {[]int{16, 8, 3, 1}, 3}, {[]int{8}, 8}, {[]int{32, 2}, 2}} {
		target := target{cfg: Config{Batches: c.batches}}
		if got := target.middleBatch(input.Model{}); got != c.want {
			t.Errorf("batches %v: %d, want %d", c.batches, got, c.want)
		}
	}
}

func TestConfigIsRefusedInPlainWords(t *testing.T) {
	lib := &device.Libraries{}
	models := []input.Model{{Name: "m", Path: "m.onnx"}}
	for want, cfg := range map[string]Config{
		"no libraries":   {Models: models},
		"neither a":      {Libraries: lib},
		"0 as a batch":   {Libraries: lib, Models: models, Batches: []int{1, 0}},
		"-1 as a batch":  {Libraries: lib, Models: models, Threads: []int{-1}},
		"below 1, not 2": {Libraries: lib, Models: models, Options: measure.Options{Precision: 2}},
	} {
		if _, err := Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestSelectionTakesWhatIsOpenFromAnother(t *testing.T) {
	s := input.Selection{Models: []string{"vit-base"}}.Or(Quick)
	if !slices.Equal(s.Models, []string{"vit-base"}) || !slices.Equal(s.Images, Quick.Images) || s.Budget != Quick.Budget {
		t.Errorf("got %+v", s)
	}
}

// Only what somebody needs is measured, and the chain of each model has a batch at which it is copied.
func TestSkippedInferencesAreNotMeasured(t *testing.T) {
	a, b := input.Model{Name: "a"}, input.Model{Name: "b"}
	target := target{cfg: Config{Batches: []int{1, 2, 4, 8}, Threads: []int{1, 2}, Skip: func(model string, threads, batch int) bool {
		return model == "b" && (threads == 1 || batch > 2) || model == "a" && threads == 2 && batch > 4
	}}}
	for _, c := range []struct {
		m        input.Model
		threads  int
		want     []int
		all      []int
		inMiddle int
	}{{a, 1, []int{1, 2, 4, 8}, []int{1, 2, 4, 8}, 4}, {a, 2, []int{1, 2, 4}, []int{1, 2, 4, 8}, 4}, {b, 1, nil, []int{1, 2}, 2}, {b, 2, []int{1, 2}, []int{1, 2}, 2}} {
		if got := target.batchesAt(c.m, c.threads); !slices.Equal(got, c.want) || !slices.Equal(target.batches(c.m), c.all) || target.middleBatch(c.m) != c.inMiddle {
			t.Errorf("%s, %d threads: %v of %v, in the middle %d; want %+v", c.m.Name, c.threads, got, target.batches(c.m), target.middleBatch(c.m), c)
		}
	}
}
