package predict

import (
	"math"
	"strings"
	"testing"
	"time"

	"vsim/sim/engine"
	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
	"vsim/sim/engine/workload"
)

// recorded is traffic that ends.
type recorded []event.Time

func (r recorded) Start(func(string) random.Stream) workload.Process { return &replay{r} }
func (r recorded) MeanRate() float64                                 { return float64(len(r)) * 1e9 / float64(r[len(r)-1]+1) }
func (r recorded) Finite() bool                                      { return true }

type replay struct{ left recorded }

func (p *replay) Next() (at event.Time, class int32, ok bool) {
	if len(p.left) == 0 {
		return 0, -1, false
	}
	at, p.left = p.left[0], p.left[1:]
	return at, -1, true
}

// TestTrafficThatEnds: ten requests that come at once and take 1 ms one after the other have latencies of
// 1 to 10 ms, and the last leaves after 10 ms. Nothing is cut off and nothing is by chance.
func TestTrafficThatEnds(t *testing.T) {
	sys := queue(1, engine.Source{Arrivals: make(recorded, 10)})
	sys.Pools[0].Steps[0].Service.At[0] = []*random.Sampler{must(random.Constant(1e6))}
	p := run(t, sys, Options{})
	if len(p.Warnings) > 0 || p.Run.Requests < 80 {
		t.Errorf("warnings %q, %d requests", p.Warnings, p.Run.Requests)
	}
	for _, c := range []struct {
		what      string
		got, want float64
	}{
		{"throughput", p.ThroughputRPS.Value, 1000}, {"offered", p.OfferedRPS.Value, 1000}, {"mean latency", p.LatencyS.Mean.Value, 5.5e-3},
		{"mean wait", p.Stages[0].Queue.WaitS.Value, 4.5e-3}, {"busy", p.Stages[0].Utilization.Value, 1}, {"visits", p.Stages[0].Visits.Value, 1},
		{"mean latency with two workers, less", p.WhatIf.LatencyGain.Value, 1 - 3/5.5},
		{"throughput with two workers, more", p.WhatIf.ThroughputGain.Value, 1},
	} {
		if math.Abs(c.got-c.want) > 1e-9*c.want {
			t.Errorf("%s %v, want %v", c.what, c.got, c.want)
		}
	}
}

// TestTrafficOfLateEnd: service times of chance make replications differ, and a request that comes a
// minute late is waited for.
func TestTrafficOfLateEnd(t *testing.T) {
	traffic := make(recorded, 1000)
	for i := range traffic {
		traffic[i] = event.Time(i) * event.Time(time.Millisecond)
	}
	traffic[999] = event.Time(time.Minute)
	p := run(t, queue(1, engine.Source{Arrivals: traffic}), Options{})
	if got := p.ThroughputRPS.Value; got > 1000./60 || got < 999./60.1 {
		t.Errorf("%v requests/s", got)
	}
	if e := p.LatencyS.Mean; !(e.Low < e.Value && e.Value < e.High) {
		t.Errorf("the mean latency is %+v", e)
	}
	if p := run(t, queue(1, engine.Source{Arrivals: traffic}), Options{MaxEvents: 800}); len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], "before the last request had left") {
		t.Errorf("warnings %q", p.Warnings)
	}
}
