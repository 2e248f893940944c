package gpu

import (
	"fmt"
	"strings"

	"vsim/profile"
	"vsim/profile/device/cuda"
	"vsim/profile/device/gpu"
	"vsim/profile/measure"
)

const (
	onGPU = "gpu"  // the resource of stages on the GPU,
	link  = "link" // of transfers,
	onCPU = "cpu"  // and of the host's part of either
)

// The spans that are kept of a stage on the GPU, in this order.
const (
	gpuSpan = iota // between two events in the stream
	wallSpan
	hostSpan
	spans
)

// stageKeys are the keys of the spans of a stage.
func stageKeys(k profile.Key) []profile.Key {
	wall, host := k, k
	wall.Stage += profile.WallSuffix
	host.Stage += profile.HostSuffix
	host.Resource = onCPU
	return []profile.Key{k, wall, host}
}

// lane is a stream with a stopwatch.
type lane struct {
	device        *gpu.Device
	stream        *cuda.Stream
	before, after *cuda.Event
}

// newLane makes a lane in a stream, nil for a new one.
func (t *target) newLane(stream *cuda.Stream) (*lane, error) {
	ctx := t.cfg.Device.Context
	l := &lane{device: t.cfg.Device, stream: stream}
	var err error
	if stream == nil {
		if l.stream, err = ctx.NewStream(); err != nil {
			return nil, err
		}
		t.keep(l.stream.Close)
	}
	if l.before, err = ctx.NewEvent(true); err != nil {
		return nil, err
	}
	t.keep(l.before.Close)
	if l.after, err = ctx.NewEvent(true); err != nil { // a waiting thread sleeps, as in the live server
		return nil, err
	}
	t.keep(l.after.Close)
	return l, nil
}

// bound is a job in the device's context.
func (l *lane) bound(job func(b *measure.Burst) error) func(b *measure.Burst) error {
	return func(b *measure.Burst) error {
		release, err := l.device.Bind()
		if err != nil {
			return err
		}
		defer release()
		return job(b)
	}
}

// timed makes a call that puts work of a stage into the stream, waits until it is done, and keeps as many of
// its spans as keep says, as those of stage number n of the chain. An error names the stage.
func (l *lane) timed(b *measure.Burst, stage string, n, keep int, call func() error) error {
	ns, err := l.spans(call)
	if err != nil {
		if !strings.HasPrefix(err.Error(), stage+": ") {
			err = fmt.Errorf("%s: %w", stage, err)
		}
		return err
	}
	for i, v := range ns[:keep] {
		b.Keep(n*keep+i, v)
	}
	return nil
}

func (l *lane) spans(call func() error) (ns [spans]float64, err error) {
	began, cpuBegan := measure.Now(), cpuTime()
	if err := l.stream.Record(l.before); err != nil {
		return ns, err
	}
	if err := call(); err != nil {
		return ns, err
	}
	if err := l.stream.Record(l.after); err != nil {
		return ns, err
	}
	inCall := cpuTime() - cpuBegan
	if err := l.after.Synchronize(); err != nil {
		return ns, err
	}
	wall := measure.Now() - began
	span, err := l.after.Since(l.before)
	return [spans]float64{gpuSpan: float64(span), wallSpan: float64(wall), hostSpan: float64(inCall)}, err
}
