package validate

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"vsim/profile/device/gpu/fakegpu"
	"vsim/sim/scenario"
)

// An interrupt is one at any time of set-up: while the GPU is opened, models are loaded, pictures decoded, points
// visited. It is no bad input, and nothing is reported before a case has run.
func TestInterruptWithinSetUp(t *testing.T) {
	fake := fakegpu.Use(t)
	m := readFake(t)
	for _, c := range []struct {
		function string
		calls    int
	}{{"cuInit", 1}, {"nvrtcCompileProgram", 1}, {"RunWithBinding", 1}, {"nvjpegDecodeJpegDevice", 3}, {"cuEventSynchronize", 100}} {
		calls := fake.Calls(c.function) + c.calls
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			for fake.Calls(c.function) < calls && ctx.Err() == nil {
				time.Sleep(100 * time.Microsecond)
			}
			cancel()
		}()
		r, err := Run(ctx, m, fakeOptions(t), func(int, int, string) {})
		cancel()
		if !errors.Is(err, context.Canceled) || errors.As(err, new(*scenario.InputError)) || r != nil {
			t.Errorf("interrupted at %s: error %v, a report: %v", c.function, err, r != nil)
		}
	}
}

// Before a case has run an interrupt compares nothing, and says what the folder keeps.
func TestInterruptBeforeACaseHasRun(t *testing.T) {
	for _, c := range []struct{ at, keeps string }{
		{"setting up", " has nothing new"},
		{"round 1 of 2: ", " keeps profile.toml, 2 scenarios in cases"},
	} {
		m, opt := fakeMatrix(t), fakeOptions(t)
		opt.Output = t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		r, err := Run(ctx, m, opt, func(_, _ int, what string) {
			if strings.HasPrefix(what, c.at) {
				cancel()
			}
			if what == "comparing" {
				t.Errorf("interrupted at %q, and there is said to be something to compare", c.at)
			}
		})
		if want := "interrupted before any case had run: there is nothing to compare; " + opt.Output + c.keeps; r != nil || err == nil || err.Error() != want || !errors.Is(err, context.Canceled) {
			t.Errorf("interrupted at %q: error %v, want %q", c.at, err, want)
		}
	}
}

// After an interrupt a server that is being started makes no more instances.
func TestInterruptEndsTheStartOfAServer(t *testing.T) {
	m, err := Read("gpu", []string{"pipeline.image=small", "batcher.max_batch=2"}, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	copies(m, 1)
	k := fakeKit(t, m)
	v := &validation{m: m, benches: glimpse(t, k, m), kit: k}
	if err := v.choose(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	k.device = nil // whoever makes an instance needs it
	if _, err := v.live(ctx, liveRun{m.Cases[0], 0}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
