package engine

import (
	"testing"
	"time"

	"vsim/sim/engine/event"
	"vsim/sim/engine/workload"
)

func frames(t testing.TB, c workload.Cameras) Source {
	t.Helper()
	a, err := c.Arrivals()
	if err != nil {
		t.Fatal(err)
	}
	return Source{Arrivals: a}
}

// skipping is cameras that skip, with random phases.
func skipping(t testing.TB, streams int, framesPerSecond float64) Source {
	return frames(t, workload.Cameras{Streams: streams, FrameRate: framesPerSecond, Wander: 0.02, Jitter: 0.3, Skip: true})
}

// streamsInside is the number of streams whose last request is inside.
func (s *source) streamsInside() (n int) {
	for _, inside := range s.inside {
		if inside {
			n++
		}
	}
	return n
}

// Frames every 10 ms. A service of 1.5 periods lets in every second one, one of a whole period all, one of 3.2 periods
// every fourth; and each camera that has a worker to itself is served as if it were alone.
func TestSkipping(t *testing.T) {
	for _, c := range []struct {
		service time.Duration
		each    int64 // of so many frames one is served
	}{{15 * time.Millisecond, 2}, {10 * time.Millisecond, 1}, {2 * time.Millisecond, 1}, {32 * time.Millisecond, 4}} {
		for _, streams := range []int{1, 7} {
			sys := queue(streams, frames(t, workload.Cameras{Streams: streams, FrameRate: 100, Aligned: streams > 1, Skip: true}), constant(c.service))
			r := newRun(t, sys, 0)
			r.Until(event.Time(10*time.Second), unlimited, unlimited)
			arrived, served, skipped := r.count.Arrived, r.Completed(), r.count.Dropped[Skipped]
			if arrived != served+skipped+int64(r.Inside()) || served*c.each > arrived || (served+int64(2*streams))*c.each < arrived || c.each == 1 && skipped > 0 {
				t.Errorf("%d cameras, service %v: of %d frames %d were served and %d skipped, want one of %d served",
					streams, c.service, arrived, served, skipped, c.each)
			}
			if r.LittleGap() != 0 {
				t.Errorf("Little's law is off by %d", r.LittleGap())
			}
		}
	}
}

// Where nothing is ever skipped, cameras that may skip are cameras that do not.
func TestSkippingNothing(t *testing.T) {
	run := func(skip bool) *Run {
		c := workload.Cameras{Streams: 20, FrameRate: 25, Wander: 0.02, Jitter: 0.2, Skip: skip}
		r := newRun(t, queue(1, frames(t, c), constant(time.Millisecond)), 0)
		r.goOn(50_000)
		return r
	}
	a, b := run(false), run(true)
	if a.now != b.now || a.count.LatencyNs != b.count.LatencyNs || b.count.Dropped[Skipped] != 0 {
		t.Errorf("at %d and %d ns latencies of %d and %d ns in all, %d frames skipped", a.now, b.now, a.count.LatencyNs, b.count.LatencyNs, b.count.Dropped[Skipped])
	}
}

// A frame that is rejected leaves its stream free to send the next: n aligned cameras on a queue of one place behind one
// worker get two frames in and n-2 rejected, each period, and none is skipped.
func TestRejectedFramesLeaveTheirStream(t *testing.T) {
	const cameras = 5
	sys := queue(1, frames(t, workload.Cameras{Streams: cameras, FrameRate: 100, Aligned: true, Skip: true}), constant(2*time.Millisecond))
	sys.Pools[0].Batch.Queues = []Queue{{Limit: 1}}
	r := newRun(t, sys, 0)
	r.Until(event.Time(10*time.Second), unlimited, unlimited)
	if c := r.count; c.Dropped[Skipped] != 0 || c.Dropped[Rejected] < c.Arrived*3/5-cameras || c.Dropped[Rejected] > c.Arrived*3/5 {
		t.Errorf("of %d frames %d were rejected and %d skipped, want three of five rejected", c.Arrived, c.Dropped[Rejected], c.Dropped[Skipped])
	}
}

// Aligned cameras on one server are a queue of batches: of n frames that come together the k-th waits k-1 services.
func TestAlignedCamerasOnOneServer(t *testing.T) {
	const cameras, service = 8, time.Millisecond
	r := newRun(t, queue(1, frames(t, workload.Cameras{Streams: cameras, FrameRate: 100, Aligned: true}), constant(service)), 0)
	r.Until(event.Time(10*time.Second), unlimited, unlimited)
	if got, want := r.count.LatencyNs/r.Completed(), int64(service)*(cameras+1)/2; got < want-2 || got > want+2 {
		t.Errorf("mean latency %d ns, want %d", got, want)
	}
}

func TestCamerasAllocateNothing(t *testing.T) {
	if underRace {
		t.Skip("the race detector allocates")
	}
	r := newRun(t, queue(3, skipping(t, 100, 25), exponential(time.Millisecond)), 0)
	r.goOn(300_000)
	blocks, _ := r.Blocks()
	if n := testing.AllocsPerRun(1, func() { r.goOn(2000) }); n != 0 {
		if now, _ := r.Blocks(); now == blocks {
			t.Errorf("%v allocations in 2000 events", n)
		}
	}
}
