package running

import (
	"slices"
	"testing"

	"vsim/experiments/oip/wire"
	"vsim/sim"
	"vsim/sim/scenario"
)

// photographs is an ensemble that reads JPEG files: a model that preprocesses, and the classifier.
func photographs() *fake {
	preprocess := &wire.ModelConfig{Name: "preprocess", Backend: "python", MaxBatchSize: 8,
		Input:         []*wire.ModelInput{{Name: "jpeg", DataType: wire.DataType_TYPE_STRING, Dims: []int64{1}}},
		Output:        []*wire.ModelOutput{{Name: "tensor", DataType: wire.DataType_TYPE_FP32, Dims: []int64{3, 8, 8}}},
		InstanceGroup: []*wire.ModelInstanceGroup{{Name: "preprocess_0", Kind: wire.ModelInstanceGroup_KIND_CPU, Count: 2}}}
	ensemble := &wire.ModelConfig{Name: "jpeg", Platform: "ensemble", MaxBatchSize: 8, Input: preprocess.Input, Output: classifier(8, 1, 0).Output,
		SchedulingChoice: &wire.ModelConfig_EnsembleScheduling{EnsembleScheduling: &wire.ModelEnsembling{Step: []*wire.ModelEnsembling_Step{
			{ModelName: "preprocess", ModelVersion: -1, InputMap: map[string]string{"jpeg": "jpeg"}, OutputMap: map[string]string{"tensor": "tensor"}},
			{ModelName: "classify", ModelVersion: -1, InputMap: map[string]string{"input": "tensor"}, OutputMap: map[string]string{"scores": "scores"}},
		}}}}
	return newFake(ensemble, preprocess, classifier(8, 1, 0))
}

// Of an ensemble each model is measured by its own statistics, and has a stage of its own.
func TestEnsemble(t *testing.T) {
	c, err := New(t.Context(), photographs(), "jpeg", Options{Local: true, Cores: 2, Images: [][]byte{{1, 2, 3}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Round(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	r, err := c.Result()
	if err != nil {
		t.Fatal(err)
	}
	text, err := r.Scenario(r.Configs(), Workload{RateRPS: 20})
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenario.Parse("jpeg.toml", text, scenario.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var names []string
	for _, st := range s.Stages {
		names = append(names, st.Name)
	}
	if want := []string{"receive", "preprocess", "classify", "send"}; !slices.Equal(names, want) {
		t.Fatalf("stages %v, want %v", names, want)
	}
	if s.Stages[1].MaxBatch != 1 || s.Stages[1].Workers != 2 || s.Stages[2].MaxBatch != 8 {
		t.Errorf("preprocess puts %d together with %d workers, classify %d; want 1, 2, 8", s.Stages[1].MaxBatch, s.Stages[1].Workers, s.Stages[2].MaxBatch)
	}
	source, err := r.Source(r.Configs(), Workload{RateRPS: 20})
	if err != nil {
		t.Fatal(err)
	}
	p, err := sim.Predict(t.Context(), source, sim.Options{NoWhatIf: true, NoPI: true})
	if err != nil {
		t.Fatal(err)
	}
	// Each of the two takes 7.15 ms alone.
	if got := p.LatencyS.Mean.Value; got < 0.0143 || got > 0.03 {
		t.Errorf("mean latency %v s", got)
	}
}
