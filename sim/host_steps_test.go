package sim

import (
	"path/filepath"
	"strings"
	"testing"

	"vsim/profile"
	"vsim/sim/scenario"
)

// aroundGPU is a server with a profile of the host's work around its GPU. All of it takes times that are told apart by their sums.
const aroundGPU = `
[cpu]
cores = 8
[gpu]
count = 1
[link]
bandwidth = "1000GB/s"
[pipeline]
image = "medium"
model = "detector"
[inference]
instances = 1
[batcher]
max_batch = 1
max_queue_delay = "0ns"
[times]
h2d = "0ns"
d2h = "0ns"
[workload]
concurrency = 1
`

// aroundMs are times of the profile, in ms.
var aroundMs = map[profile.Key]float64{
	{Stage: profile.DispatchStage, Resource: "cpu", Batch: 1}:                          1,
	{Stage: profile.HuffmanStage, Resource: "cpu", Image: "medium"}:                    2,
	{Stage: "decode", Resource: "gpu", Image: "medium"}:                                4,
	{Stage: "resize", Resource: "gpu", Image: "medium"}:                                8,
	{Stage: profile.ForwardStage, Resource: "cpu"}:                                     16,
	{Stage: profile.LaunchStage, Resource: "cpu", Model: "detector", Batch: 1}:         32,
	{Stage: "infer", Resource: "gpu", Model: "detector", Batch: 1}:                     64,
	{Stage: "decode", Resource: "cpu", Image: "medium"}:                                128,
	{Stage: "resize", Resource: "cpu", Image: "medium"}:                                256,
	{Stage: profile.LaunchStage, Resource: "cpu", Model: "identifier", Batch: 1}:       512,
	{Stage: "infer", Resource: "gpu", Model: "identifier", Batch: 1}:                   1024,
	{Stage: "infer", Resource: "gpu", Model: "identifier without launching", Batch: 1}: 2048,
}

// aroundProfile writes that profile without some of its stages.
func aroundProfile(t *testing.T, without string) string {
	t.Helper()
	p := &profile.Profile{Schema: profile.Schema, Name: "around", Origin: profile.Published,
		Provenance: profile.Provenance{Date: "2026-01-02T03:04:05Z", Complete: true}}
	for key, ms := range aroundMs {
		if !strings.Contains(without, key.Stage) {
			p.Services = append(p.Services, profile.Service{Key: key, MeanNs: ms * 1e6, Source: "a test"})
		}
	}
	path := filepath.Join(t.TempDir(), "around.toml")
	if err := p.Save(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestTheHostsStepsOfOneClient: the latency of one client is the sum of the parts of its way: dispatching where a GPU decodes,
// handing on where preprocessing is a stage of its own, launching of each model on a GPU that has it apart; what is written goes before
// the profile, and what neither has is left out.
func TestTheHostsStepsOfOneClient(t *testing.T) {
	identify := "pipeline.preset=detect-then-identify,identify.model=identifier"
	for _, c := range []struct {
		name, set, without string
		wantMs             float64
	}{
		{"in the instance", "", "", 1 + 2 + 4 + 8 + 32 + 64},
		{"a stage of its own", "preprocess.separate=true", "", 1 + 2 + 4 + 8 + 16 + 32 + 64},
		{"on the CPU", "pipeline.preprocessing=cpu", "", 128 + 256 + 16 + 32 + 64},
		{"tensors", "pipeline.preprocessing=none", "", 32 + 64},
		{"neither", "preprocess.separate=true", "dispatch huffman forward launch", 4 + 8 + 64},
		{"no dispatching", "preprocess.separate=true", "dispatch", 2 + 4 + 8 + 16 + 32 + 64},
		{"no handing on", "preprocess.separate=true", "forward", 1 + 2 + 4 + 8 + 32 + 64},
		{"no launching", "preprocess.separate=true", "launch", 1 + 2 + 4 + 8 + 16 + 64},
		{"written", "preprocess.separate=true,times.forward=3ms,times.launch=5ms,times.huffman=7ms", "", 1 + 7 + 4 + 8 + 3 + 5 + 64},
		{"written alone", "preprocess.separate=true,times.forward=3ms,times.launch=5ms", "forward launch", 1 + 2 + 4 + 8 + 3 + 5 + 64},
		{"two models", identify, "", 1 + 2 + 4 + 8 + 32 + 64 + 512 + 1024},
		{"two models, a stage of its own", identify + ",preprocess.separate=true", "", 1 + 2 + 4 + 8 + 16 + 32 + 64 + 512 + 1024},
		{"two models, no huffman", identify, "huffman", 1 + 4 + 8 + 32 + 64 + 512 + 1024},
		{"two models, no launching", identify, "launch", 1 + 2 + 4 + 8 + 64 + 1024},
		{"the second has none", "pipeline.preset=detect-then-identify,identify.model=identifier without launching", "", 1 + 2 + 4 + 8 + 32 + 64 + 2048},
		{"the second is written", identify + ",times.identify=100ms", "", 1 + 2 + 4 + 8 + 32 + 64 + 100},
	} {
		set := strings.FieldsFunc(c.set, func(r rune) bool { return r == ',' })
		s, err := scenario.Parse("around.toml", []byte(aroundGPU), scenario.Options{Set: set, Profile: aroundProfile(t, c.without)})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		p, err := Predict(t.Context(), Of(s), Options{NoWhatIf: true, NoPI: true})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := 1000 * p.LatencyS.Mean.Value; !near(got, c.wantMs, 1e-3) {
			t.Errorf("%s: %v ms, want %v", c.name, got, c.wantMs)
		}
	}
}
