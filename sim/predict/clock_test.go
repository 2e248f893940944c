package predict

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"vsim/sim/engine"
	"vsim/sim/engine/random"
)

// clients are so many of one worker that takes the same time for each request.
func clients(n int, service time.Duration) *engine.System {
	sys := queue(1, engine.Source{Clients: n})
	sys.Pools[0].Steps[0].Service.At = [][]*random.Sampler{{must(random.Constant(float64(service)))}}
	return sys
}

// Times that are days long end the clock, not the truth: the latency is what it is for milliseconds.
func TestLongTimesStayWithinTheClock(t *testing.T) {
	for _, service := range []time.Duration{500 * time.Hour, 2400 * time.Hour} {
		p := run(t, clients(4, service), Options{NoWhatIf: true})
		want := 4 * service.Seconds()
		if l := p.LatencyS; math.Abs(l.Mean.Value/want-1) > 1e-3 || math.Abs(p.ThroughputRPS.Value*want/4-1) > 0.05 {
			t.Errorf("service %v: latency %v s, throughput %v/s, want %v s and %v/s", service, l.Mean.Value, p.ThroughputRPS.Value, want, 4/want)
		}
		if w := strings.Join(p.Warnings, "\n"); !strings.Contains(w, "h of simulated time, as the clock cannot hold more of times so long") || strings.Contains(w, "requests inside") {
			t.Errorf("service %v: warnings %q", service, w)
		}
	}
}

// Where nothing is done before the clock ends there is nothing to say.
func TestTimesTooLongForTheClockAreRefused(t *testing.T) {
	var long *TooLongError
	sys := clients(1000, 2400*time.Hour)
	if _, err := Run(context.Background(), sys, bare(sys), Options{}, nil); !errors.As(err, &long) || long.Simulated < 500*time.Hour {
		t.Errorf("error %v", err)
	}
}

// Where so many requests come that the study is full at once, it says that it does not know the capacity.
func TestCapacityThatIsNotKnownIsNotGiven(t *testing.T) {
	constant := clients(0, 2500*time.Microsecond)
	constant.Source = poisson(1e7)
	for name, sys := range map[string]*engine.System{"random": queue(1, poisson(1e8)), "constant": constant} {
		p := run(t, sys, Options{})
		w := strings.Join(p.Warnings, "\n")
		if p.Verdict != Overloaded || !math.IsNaN(p.ThroughputRPS.Value) || p.WhatIf != nil || !strings.Contains(w, "too soon to tell how many are served") || strings.Contains(w, "can be served;") {
			t.Errorf("%s: %v, throughput %v, warnings %q", name, p.Verdict, p.ThroughputRPS, w)
		}
	}
}
