package gpu

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gonum.org/v1/gonum/floats/scalar"

	"vsim/profile"
	"vsim/profile/device/nvml"
	"vsim/profile/measure"
	"vsim/profile/measure/machine"
)

// load is something that the GPU does while its power is measured.
type load struct {
	key profile.Key
	job func(*measure.Burst) error
}

// Finish measures the power of the idle GPU, and then of each stage whose jobs run one after the other,
// from NVML's energy counter; the host's from RAPL where that can be read: it needs the GPU to itself for
// seconds. An interrupt keeps what was measured; without the counter there is a note in place of the rest.
func (t *target) Finish(ctx context.Context) error {
	if t.cfg.Device.Monitor == nil {
		return nil // which the device's notes say
	}
	idle := load{profile.Key{Stage: "idle", Resource: onGPU}, func(*measure.Burst) error { time.Sleep(10 * time.Millisecond); return nil }}
	var idleWatts, idleHostWatts float64
	all := append([]load{idle}, t.loads...)
	for i, l := range all {
		e, hostWatts, err := t.power(ctx, l)
		if refused := new(nvml.Error); errors.As(err, &refused) {
			t.notes = append(t.notes, fmt.Sprintf("energy is known of %d of %d loads: %v", i, len(all), err))
			return nil
		}
		if err != nil {
			return err
		}
		if i == 0 {
			idleWatts, idleHostWatts, e.N = e.Watts, hostWatts, 0
		} else {
			e.JobJ = scalar.Round((e.Watts-idleWatts)*e.SpanS/float64(e.N), 6)
		}
		t.energy = append(t.energy, e)
		if hostWatts > 0 {
			host := profile.Energy{Key: e.Key, Watts: hostWatts, N: e.N, SpanS: e.SpanS}
			host.Resource = onCPU
			if i > 0 {
				host.Stage += profile.HostSuffix
				host.JobJ = scalar.Round((hostWatts-idleHostWatts)*e.SpanS/float64(e.N), 6)
			}
			t.energy = append(t.energy, host)
		}
	}
	return nil
}

// power runs a load for about EnergySpan, from one step of the energy counter to another.
func (t *target) power(ctx context.Context, l load) (e profile.Energy, hostWatts float64, err error) {
	e.Key = l.key
	joules, began, _, err := t.untilStep(ctx, l, 0)
	if err != nil {
		return e, 0, err
	}
	rapl := machine.StartRAPL()
	end, ended, jobs, err := t.untilStep(ctx, l, t.cfg.EnergySpan)
	if err != nil {
		return e, 0, err
	}
	span := (ended - began).Seconds()
	e.Watts, e.N, e.SpanS = scalar.Round((end-joules)/span, 2), jobs, scalar.Round(span, 3)
	return e, scalar.Round(rapl.Watts(), 2), nil
}

// untilStep does jobs for at least d, and then on until the energy counter moves: the counter and the time
// of that moment, and the number of jobs. A counter that stands still for a second is taken as it is.
func (t *target) untilStep(ctx context.Context, l load, d time.Duration) (joules float64, at time.Duration, jobs int, err error) {
	began, before := measure.Now(), -1.0
	for {
		if err := l.job(nil); err != nil {
			return 0, 0, 0, err
		}
		if err := ctx.Err(); err != nil {
			return 0, 0, 0, err
		}
		jobs++
		if measure.Now()-began < d {
			continue
		}
		if joules, err = t.cfg.Device.EnergyJ(); err != nil {
			return 0, 0, 0, err
		}
		at = measure.Now()
		if before >= 0 && joules != before || at-began > d+time.Second {
			return joules, at, jobs, nil
		}
		before = joules
	}
}
