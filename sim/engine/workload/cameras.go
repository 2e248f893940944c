package workload

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
)

// Cameras is traffic of streams that each send frames at the same rate. Frame k of a stream arrives at
//
//	phase + k T + wander + jitter,  T = 1 / FrameRate.
//
// The phase is uniform over a period, or 0 with Aligned. Jitter, uniform over [0, Jitter T), is drawn anew
// for every frame and does not add up: the model "periodic with jitter" of real-time analysis (Tindell and
// Clark 1994, Microprocessing and Microprogramming 40, 117-134). Wander adds up: each period is
// longer or shorter than T by up to Wander T, uniformly. It stands for clocks that do not run alike, and
// has one run show the streams at all phases to each other, as time has in reality.
//
// With fixed phases and one server of constant service, this is the queue sum of D/D/1 (Roberts and
// Virtamo 1991, IEEE Transactions on Communications 39(2), 298-303); one stream is D/G/1.
//
// Every stream has random numbers of its own ("camera 0", ...): more cameras, or another jitter, leave the
// phases and the wander of the others as they were, in periods.
type Cameras struct {
	Streams   int
	FrameRate float64 // frames/s of each stream
	Aligned   bool    // all streams send at the same time
	Jitter    float64 // in periods, 0 to 1
	Wander    float64 // in periods, 0 to 0.5
	Skip      bool    // a stream skips a frame while its last one is inside
}

const maxStreams = 1_000_000

// Arrivals returns the traffic, or says what is wrong with it.
func (c Cameras) Arrivals() (Arrivals, error) {
	switch {
	case c.Streams < 1 || c.Streams > maxStreams:
		return nil, fmt.Errorf("workload: cameras: %d streams: want 1 to %d", c.Streams, maxStreams)
	case !(c.FrameRate >= 1e-6 && c.MeanRate() <= maxRate):
		return nil, fmt.Errorf("workload: cameras: %d streams of %g frames/s: want 1e-6/s or more each, and %g/s at most in all", c.Streams, c.FrameRate, float64(maxRate))
	case !(c.Jitter >= 0 && c.Jitter <= 1):
		return nil, fmt.Errorf("workload: cameras: jitter is %g periods: want 0 to 1", c.Jitter)
	case !(c.Wander >= 0 && c.Wander <= 0.5):
		return nil, fmt.Errorf("workload: cameras: wander is %g periods: want 0 to 0.5", c.Wander)
	}
	return &c, nil
}

// MeanRate is Streams times FrameRate; skipped frames count.
func (c *Cameras) MeanRate() float64 { return float64(c.Streams) * c.FrameRate }

// Finite is false.
func (c *Cameras) Finite() bool { return false }

// Cycle is the period of a frame, 0 for streams that wander and repeat nothing.
func (c *Cameras) Cycle() time.Duration {
	if c.Wander > 0 {
		return 0
	}
	return time.Duration(math.Round(1e9 / c.FrameRate))
}

// Start draws the phases.
func (c *Cameras) Start(stream func(purpose string) random.Stream) Process {
	p := &frames{Cameras: c, periodNs: 1e9 / c.FrameRate, cameras: make([]camera, c.Streams)}
	for i := range p.cameras {
		cam := &p.cameras[i]
		cam.random = stream("camera " + strconv.Itoa(i))
		if phase := cam.random.Float64(); !c.Aligned {
			cam.base = phase * p.periodNs
		}
		p.queue(int32(i))
	}
	return p
}

// frames is cameras at work.
type frames struct {
	*Cameras
	periodNs float64
	cameras  []camera
	due      event.Heap // the next frame of each
	last     event.Time
	stream   int32
}

// camera is one stream.
type camera struct {
	random random.Stream
	base   float64 // phase and wander so far, in ns
	frames int64
}

// queue has a camera's next frame wait for its time.
func (p *frames) queue(i int32) {
	c := &p.cameras[i]
	at := c.base + float64(float64(c.frames)*p.periodNs)
	at += float64(c.random.Float64() * float64(p.Jitter*p.periodNs))
	c.base += float64((2*c.random.Float64() - 1) * float64(p.Wander*p.periodNs))
	c.frames++
	p.due.Push(int64(math.Round(min(at, float64(forever)))), i)
}

// Next returns the next frame of any stream.
func (p *frames) Next() (at event.Time, class int32, ok bool) {
	key, i := p.due.Min()
	if at = event.Time(key); at >= forever {
		return event.Never, -1, false
	}
	p.due.Pop()
	p.queue(i)
	p.stream, p.last = i, max(p.last, at) // jitter and wander may turn two frames of a stream round
	return p.last, -1, true
}

func (p *frames) Stream() int32 { return p.stream }

// Skipping is the number of streams with Skip, else 0.
func (p *frames) Skipping() int {
	if p.Skip {
		return p.Streams
	}
	return 0
}
