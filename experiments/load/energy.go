package load

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"vsim/profile/device/gpu"
	"vsim/profile/measure/machine"
)

// Energy is what a machine used while a load was measured, in joules, idle power included; 0 where it cannot
// be told. The counters are read at the window's ends, or a little later on a busy machine: the mean power
// between the readings is taken for the window's.
type Energy struct {
	GPUJ  float64 // NVML's counter of the whole board
	HostJ float64 // RAPL's of the processors' packages
	SpanS float64 // between the readings, seconds
	Note  string  // why GPUJ is unknown, "" where it is known
}

// Meter measures energy from one time to another. It gives nothing after an interrupt.
type Meter func(ctx context.Context, from, to time.Time) (Energy, error)

// measure has the meter run beside the load; wait gives what it measured.
func (cfg *Config) measure(ctx context.Context, from, to time.Time) (wait func() (Energy, error)) {
	if cfg.Meter == nil || cfg.finite() {
		return func() (Energy, error) { return Energy{}, nil }
	}
	var used Energy
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		used, err = cfg.Meter(ctx, from, to)
	}()
	return func() (Energy, error) {
		<-done
		return used, err
	}
}

// BoardMeter measures a GPU of this machine, and this machine's processors. A counter that cannot be read
// is a note of the energy's, no error.
func BoardMeter(d *gpu.Device) Meter {
	return func(ctx context.Context, from, to time.Time) (Energy, error) {
		if !machine.SleepUntil(ctx, from) {
			return Energy{}, nil
		}
		before, errBefore := d.EnergyJ()
		began := time.Now()
		rapl := machine.StartRAPL()
		if !machine.SleepUntil(ctx, to) {
			return Energy{}, nil
		}
		span := time.Since(began).Seconds()
		after, errAfter := d.EnergyJ()
		window := to.Sub(from).Seconds()
		e := Energy{HostJ: rapl.Watts() * window, SpanS: span}
		if err := cmp.Or(errBefore, errAfter); err != nil {
			e.Note = fmt.Sprintf("no energy of the GPU: %v", err)
			return e, nil
		}
		e.GPUJ = (after - before) / span * window
		return e, nil
	}
}
