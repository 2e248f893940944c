package check

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vsim/experiments/validate"
	"vsim/profile"
	"vsim/profile/device/broker/local"
	"vsim/profile/device/cache"
	"vsim/profile/device/native"
	"vsim/profile/device/native/nativetest"
	"vsim/sim"
	"vsim/sim/scenario"
)

// small is a comparison that is as short as can be.
func small(t *testing.T) Options {
	t.Helper()
	nativetest.Require(t, native.ONNXRuntime)
	if err := local.Find(local.Redis); err != nil {
		nativetest.SkipOrFail(t, err)
	}
	dir, err := cache.Dir()
	if err != nil {
		t.Fatal(err)
	}
	return Options{
		Kinds: []string{profile.RedisStream, Fused}, Faces: []int{2}, CacheDir: dir, Measure: time.Second,
		First: time.Millisecond, Slice: time.Millisecond, Output: filepath.Join(t.TempDir(), "out"), burst: 2 * time.Millisecond,
	}
}

// TestUnknownModel: the input is wrong, not the run.
func TestUnknownModel(t *testing.T) {
	opt := small(t)
	opt.Detector = "nope"
	_, err := Run(t.Context(), opt, func(int, int, string) {})
	var coded interface{ ExitCode() int }
	if !errors.As(err, &coded) || coded.ExitCode() != 2 {
		t.Errorf("error %v, want exit code 2", err)
	}
}

// Every case is profiled, predicted and run for real, and what is kept of one predicts the same again.
func TestRun(t *testing.T) {
	opt := small(t)
	r, err := Run(t.Context(), opt, func(int, int, string) {})
	if err != nil {
		if r != nil {
			t.Errorf("warnings %q", r.Warnings)
		}
		t.Fatal(err)
	}
	if !r.Complete || len(r.Sides) != 4 {
		t.Errorf("complete %v, %d cases, warnings %q", r.Complete, len(r.Sides), r.Warnings)
	}
	for _, s := range r.Sides {
		if over := strings.HasPrefix(s.Case, profile.RedisStream); over != (s.BrokerCores > 0) || over != (s.MessageBytes > 5000) || s.OwnCores <= 0 || s.PredictedCores <= 0 {
			t.Errorf("%+v", s)
		}
	}
	p, err := profile.Load(filepath.Join(opt.Output, profileFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"redis-stream, 2 faces, full", "fused, 2 faces, one client"} {
		row := rowOf(r, name, validate.Throughput)
		if row.Runs != 2 || row.Measured <= 0 {
			t.Errorf("%s: %+v", name, row)
		}
		file := filepath.Join(opt.Output, validate.CasesFolder, strings.NewReplacer(", ", "-", " ", "-").Replace(name)+".toml")
		s, err := scenario.Load(file, scenario.Options{Profile: filepath.Join(opt.Output, profileFile)})
		if err != nil {
			t.Fatal(err)
		}
		again, err := sim.Predict(t.Context(), sim.Measured(s, p), sim.Options{NoWhatIf: true, NoPI: true})
		if err != nil || again.ThroughputRPS.Value != row.Predicted {
			t.Errorf("%s: %v, predicted %v, again %v", name, err, row.Predicted, again.ThroughputRPS.Value)
		}
	}
}

// After an interrupt what ran is compared; before any ran there is nothing, and it says so.
func TestInterrupt(t *testing.T) {
	for _, c := range []struct {
		at    string
		cases int
	}{{"profiling", 0}, {"round 1 of 2: fused, 2 faces, one client", 2}} {
		opt := small(t)
		ctx, cancel := context.WithCancel(t.Context())
		r, err := Run(ctx, opt, func(_, _ int, what string) {
			if what == c.at {
				cancel()
			}
		})
		cancel()
		if !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "\n") {
			t.Errorf("at %q: error %v", c.at, err)
		}
		if c.cases == 0 {
			if r != nil {
				t.Errorf("at %q: there is a report", c.at)
			}
			continue
		}
		if r == nil || len(r.Sides) != c.cases || r.Complete {
			t.Fatalf("at %q: report %+v", c.at, r)
		}
		if _, err := os.Stat(filepath.Join(opt.Output, validate.ReportFile)); err != nil {
			t.Error(err)
		}
	}
}

// What cannot be had is said at once, in one line.
func TestMissing(t *testing.T) {
	opt := small(t)
	opt.Detector = "no-such-model"
	if _, err := Run(t.Context(), opt, func(int, int, string) {}); err == nil || !strings.Contains(err.Error(), "no-such-model") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v", err)
	}
	opt = small(t)
	opt.Redis = "127.0.0.1:1"
	if _, err := Run(t.Context(), opt, func(int, int, string) {}); err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v", err)
	}
}
