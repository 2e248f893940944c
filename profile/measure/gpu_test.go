package measure

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/profile"
	"vsim/profile/device/gpu/fakegpu"
)

// fakeConfig measures a small network on the fake GPU, in bursts so short that all points are done soon.
func fakeConfig(t *testing.T) (*fakegpu.GPU, GPUConfig) {
	t.Helper()
	fake, d := fakegpu.Device(t)
	network := fakegpu.Model(t)
	s := GPUSelection{Selection: Selection{Models: []string{network, network + "-graph"}, Images: []string{"small"}, Batches: []int{2, 1}},
		Decoding: []int{1, 2}, Sizes: []int{1000}, Beside: 1, Pageable: true, EnergySpan: time.Millisecond}
	cfg, err := s.Config(d, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cfg.Precision, cfg.Burst = 0.9999, time.Microsecond
	return fake, cfg
}

func openFake(t *testing.T, cfg GPUConfig) *Bench {
	t.Helper()
	b, err := OpenGPU(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// visitAll visits every point n times.
func visitAll(t *testing.T, b *Bench, n int) {
	t.Helper()
	for range n {
		for _, p := range b.points {
			if err := b.visit(t.Context(), p); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// The profile of a GPU has all that simulating and the figures want, says which GPU the driver named, and
// is a file that can be read back.
func TestGPUProfileIsWhole(t *testing.T) {
	fake, cfg := fakeConfig(t)
	b := openFake(t, cfg)
	visitAll(t, b, 2)
	if err := b.Energy(t.Context()); err != nil {
		t.Fatal(err)
	}
	text, err := b.Profile().Encode()
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.Parse("gpu.toml", text)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []profile.Key{
		{Stage: "h2d", Resource: "link", SizeBytes: 1000}, {Stage: "d2h", Resource: "link", SizeBytes: 1000, Memory: profile.Pageable},
		{Stage: "h2d", Resource: "link", Batch: 2}, {Stage: "d2h", Resource: "link", Batch: 1}, {Stage: "h2d-wall", Resource: "link", SizeBytes: 1000},
		{Stage: "decode", Resource: "gpu", Image: "small"}, {Stage: "decode", Resource: "gpu", Image: "small", Batch: 2},
		{Stage: "resize", Resource: "gpu", Image: "small"}, {Stage: "decode-host", Resource: "cpu", Image: "small"},
		{Stage: "infer", Resource: "gpu", Model: "tiny", Batch: 1}, {Stage: "infer", Resource: "gpu", Model: "tiny-graph", Batch: 2},
		{Stage: "infer-wall", Resource: "gpu", Model: "tiny", Batch: 2}, {Stage: "infer-host", Resource: "cpu", Model: "tiny", Batch: 2},
	} {
		if s := p.Find(k); s == nil || s.N < 2 {
			t.Errorf("the profile lacks %+v", k)
		}
	}
	if len(p.Contention) != 25 || len(p.SlowdownCurve("gpu", "infer", "decode")) != 1 || len(p.SlowdownCurve("link", "h2d", "infer")) != 1 {
		t.Errorf("contention %+v", p.Contention)
	}
	// The fake draws 100 W whatever it does, so that jobs cost nothing above idle, up to its counter's steps.
	if len(p.Energy) < 6 || p.Energy[0].Stage != "idle" || p.Energy[0].Watts < 50 || p.Energy[0].Watts > 200 {
		t.Errorf("energy %+v", p.Energy)
	}
	for _, want := range []string{"instance", "picture", "tensor"} {
		if !slices.ContainsFunc(p.Footprints, func(f profile.Footprint) bool { return f.Of == want }) {
			t.Errorf("no footprint of a %s: %+v", want, p.Footprints)
		}
	}
	if p.Name != fakegpu.Name || !strings.HasPrefix(p.Provenance.GPU, fakegpu.Name) || p.Provenance.Libraries["driver"] != "000.00 (fake)" {
		t.Errorf("provenance %+v", p.Provenance)
	}
	if !strings.Contains(fake.ProviderOptions(), "use_tf32=0 enable_cuda_graph=0") {
		t.Errorf("the last instance was opened with %q", fake.ProviderOptions())
	}
	var table bytes.Buffer
	if err := WriteTable(&table, p); err != nil || !strings.Contains(table.String(), "infer beside") && !strings.Contains(table.String(), "1 infer") {
		t.Errorf("%v\n%s", err, &table)
	}
}

// The profile says how far the GPU's answers are from the CPU's; one that computes something else is not
// timed at all.
func TestWrongAnswersAreNotTimed(t *testing.T) {
	fake, cfg := fakeConfig(t)
	notes := strings.Join(openFake(t, cfg).Profile().Provenance.Notes, "; ")
	for _, want := range []string{`check: a "small" image decoded and resized on the GPU differs from the CPU's by 0.`, "check: answers of tiny with the GPU's preprocessing"} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes %q lack %q", notes, want)
		}
	}
	fake.Skip("nvjpegDecodeBatched") // whatever lies in the memory is taken for the picture
	if _, err := OpenGPU(cfg); err == nil || !strings.Contains(err.Error(), "grey levels on average; 2 are allowed") {
		t.Errorf("error %v", err)
	}
}

// A wall-clock span holds the GPU's, and the same job gives both.
func TestWallSpansHoldTheGPUs(t *testing.T) {
	_, cfg := fakeConfig(t)
	b := openFake(t, cfg)
	visitAll(t, b, 1)
	for _, p := range b.points {
		if p.crew != nil {
			continue
		}
		spansOf := p.visits[0].alone
		for i := range spansOf[gpuSpan] {
			if gpu, wall := spansOf[gpuSpan][i], spansOf[wallSpan][i]; gpu > wall+1000 { // events are told in float32 of ms
				t.Errorf("%s: %v ns on the GPU, %v in all", p.name, gpu, wall)
			}
		}
	}
}

// Visits during heat, or beside a process that came later, are disturbed and said to be.
func TestADisturbedGPUIsNoticed(t *testing.T) {
	fake, cfg := fakeConfig(t)
	b := openFake(t, cfg)
	for cause, set := range map[string]func(){
		"software thermal slowdown": func() { fake.State(0x20, 1) },
		"2 more processes":          func() { fake.State(0, 3) },
	} {
		set()
		p := b.points[0]
		p.visits = nil
		if err := b.visit(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		if v := p.visits[0]; v.quiet || v.gpu != cause {
			t.Errorf("quiet %v, disturbed by %q, want %q", v.quiet, v.gpu, cause)
		}
		if w := disturbance(p.visits, usable(p.visits)); !strings.Contains(w, "the GPU by "+cause) {
			t.Errorf("warning %q", w)
		}
	}
	fake.State(0x4, 1) // the power cap is how the card runs: noted, no more
	if err := b.visit(t.Context(), b.points[0]); err != nil {
		t.Fatal(err)
	}
	if v := b.points[0].visits[1]; v.gpu != "" || b.gpu.seen.reasons&4 == 0 {
		t.Errorf("disturbed by %q, reasons %v", v.gpu, b.gpu.seen.reasons)
	}
}

// A device that is lost in the middle ends the run with the stage and the driver's words; what was
// measured before is kept.
func TestALostDeviceEndsTheRun(t *testing.T) {
	fake, cfg := fakeConfig(t)
	b := openFake(t, cfg)
	visitAll(t, b, 1)
	fake.Fail("RunWithBinding", 1, 0)
	err := b.Run(context.Background(), nil)
	if err == nil || !strings.Contains(err.Error(), "infer: model ") {
		t.Errorf("error %v", err)
	}
	if len(b.Profile().Services) == 0 {
		t.Error("what was measured is lost")
	}
	fake.Heal()
}

// Batches that do not fit are left out and said to be; a file that is no picture is an error with its name.
func TestWhatDoesNotFitIsLeftOut(t *testing.T) {
	fake, cfg := fakeConfig(t)
	cfg.Models, cfg.Batches = cfg.Models[:1], []int{1, 16, 32}
	fake.FailOnce("RunWithBinding", 6, 6) // after three runs that check the answers, and three of batch 1
	p := openFake(t, cfg).Profile()
	if notes := strings.Join(p.Provenance.Notes, "; "); !strings.Contains(notes, "tiny: batches of 16 and more did not fit") {
		t.Errorf("notes %s", notes)
	}
	cfg.Images[0].Files = [][]byte{[]byte("no picture")}
	if _, err := OpenGPU(cfg); err == nil || !strings.Contains(err.Error(), `image 0 of "small"`) {
		t.Errorf("error %v", err)
	}
}
