package probe

import (
	"context"
	"errors"
	"time"

	"vsim/profile/device/gpu"
)

// monitor asks what NVML lets one read, how long that takes, and how often the energy counter moves.
func monitor(ctx context.Context, b *bench, a *Answer) error {
	m := b.device.Monitor
	if m == nil {
		_, err := b.device.EnergyJ()
		a.note("there is no NVML: %v", err)
		return nil
	}
	for _, q := range []struct {
		name string
		ask  func() (float64, string, error)
	}{
		{"clock", func() (float64, string, error) {
			s, unread := m.State()
			return float64(s.ClockMHz), "MHz", errors.Join(unread...)
		}},
		{"power", func() (float64, string, error) { w, err := m.PowerWatts(); return w, "W", err }},
		{"energy", func() (float64, string, error) { j, err := m.EnergyJ(); return j, "J", err }},
		{"PCIe generation", func() (float64, string, error) { g, _, err := m.PCIe(); return float64(g), "", err }},
	} {
		began := time.Now()
		value, unit, err := q.ask()
		took := time.Since(began)
		if err != nil {
			a.note("%s: %v", q.name, err)
			continue
		}
		a.figure(value, unit, "%s", q.name)
		a.span(took, "%s, to read", q.name)
	}
	return energySteps(ctx, b, a)
}

// energySteps counts how often the energy counter moves in half a second.
func energySteps(ctx context.Context, b *bench, a *Answer) error {
	const span = 500 * time.Millisecond
	last, err := b.device.Monitor.EnergyJ()
	if err != nil {
		return nil // noted above
	}
	steps := 0
	for began := time.Now(); time.Since(began) < span && ctx.Err() == nil; time.Sleep(time.Millisecond) {
		now, err := b.device.Monitor.EnergyJ()
		if err != nil {
			return err
		}
		if now != last {
			steps, last = steps+1, now
		}
	}
	a.figure(float64(steps)/span.Seconds(), "1/s", "steps of the energy counter")
	return nil
}

// clock compares the first bursts of work after a rest with those a second later.
func clock(ctx context.Context, b *bench, a *Answer) error {
	i, _, err := b.instance(ctx, b.models[0], gpu.Options{MaxBatch: 8})
	if err != nil {
		return err
	}
	defer i.Close()
	if _, _, err := steady(i, 8); err != nil {
		return err
	}
	time.Sleep(time.Second)
	b.noteClock(a, "after a second's rest")
	first, err := repeat(runs, func(int) (time.Duration, error) { return run(i, 8) })
	if err != nil {
		return err
	}
	for began := time.Now(); time.Since(began) < time.Second && ctx.Err() == nil; {
		if _, err := run(i, 8); err != nil {
			return err
		}
	}
	b.noteClock(a, "after a second's work")
	later, err := repeat(runs, func(int) (time.Duration, error) { return run(i, 8) })
	if err != nil {
		return err
	}
	a.span(middle(first), "%s batch 8, after a second's rest", b.models[0])
	a.span(middle(later), "%s batch 8, after a second's work", b.models[0])
	return nil
}

func (b *bench) noteClock(a *Answer, when string) {
	if b.device.Monitor == nil {
		return
	}
	if s, _ := b.device.Monitor.State(); s.ClockMHz > 0 {
		a.figure(float64(s.ClockMHz), "MHz", "clock %s", when)
	}
}
