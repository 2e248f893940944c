package validate

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"vsim/experiments/load"
	"vsim/profile/device/cache"
	"vsim/profile/device/gpu/fakegpu"
	"vsim/profile/device/nvml"
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

// fakeMatrix is two cases on the fake GPU: preprocessing there, and on the CPU.
func fakeMatrix(t *testing.T) *Matrix {
	t.Helper()
	fakegpu.Use(t)
	return readFake(t, "workload.concurrency=3")
}

func readFake(t *testing.T, set ...string) *Matrix {
	t.Helper()
	t.Setenv(cache.Env, t.TempDir())
	m, err := Read("gpu", append(set, "pipeline.model="+fakegpu.Model(t), "pipeline.image=small", "batcher.max_batch=2"), 100*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	m.Cases = m.Cases[:2]
	return m
}

func fakeOptions(t *testing.T) Options {
	return Options{CacheDir: t.TempDir(), Rounds: 2, First: time.Millisecond, Slice: time.Millisecond, burst: time.Nanosecond}
}

// The whole way on the fake GPU: profile both sides, predict, run live, compare. Its times mean nothing, so
// only that all is compared is asserted.
func TestValidateOnAFakeGPU(t *testing.T) {
	m := fakeMatrix(t)
	r, err := Run(t.Context(), m, fakeOptions(t), func(int, int, string) {})
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
	if len(r.Energy) != 2 || r.Energy[0].Case != m.Cases[0].Name || r.Energy[0].GPUJ < 0 {
		t.Errorf("energy %+v", r.Energy)
	}
	const unknown = "no energy of the GPU: this vsim was built without NVML; `make build` has it"
	if warnings := strings.Join(r.Warnings, "; "); strings.Contains(warnings, unknown) == nvml.Built || strings.Count(warnings, "no energy") > 1 {
		t.Errorf("NVML: %v, warnings %s", nvml.Built, warnings)
	}
	if !strings.Contains(r.Machine, fakegpu.Name) {
		t.Errorf("machine %q", r.Machine)
	}
}

// After an interrupt the cases that have run are compared, and the report says that it is not whole.
func TestInterruptKeepsWhatHasRun(t *testing.T) {
	m := fakeMatrix(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := Run(ctx, m, fakeOptions(t), func(done, _ int, _ string) {
		if done == 1 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || r == nil || len(r.Warnings) == 0 || !strings.Contains(strings.Join(r.Warnings, "; "), "interrupted: 1 of 2 cases ran") {
		t.Fatalf("error %v, report %+v", err, r)
	}
	if _, err := json.Marshal(r); err != nil || len(r.Cases) == 0 || r.Cases[0].Case != m.Cases[0].Name {
		t.Errorf("%v, cases %+v", err, r.Cases)
	}
}

// A request's joules are those of all runs of its case over all their answers.
func TestJoulesOfARequest(t *testing.T) {
	runs := []*load.Result{
		{ThroughputRPS: 10, Span: 2 * time.Second, Energy: load.Energy{GPUJ: 50, HostJ: 5}},
		{ThroughputRPS: 40, Span: 2 * time.Second, Energy: load.Energy{GPUJ: 150, HostJ: 15}},
	}
	if got, want := joules(&Case{Name: "c"}, runs), (Joules{Case: "c", GPUJ: 2, HostJ: 0.2}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
