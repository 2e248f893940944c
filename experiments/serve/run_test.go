package serve

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/profile/device"
	"vsim/profile/device/cache"
	"vsim/profile/device/native"
	"vsim/profile/device/native/nativetest"
	"vsim/profile/device/photo"
)

// setup gives a small server on MobileNetV2 and small images.
func setup(t *testing.T) (ServerConfig, []Images) {
	t.Helper()
	path := nativetest.Require(t, native.ONNXRuntime)
	libraries, err := device.Open(path)
	if err != nil {
		nativetest.SkipOrFail(t, err) // a binary without cgo
	}
	dir, err := cache.Dir()
	if err != nil {
		t.Fatal(err)
	}
	m, err := cache.Model(dir, "mobilenetv2", 1)
	if err != nil {
		t.Fatal(err)
	}
	files, err := photo.Set(dir, "small", 4, 1)
	if err != nil {
		t.Fatal(err)
	}
	return ServerConfig{Libraries: libraries, ModelPath: m, Workers: 1, Instances: 1, Threads: 1, MaxBatch: 4},
		[]Images{{Name: "small", Weight: 1, Files: files}}
}

func TestClosedLoop(t *testing.T) {
	cfg, images := setup(t)
	r, err := Run(t.Context(), cfg, Load{Images: images, Clients: 3, WarmUp: 200 * time.Millisecond, Measure: time.Second, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if r.Completed == 0 || r.Failed != 0 || r.Unanswered != 0 || len(r.LatencyS) != r.Completed {
		t.Fatalf("%d completed with %d latencies, %d failed (%s), %d unanswered", r.Completed, len(r.LatencyS), r.Failed, r.FirstFailure, r.Unanswered)
	}
	if !slices.IsSorted(r.LatencyS) || r.LatencyS[0] <= 0 {
		t.Error("latencies must be sorted and positive")
	}
	parts := 0.0
	for _, s := range r.Stages {
		parts += s.MeanS
	}
	// The parts are all there is of a request's way but for being sent and answered.
	// (How long the answer then waits for its client is up to the machine.)
	if mean := r.Mean(); parts > mean || parts <= 0 {
		t.Errorf("the parts add up to %.3f ms of a mean latency of %.3f ms", 1e3*parts, 1e3*mean)
	}
	// Little's law: clients without think time are always inside, up to what the window's ends cut off, one
	// request of each client.
	if inside := r.ThroughputRPS * r.Mean(); math.Abs(inside-3) > 2*3*3/float64(r.Completed)+1.5 {
		t.Errorf("throughput x latency = %.2f, want 3 clients", inside)
	}
}

func TestOpenLoopKeepsItsSchedule(t *testing.T) {
	cfg, images := setup(t)
	r, err := Run(t.Context(), cfg, Load{Images: images, RateRPS: 20, WarmUp: 100 * time.Millisecond, Measure: 2 * time.Second, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	// How many are due depends on the seed alone, not on how fast this machine is.
	pick, due, want := newPicker(&Load{Images: images, Seed: 7}, 0), 0.0, 0
	for due < 2.1 {
		due += pick.rng.ExpFloat64() / 20
		pick.next()
		if due >= 0.1 && due < 2.1 {
			want++
		}
	}
	if r.Completed != want {
		t.Errorf("%d requests were measured, the schedule has %d", r.Completed, want)
	}
}

// A server that stalls must not hide it: latency counts from when a request was due.
func TestLatencyCountsFromTheSchedule(t *testing.T) {
	c := collector{from: time.Now().Add(-time.Hour), to: time.Now().Add(time.Hour), open: true}
	c.got(&request{due: time.Now().Add(-2 * time.Second), queued: time.Now()})
	if r := c.result(time.Second, 0); r.LatencyS[0] < 2 {
		t.Errorf("latency %.3f s of a request that was due 2 s ago", r.LatencyS[0])
	}
}

func TestABrokenPictureFailsAlone(t *testing.T) {
	cfg, images := setup(t)
	good := images[0].Files[0]
	images[0].Files = [][]byte{good, good[:len(good)/2], []byte("\x89PNG\r\n\x1a\n"), {}, good}
	r, err := Run(t.Context(), cfg, Load{Images: images, Clients: 2, Measure: time.Second, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	if r.Failed == 0 || r.Completed == 0 {
		t.Fatalf("%d completed and %d failed, want some of both", r.Completed, r.Failed)
	}
	if !strings.HasPrefix(r.FirstFailure, "decode: ") {
		t.Errorf("first failure %q, want it to name the stage", r.FirstFailure)
	}
}

func TestInterruptEndsARun(t *testing.T) {
	cfg, images := setup(t)
	for _, load := range []Load{{Clients: 2}, {RateRPS: 50}} {
		load.Images, load.Measure = images, time.Hour
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		if _, err := Run(ctx, cfg, load); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("an interrupted run gave %v", err)
		}
		cancel()
	}
}

func TestRunLeavesNothingBehind(t *testing.T) {
	cfg, images := setup(t)
	before, procs := runtime.NumGoroutine(), runtime.GOMAXPROCS(0)
	if _, err := Run(t.Context(), cfg, Load{Images: images, Clients: 2, Measure: 200 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines before a run, %d after", before, n)
	}
	if runtime.GOMAXPROCS(0) != procs {
		t.Error("a run must restore GOMAXPROCS")
	}
}

func TestImpossibleConfigurationsAreErrors(t *testing.T) {
	images := []Images{{Name: "x", Weight: 1, Files: [][]byte{{}}}}
	good := ServerConfig{Workers: 1, Instances: 1, Threads: 1, MaxBatch: 1}
	for name, c := range map[string]struct {
		cfg  ServerConfig
		load Load
	}{
		"no workers":         {ServerConfig{Instances: 1, Threads: 1, MaxBatch: 1}, Load{Images: images, Clients: 1, Measure: 1}},
		"clients and a rate": {good, Load{Images: images, Clients: 1, RateRPS: 1, Measure: 1}},
		"no load":            {good, Load{Images: images, Measure: 1}},
		"no time":            {good, Load{Images: images, Clients: 1}},
		"an empty set":       {good, Load{Images: []Images{{Name: "x", Weight: 1}}, Clients: 1, Measure: 1}},
	} {
		if _, err := Run(t.Context(), c.cfg, c.load); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line", name, err)
		}
	}
}
