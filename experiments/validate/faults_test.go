package validate

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/experiments/load"
	"vsim/experiments/serve/setup"
	"vsim/profile/device/gpu/fakegpu"
	"vsim/sim/scenario"
)

// copies gives a matrix its first case n times, under names of their own.
func copies(m *Matrix, n int) {
	one := m.Cases[0]
	m.Cases = nil
	for i := range n {
		c := *one
		c.Name = string(rune('a' + i))
		m.Cases = append(m.Cases, &c)
	}
}

// compared are the cases of a report's rows.
func compared(r *Report) (out []string) {
	for _, row := range r.Cases {
		if !slices.Contains(out, row.Case) {
			out = append(out, row.Case)
		}
	}
	return out
}

func wantWarning(t *testing.T, r *Report, parts ...string) {
	t.Helper()
	for _, w := range r.Warnings {
		if !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(w, p) }) {
			return
		}
	}
	t.Errorf("no warning has %q: %q", parts, r.Warnings)
}

// A case whose server cannot start is a warning that names it, whichever its neighbours; the others are compared, and
// the error says that something is missing.
func TestAFailingCaseLeavesTheOthers(t *testing.T) {
	fake := fakegpu.Use(t)
	m := readFake(t)
	copies(m, 3)
	r, err := Run(t.Context(), m, fakeOptions(t), func(_, _ int, what string) {
		fake.Heal()
		if strings.HasSuffix(what, ": a") || strings.HasSuffix(what, ": b") { // only a server makes streams now
			fake.Fail("cuStreamCreate", 2, 0)
		}
	})
	if r == nil || err == nil || err.Error() != "4 cases, live runs or files failed and are missing; the warnings say which" {
		t.Fatalf("error %v, report %+v", err, r)
	}
	if got := compared(r); !slices.Equal(got, []string{"c"}) || r.Complete {
		t.Errorf("compared %q, complete %v", got, r.Complete)
	}
	for _, run := range []string{"a, run 1: ", "a, run 2: ", "b, run 1: ", "b, run 2: "} {
		wantWarning(t, r, run, "CUDA_ERROR_OUT_OF_MEMORY")
	}
}

// After a GPU is lost two cases fail and no more are tried; what ran before is compared.
func TestALostGPUEndsTheLiveRuns(t *testing.T) {
	fake := fakegpu.Use(t)
	m := readFake(t)
	copies(m, 4)
	last := ""
	r, err := Run(t.Context(), m, fakeOptions(t), func(_, _ int, what string) {
		last = last + what + "; "
		if what == "round 2 of 2: a" {
			fake.Fail("cuStreamCreate", 700, 0)
		}
	})
	fake.Abandon()
	if r == nil || err == nil || err.Error() != "the GPU is lost: only what ran before is compared" {
		t.Fatalf("error %v, report %+v", err, r)
	}
	if got := compared(r); !slices.Equal(got, []string{"a", "b", "c", "d"}) {
		t.Errorf("compared %q", got)
	}
	if !strings.HasSuffix(last, "round 2 of 2: b; comparing; ") {
		t.Errorf("steps %s", last)
	}
	wantWarning(t, r, "b, run 2: ", "CUDA_ERROR_ILLEGAL_ADDRESS")
	wantWarning(t, r, "the GPU is lost: 4 of 4 cases ran, some of them fewer than 2 times")
}

// A GPU that fails while requests run makes a run that is not compared; what could not be profiled is a warning.
func TestARunOfFailedRequestsIsNotCompared(t *testing.T) {
	fake := fakegpu.Use(t)
	m := readFake(t)
	copies(m, 2)
	r, err := Run(t.Context(), m, fakeOptions(t), func(_, _ int, what string) {
		fake.Heal()
		if what == "round 1 of 2: b" {
			fake.Fail("cuEventElapsedTime", 600, 0)
		}
	})
	if r == nil || err == nil {
		t.Fatalf("error %v, report %+v", err, r)
	}
	if got := compared(r); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("compared %q", got)
	}
	wantWarning(t, r, "b, run 1: ", "requests failed (gpu: CUDA: cuEventElapsedTime: ", "and 0 were answered")
	wantWarning(t, r, "not profiled: ", "cuEventElapsedTime")
}

// A few failures are a warning beside the comparison; many, or no answer, mean that there is nothing to compare.
func TestBrokenRuns(t *testing.T) {
	for want, r := range map[string]*load.Result{
		"": {Completed: 90, Failed: 10},
		"11 requests failed (gone) and 89 were answered":                  {Completed: 89, Failed: 11, FirstFailure: "gone"},
		"no request was answered within 2s (turned away: map[expired:3])": {Span: 2 * time.Second, Dropped: map[string]int{"expired": 3}},
	} {
		if err := broken(r); (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%+v: error %v, want %q", r, err, want)
		}
	}
}

// Cases are predicted before any runs: one that the profile does not reach is left out and says why; where all are
// like that the first one's reason is the error.
func TestUnpredictableCasesAreLeftOut(t *testing.T) {
	m, err := Read("gpu", []string{"pipeline.image=small", "batcher.max_batch=2"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	copies(m, 2)
	v := &validation{m: m, benches: glimpse(t, fakeKit(t, m), m)}
	b := m.Cases[1]
	b.rules = b.rules.with("batcher.max_batch", 9).with(setup.AllowedSizes, setup.FewSizes(9))
	if b.Scenario, err = b.read(); err != nil {
		t.Fatal(err)
	}
	if err := v.choose(t.Context()); err != nil || len(v.cases) != 1 || v.cases[0].Name != "a" || v.failures != 1 {
		t.Fatalf("%v, cases %v", err, v.cases)
	}
	wantWarning(t, &Report{Warnings: v.warnings}, `case "b" was left out, it cannot be predicted: `, "batcher.max_batch", "a batch of 3 is beyond")
	v.cases, m.Cases = nil, m.Cases[1:]
	err = v.choose(t.Context())
	if !errors.As(err, new(*scenario.InputError)) || !strings.Contains(err.Error(), "none of the 1 cases can be predicted: ") {
		t.Errorf("error %v", err)
	}
}

// Energy that NVML refuses to tell is a warning, and fails no case.
func TestWithoutEnergyAllIsCompared(t *testing.T) {
	fake := fakegpu.Use(t)
	m := readFake(t)
	copies(m, 1)
	r, err := Run(t.Context(), m, fakeOptions(t), func(done, _ int, what string) {
		if what == "round 1 of 2: a" {
			fake.Fail("nvmlDeviceGetTotalEnergyConsumption", 999, 0)
		}
	})
	fake.Heal()
	if err != nil || !r.Complete {
		t.Fatalf("error %v, report %+v", err, r)
	}
	wantWarning(t, r, "no energy of the GPU: ")
}
