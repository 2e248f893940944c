package profile

import (
	"reflect"
	"strings"
	"testing"
)

// gpuSample is a small valid profile of the GPU in the machine of sample.
func gpuSample() *Profile {
	return &Profile{
		Name: "card", Origin: Measured,
		Provenance: Provenance{Date: "2026-01-02T03:00:00Z", CPU: "some CPU", GPU: "a card", Cores: 2, Load1: 0.7, Complete: true,
			Libraries: map[string]string{"onnxruntime": "1.29.0", "driver": "580"}, Notes: []string{"a note", "another"}},
		Services:   []Service{{Key: Key{Stage: "infer", Resource: "gpu", Model: "m", Batch: 4}, N: 9, MeanNs: 1e6, Probabilities: []float64{0, 1}, QuantilesNs: []float64{1e6, 1e6}}},
		Contention: []Contention{{Resource: "gpu", Stage: "infer", Beside: "infer", Neighbours: 1, Slowdown: 1.5, N: 5}},
		Energy:     []Energy{{Key: Key{Stage: "idle", Resource: "gpu"}, Watts: 70, SpanS: 2}},
		Footprints: []Footprint{{Resource: "gpu", Of: "tensor", Model: "m", SizeBytes: 600}},
	}
}

func TestMergeKeepsEverything(t *testing.T) {
	cpu, gpu := sample(), gpuSample()
	p, err := Merge(cpu, gpu)
	if err != nil {
		t.Fatal(err)
	}
	want := Provenance{Date: "2026-01-02T03:00:00Z", CPU: "some CPU", GPU: "a card", Cores: 2, Load1: 0.7, Complete: true,
		Libraries: map[string]string{"onnxruntime": "1.29.0", "driver": "580"}, Notes: []string{"a note", "another"}}
	if p.Name != "bench and card" || !reflect.DeepEqual(p.Provenance, want) {
		t.Errorf("name %q, provenance %+v", p.Name, p.Provenance)
	}
	if len(p.Services) != 3 || len(p.Contention) != 2 || len(p.Energy) != 1 || len(p.Footprints) != 1 {
		t.Errorf("%d services, %d contentions, %d energies, %d footprints", len(p.Services), len(p.Contention), len(p.Energy), len(p.Footprints))
	}
	if _, err := Parse("merged.toml", []byte(text(t, p))); err != nil {
		t.Error(err)
	}
	p.Services[0].QuantilesNs[0], p.Provenance.Libraries["driver"] = 7, "changed"
	if cpu.Services[0].QuantilesNs[0] == 7 || gpu.Provenance.Libraries["driver"] == "changed" {
		t.Error("the merged profile shares memory with its parts")
	}
}

// TestMergeSaysWhatDiffers: an interrupted part makes the whole incomplete; texts that differ stay both.
func TestMergeSaysWhatDiffers(t *testing.T) {
	gpu := gpuSample()
	gpu.Provenance.Complete, gpu.Provenance.CPU, gpu.Provenance.Libraries["onnxruntime"] = false, "another CPU", "1.30.0"
	p, err := Merge(sample(), gpu)
	if err != nil {
		t.Fatal(err)
	}
	if pr := p.Provenance; pr.Complete || pr.CPU != "some CPU and another CPU" || pr.Libraries["onnxruntime"] != "1.29.0 and 1.30.0" {
		t.Errorf("provenance %+v", pr)
	}
}

func TestMergeOfOneIsACopy(t *testing.T) {
	p, err := Merge(sample())
	want := sample()
	want.Schema = Schema
	if err != nil || !reflect.DeepEqual(p, want) {
		t.Errorf("error %v, got\n%+v\nwant\n%+v", err, p, want)
	}
}

// TestMergeRefuses: a figure that stands twice, of each kind, all at once; a mix of origins; nothing.
func TestMergeRefuses(t *testing.T) {
	other := gpuSample()
	other.Name = "other"
	_, err := Merge(sample(), gpuSample(), other)
	if err == nil {
		t.Fatal("figures that stand twice were accepted")
	}
	for _, want := range []string{
		`service infer m at batch 4 on gpu stands in "card" and in "other"`, "contention of infer beside 1 infer on gpu stands",
		"energy of idle at batch 0 on gpu stands", "footprint of tensor m at batch 0 on gpu stands",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q lacks %q", err, want)
		}
	}
	published := gpuSample()
	published.Origin = Published
	if _, err := Merge(sample(), published); err == nil || !strings.Contains(err.Error(), `"bench" is measured and "card" published`) {
		t.Errorf("error %v", err)
	}
	if _, err := Merge(); err == nil {
		t.Error("merged nothing")
	}
}
