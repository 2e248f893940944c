package live

import (
	"context"
	"time"

	"vsim/experiments/load"
)

// Shown is what a live run showed.
type Shown struct {
	*load.Result
	Losses      Losses
	Messages    Messages
	OwnCores    float64 // that this process used while the load was measured, its clients of the broker included
	BrokerCores float64 // that the broker used; 0 where it is not known
	OtherCores  float64 // that other processes used meanwhile, where whoever ran it says so
}

// CPUTime is the CPU time that a process has used so far, in ns.
type CPUTime func() (int64, error)

// Beside is what goes on beside a load; each may be nil.
type Beside struct {
	Own, Broker CPUTime
	Began       func() // is called once the load begins
}

// Run starts a pipeline, puts a load on it and stops it.
func Run(ctx context.Context, cfg Config, l load.Config, b Beside) (*Shown, error) {
	p, err := Start(ctx, cfg)
	if err != nil {
		return nil, err
	}
	used := &meter{Beside: b}
	l.Meter = used.measure
	result, err := load.Run(ctx, p, l)
	shown := &Shown{Result: result, Losses: p.Losses(), Messages: p.Messages(), OwnCores: used.ownCores, BrokerCores: used.serverCores}
	if stopped := p.Stop(); err == nil {
		err = stopped
	}
	if err != nil {
		return nil, err
	}
	return shown, nil
}

// meter reads CPU times at the ends of the time that a load is measured.
type meter struct {
	Beside
	ownCores, serverCores float64
}

func (m *meter) measure(ctx context.Context, from, to time.Time) (load.Energy, error) {
	if m.Began != nil {
		m.Began()
	}
	if !sleepUntil(ctx, from) {
		return load.Energy{}, nil
	}
	own, server := since(m.Own), since(m.Broker)
	if sleepUntil(ctx, to) {
		m.ownCores, m.serverCores = own(), server()
	}
	return load.Energy{}, nil
}

// since gives the cores that a process has used since, on average; 0 where its CPU time cannot be read.
func since(read CPUTime) func() float64 {
	if read == nil {
		return func() float64 { return 0 }
	}
	before, err := read()
	began := time.Now()
	return func() float64 {
		after, errAfter := read()
		if err != nil || errAfter != nil {
			return 0
		}
		return float64(after-before) / float64(time.Since(began))
	}
}

func sleepUntil(ctx context.Context, at time.Time) bool {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// Part is the mean time of a part of a frame's way by its name, seconds.
func (s *Shown) Part(name string) float64 {
	for _, stage := range s.Stages {
		if stage.Name == name {
			return stage.MeanS
		}
	}
	return 0
}
