package validate

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vsim/profile/device"
	"vsim/profile/device/cache"
	"vsim/profile/device/native"
	"vsim/profile/device/native/nativetest"
	"vsim/sim/scenario"
)

func options(t *testing.T) Options {
	t.Helper()
	path := nativetest.Require(t, native.ONNXRuntime)
	if _, err := device.Open(path); err != nil {
		nativetest.SkipOrFail(t, err) // a binary without cgo
	}
	dir, err := cache.Dir()
	if err != nil {
		t.Fatal(err)
	}
	return Options{OrtLib: path, CacheDir: dir, Rounds: 2, First: 3 * time.Second, Slice: 300 * time.Millisecond}
}

const two = `
[pipeline]
model = "mobilenetv2"
image = "small"
[batcher]
max_batch = 3
[[case]]
name = "closed"
set = ["workload.concurrency=4"]
[[case]]
name = "poisson"
load = 0.3
`

// The mechanics, on runs far too short to judge accuracy by.
func TestValidate(t *testing.T) {
	opt := options(t)
	m, err := Read(write(t, two), nil, 2*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	r, err := Run(t.Context(), m, opt, func(done, total int, what string) { said = append(said, what) })
	if err != nil {
		t.Fatal(err)
	}
	if len(said) != 3+4+1 || said[0] != "setting up" || said[1] != "profiling" || !strings.HasPrefix(said[2], "2 cases, 2 runs each, about ") {
		t.Errorf("progress said %q, want setting up, profiling, the plan, four runs and comparing", said)
	}
	stages := 0
	for _, row := range r.Cases {
		if strings.HasPrefix(row.Metric, stagePrefix) {
			stages++
			if row.Metric == stagePrefix+"decode_s" && math.Abs(row.ModelError) > 0.05 {
				t.Errorf("%s: with the run's own times decoding takes %g s, measured %g s", row.Case, row.OwnTimes, row.Measured)
			}
			continue
		}
		if row.Predicted <= 0 || row.Measured <= 0 || row.OwnTimes <= 0 {
			t.Errorf("%s %s: predicted %g, with its own times %g, measured %g", row.Case, row.Metric, row.Predicted, row.OwnTimes, row.Measured)
		}
		if inside := row.Measured >= row.Interval95[0] && row.Measured <= row.Interval95[1]; inside != row.Inside {
			t.Errorf("%s %s: inside is %v for %g in %v", row.Case, row.Metric, row.Inside, row.Measured, row.Interval95)
		}
	}
	told := len(metrics) - 1 // nothing is dropped
	if len(r.Cases)-stages != 2*told || stages != 2*7 {
		t.Errorf("%d rows of which %d of stages, want %d and 14", len(r.Cases), stages, 2*told+14)
	}
	if !strings.Contains(r.Profile, "sha256:") || r.Machine == "" {
		t.Errorf("profile %q, machine %q", r.Profile, r.Machine)
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err) // an infinity or a NaN
	}
}

func TestValidateIsInterruptible(t *testing.T) {
	opt := options(t)
	m, err := Read(write(t, two), nil, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if _, err := Run(ctx, m, opt, func(int, int, string) {}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("an interrupted validation gave %v", err)
	}
}

func TestValidateSaysWhichModelItDoesNotKnow(t *testing.T) {
	opt := options(t)
	m, err := Read(write(t, "[pipeline]\nmodel = \"resnet51\"\n"), nil, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), m, opt, func(int, int, string) {}); err == nil || !strings.Contains(err.Error(), "resnet50") {
		t.Errorf("error %v, want one that names the nearest model", err)
	}
	broken := filepath.Join(t.TempDir(), "broken.onnx")
	if err := os.WriteFile(broken, []byte("not a model"), 0o644); err != nil {
		t.Fatal(err)
	}
	if m, err = Read(write(t, "[pipeline]\nmodel = \""+broken+"\"\n"), nil, time.Second); err != nil {
		t.Fatal(err)
	}
	var input *scenario.InputError
	if _, err := Run(t.Context(), m, opt, func(int, int, string) {}); !errors.As(err, &input) || !strings.Contains(err.Error(), broken) {
		t.Errorf("error %v, want an InputError (exit code 2) that names the file", err)
	}
}
