package serve

import (
	"context"
	"time"

	"vsim/profile/measure/machine"
)

// Energy is what a live run used while it was measured, in joules, idle power included; 0 where it cannot
// be told. The counters are read at the window's ends, or a little later on a busy machine: the mean power
// between the readings is taken for the window's.
type Energy struct {
	GPUJ  float64 // NVML's counter of the whole board
	HostJ float64 // RAPL's of the processors' packages
	SpanS float64 // between the readings, seconds
}

// meter measures energy from one time to another, beside a run; wait gives it. Without a GPU nothing is
// measured.
func meter(ctx context.Context, g *GPU, from, to time.Time) (wait func() (Energy, error)) {
	if g == nil {
		return func() (Energy, error) { return Energy{}, nil }
	}
	var used Energy
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		used, err = measureEnergy(ctx, g, from, to)
	}()
	return func() (Energy, error) {
		<-done
		return used, err
	}
}

// measureEnergy gives nothing after an interrupt.
func measureEnergy(ctx context.Context, g *GPU, from, to time.Time) (Energy, error) {
	if !sleepUntil(ctx, from) {
		return Energy{}, nil
	}
	before, err := g.Device.Monitor.EnergyJ()
	if err != nil {
		return Energy{}, err
	}
	began := time.Now()
	rapl := machine.StartRAPL()
	if !sleepUntil(ctx, to) {
		return Energy{}, nil
	}
	span := time.Since(began).Seconds()
	after, err := g.Device.Monitor.EnergyJ()
	window := to.Sub(from).Seconds()
	return Energy{GPUJ: (after - before) / span * window, HostJ: rapl.Watts() * window, SpanS: span}, err
}
