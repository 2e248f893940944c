package load

import (
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/experiments/serve"
	"vsim/profile/device"
	"vsim/profile/device/cache"
	"vsim/profile/device/native"
	"vsim/profile/device/native/nativetest"
	"vsim/profile/device/photo"
	"vsim/sim/engine"
	"vsim/sim/engine/batcher"
	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
)

// setup gives a small server on MobileNetV2 and small images.
func setup(t *testing.T) (serve.Config, []Class) {
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
	files, err := photo.Set(t.Context(), dir, "small", 4, 1)
	if err != nil {
		t.Fatal(err)
	}
	return serve.Config{Libraries: libraries, ModelPath: m, Workers: 1, Instances: 1, Threads: 1, Batch: batcher.Config{Max: 4}},
		[]Class{{Name: "small", Weight: 1, Images: files}}
}

// live starts a server and puts a load on it.
func live(t *testing.T, cfg serve.Config, load Config) (*Result, error) {
	t.Helper()
	s, err := serve.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	return Run(t.Context(), InProcess(s), load)
}

// poisson is Poisson arrivals at a rate.
func poisson(t *testing.T, rps float64) engine.Source {
	t.Helper()
	gap, err := random.Exponential(1e9 / rps)
	if err != nil {
		t.Fatal(err)
	}
	return engine.Source{Gap: gap}
}

func clients(n int) engine.Source { return engine.Source{Clients: n} }

func TestClosedLoop(t *testing.T) {
	cfg, images := setup(t)
	r, err := live(t, cfg, Config{Classes: images, Source: clients(3), WarmUp: 200 * time.Millisecond, Measure: time.Second, Seed: 1})
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
	load := Config{Classes: images, Source: poisson(t, 20), WarmUp: 100 * time.Millisecond, Measure: 2 * time.Second, Seed: 7}
	r, err := live(t, cfg, load)
	if err != nil {
		t.Fatal(err)
	}
	// How many are due depends on the seed alone, not on how fast this machine is.
	want := 0
	for next := load.arrivals(); ; {
		at, _, _ := next()
		if at >= event.Time(2100*time.Millisecond) {
			break
		}
		if at >= event.Time(100*time.Millisecond) {
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
	now := time.Now()
	c.got(Seen{Due: now.Add(-2 * time.Second), Sent: now.Add(-time.Second / 2), Came: now})
	if r := c.result(false); r.LatencyS[0] < 2 || r.FromSendS[0] != 0.5 || r.LateS[0] != 1.5 {
		t.Errorf("latency %.3f s of a request that was due 2 s ago, %.3f s from its sending, %.3f s late", r.LatencyS[0], r.FromSendS[0], r.LateS[0])
	}
}

func TestABrokenPictureFailsAlone(t *testing.T) {
	cfg, images := setup(t)
	good := images[0].Images[0]
	images[0].Images = [][]byte{good, good[:len(good)/2], []byte("\x89PNG\r\n\x1a\n"), {}, good}
	r, err := live(t, cfg, Config{Classes: images, Source: clients(2), Measure: time.Second, Seed: 3})
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

func TestRunLeavesNothingBehind(t *testing.T) {
	cfg, images := setup(t)
	before, procs := runtime.NumGoroutine(), runtime.GOMAXPROCS(0)
	if _, err := live(t, cfg, Config{Classes: images, Source: clients(2), Measure: 200 * time.Millisecond}); err != nil {
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
		t.Error("a server must restore GOMAXPROCS")
	}
}
