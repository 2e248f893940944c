package check

import (
	"context"
	"os"
	"time"

	"vsim/experiments/brokers/live"
	"vsim/experiments/load"
	"vsim/profile/device/process"
	"vsim/profile/measure/machine"
	"vsim/sim/engine"
	"vsim/sim/engine/random"
)

// live runs a case live; with an outage, its broker fails meanwhile.
func (k *kit) live(ctx context.Context, c *Case, round int, measure time.Duration, o *outage) (*live.Shown, error) {
	if err := machine.QuietMonitor(); err != nil {
		return nil, err
	}
	counter, err := random.NewCounter([]int{c.Faces}, []float64{1})
	if err != nil {
		return nil, err
	}
	k.only(k.servers[c.Kind])
	cfg := live.Config{
		Libraries: k.libraries, Detector: live.Model{Path: k.detector.Path, Options: k.detector.Options},
		Identifier: live.Model{Path: k.identifier.Path, Options: k.identifier.Options},
		Detectors:  detectors, Identifiers: identifiers, MaxBatch: maxBatch, Faces: counter, Seed: faceSeed,
	}
	beside := live.Beside{Own: func() (int64, error) { return process.CPUTime(os.Getpid()) }}
	if c.Kind != Fused {
		topic, err := k.topic(ctx, c.Kind)
		if err != nil {
			return nil, err
		}
		defer k.remove(topic)
		cfg.Link, beside.Broker = topic, k.servers[c.Kind].cpuTime()
	}
	if o != nil {
		cfg.Patience, beside.Broker = o.patience, nil // another process after the outage
		beside.Began = func() { o.begin(ctx, k.servers[c.Kind].local) }
		defer o.end()
	}
	watch, servers := machine.StartWatch(), k.serverTime()
	shown, err := live.Run(ctx, cfg, load.Config{
		Classes: []load.Class{{Name: frameSet, Weight: 1, Images: k.frames.Files}}, Source: engine.Source{Clients: c.Clients},
		WarmUp: warmUp(measure), Measure: measure, Seed: c.seed(round),
	}, beside)
	if err != nil {
		return nil, err
	}
	if use := watch.Use(); use.Known && o == nil {
		shown.OtherCores = max(0, use.Others-float64(k.serverTime()-servers)/float64(use.Elapsed))
	}
	return shown, nil
}

// warmUp is how long a load runs before it is measured.
func warmUp(measure time.Duration) time.Duration { return max(time.Second, measure/10) }
