package validate

import (
	"strings"
	"testing"
	"time"

	"vsim/profile/stage/cache"
	"vsim/profile/stage/gpu/fakegpu"
)

// Every embedded matrix can be read, and those of a GPU infer on it in every case.
func TestEmbeddedMatrices(t *testing.T) {
	for _, name := range Matrices() {
		m, err := Read(name, nil, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, c := range m.Cases {
			if onGPU(c.Scenario) != strings.HasPrefix(name, "gpu") || seen[c.Name] {
				t.Errorf("%s: case %q infers on the GPU: %v; seen before: %v", name, c.Name, onGPU(c.Scenario), seen[c.Name])
			}
			seen[c.Name] = true
		}
	}
}

// The whole way on the fake GPU: profile both sides, predict, run live, compare. Its times mean nothing, so
// only that all is compared is asserted.
func TestValidateOnAFakeGPU(t *testing.T) {
	fakegpu.Use(t)
	t.Setenv(cache.Env, t.TempDir())
	m, err := Read("gpu", []string{"pipeline.model=" + fakegpu.Model(t), "pipeline.image=small", "batcher.max_batch=2", "workload.concurrency=3"}, 200*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	m.Cases = m.Cases[:2] // preprocessing on the GPU, and on the CPU
	r, err := Run(t.Context(), m, Options{CacheDir: t.TempDir(), Rounds: 2, First: time.Millisecond, Slice: time.Millisecond}, func(int, int, string) {})
	if err != nil {
		t.Fatal(err)
	}
	stages := map[string]bool{}
	for _, row := range r.Cases {
		stages[row.Metric] = true
		if row.Measured <= 0 && !strings.HasPrefix(row.Metric, stagePrefix) || row.Predicted <= 0 && !strings.HasPrefix(row.Metric, stagePrefix) {
			t.Errorf("%+v", row)
		}
	}
	for _, want := range []string{throughput, latencyP99, stagePrefix + "infer_s", stagePrefix + "decode_s", stagePrefix + "d2h_s"} {
		if !stages[want] {
			t.Errorf("%s is not compared: %v", want, stages)
		}
	}
	if !strings.Contains(r.Machine, fakegpu.Name) {
		t.Errorf("machine %q", r.Machine)
	}
}
