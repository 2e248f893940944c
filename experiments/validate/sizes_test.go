package validate

import (
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/profile/measure/input"
	"vsim/sim/compile"
	"vsim/sim/scenario"
)

// A case that infers on the GPU runs its model at powers of two and the largest batch unless it says otherwise, also at
// another rate; the live server and the prediction are told the same. One on the CPU runs every size.
func TestSizesOfACase(t *testing.T) {
	const gpu = "[gpu]\ncount = 1\n[link]\nbandwidth = \"25GB/s\"\n"
	for _, c := range []struct {
		text string
		set  []string
		want []int
	}{
		{gpu + "[batcher]\nmax_batch = 24\n", nil, []int{1, 2, 4, 8, 16, 24}},
		{gpu + "[batcher]\nmax_batch = 24\n", []string{"batcher.max_batch=16"}, []int{1, 2, 4, 8, 16}},
		{gpu + "[batcher]\nmax_batch = 1\n", nil, []int{1}},
		{gpu + "[batcher]\nmax_batch = 24\nallowed_batch_sizes = [24]\n", nil, []int{24}},
		{gpu, []string{"batcher.allowed_batch_sizes=[4, 32]"}, []int{4, 32}},
		{gpu + "[batcher]\nallowed_batch_sizes = []\n", nil, nil},
		{"[batcher]\nmax_batch = 24\n", nil, nil},
		{"[batcher]\nmax_batch = 6\nallowed_batch_sizes = [3, 6]\n", nil, []int{3, 6}},
	} {
		m, err := Read(write(t, c.text), c.set, time.Second)
		if err != nil {
			t.Fatalf("%s: %v", c.text, err)
		}
		s := m.Cases[0].Scenario
		faster, err := m.Cases[0].atRate(10)
		if err != nil {
			t.Fatalf("%s: %v", c.text, err)
		}
		if !slices.Equal(s.Batcher.Allowed, c.want) || !slices.Equal(faster.Batcher.Allowed, c.want) {
			t.Errorf("%s%v: sizes %v, at another rate %v, want %v", c.text, c.set, s.Batcher.Allowed, faster.Batcher.Allowed, c.want)
		}
		for i := range s.General().Stages {
			if st := &s.General().Stages[i]; st.Name == "inference" && !slices.Equal(st.Allowed, c.want) {
				t.Errorf("%s%v: the prediction is for sizes %v, want %v", c.text, c.set, st.Allowed, c.want)
			}
		}
	}
	if _, err := Read(write(t, "[batcher]\nmax_batch = 24\nallowed_batch_sizes = [16]\n"), nil, time.Second); err == nil || !strings.Contains(err.Error(), "must end with max_batch = 24") {
		t.Errorf("error %v", err)
	}
}

// The live server has the sizes of the scenario.
func TestSizesOfTheLiveServer(t *testing.T) {
	s, err := scenario.Parse("x.toml", []byte("[cpu]\ncores = 2\n[pipeline]\nmodel = \"m\"\n[batcher]\nmax_batch = 6\nallowed_batch_sizes = [3, 6]\n"+
		"[times]\ndecode = \"1ms\"\nresize = \"1ms\"\ncopy = \"1ms\"\ninfer = \"1ms\"\npost = \"1ms\"\n"+
		"[server]\noverhead = \"1us\"\n"), scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	built, err := compile.Build(s, nil)
	if err != nil {
		t.Fatal(err)
	}
	k := &kit{models: []input.Model{{Name: "m", Path: "m.onnx"}}}
	cfg := k.server(s)
	if !slices.Equal(cfg.BatchSizes, []int{3, 6}) || cfg.Batch.Max != 6 {
		t.Errorf("the server runs at %v, batches of up to %d", cfg.BatchSizes, cfg.Batch.Max)
	}
	stages := built.Topology.Stages
	if b := built.System.Pools[stages[len(stages)-1].Pools[0]].Batch; b.Max != cfg.Batch.Max || b.Delay != cfg.Batch.Delay || b.Delay == 0 {
		t.Errorf("the server's rule is %+v, the simulator's %+v", cfg.Batch, b)
	}
}
