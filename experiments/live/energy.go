package live

import (
	"context"
	"time"

	"vsim/profile/measure/machine"
)

// Energy is what a live run used while it was measured, in joules, idle power included; 0 where it cannot
// be told.
type Energy struct {
	GPUJ  float64 // NVML's counter of the whole board
	HostJ float64 // RAPL's of the processors' packages
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
		if !sleepUntil(ctx, from) {
			return
		}
		var before, after float64
		if before, err = g.Device.Monitor.EnergyJ(); err != nil {
			return
		}
		rapl := machine.StartRAPL()
		if !sleepUntil(ctx, to) {
			return
		}
		if after, err = g.Device.Monitor.EnergyJ(); err == nil {
			used = Energy{GPUJ: after - before, HostJ: rapl.Watts() * to.Sub(from).Seconds()}
		}
	}()
	return func() (Energy, error) {
		<-done
		return used, err
	}
}
