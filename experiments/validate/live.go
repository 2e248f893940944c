package validate

import (
	"context"
	"hash/crc32"
	"time"

	"vsim/experiments/load"
	"vsim/experiments/serve"
	"vsim/experiments/serve/setup"
	"vsim/sim/compile"
	"vsim/sim/engine"
	"vsim/sim/scenario"
)

// live runs a case's server under its load.
func (k *kit) live(ctx context.Context, c *Case, built *compile.Built, round int) (*load.Result, error) {
	s := c.Scenario
	cfg := k.server(s)
	cfg.Interrupted = ctx.Err
	server, err := serve.Start(cfg)
	if err != nil {
		return nil, err
	}
	defer server.Stop()
	l := k.load(s, built.System, c.Measure, c.seed(round))
	if s.Pipeline.Preprocessing == "none" {
		for _, class := range l.Classes {
			if err := server.Prepare(k.libraries, class.Images); err != nil {
				return nil, err
			}
		}
	}
	if onGPU(s) {
		l.Meter = load.BoardMeter(k.device)
	}
	return load.Run(ctx, load.InProcess(server), l)
}

// server is the live server of a scenario.
func (k *kit) server(s *scenario.Scenario) serve.Config {
	parts := setup.Parts{Libraries: k.libraries, Model: *k.model(s.Pipeline.Model), Device: k.device}
	if onGPU(s) {
		for _, im := range s.Pipeline.Images {
			parts.Pictures = append(parts.Pictures, k.set(im.Size).Files...)
		}
	}
	return parts.Config(s)
}

// warmUp is how long a load runs before it is measured.
func warmUp(measure time.Duration) time.Duration { return max(time.Second, measure/10) }

// loadTime is how long the load of a live run takes.
func (c *Case) loadTime() time.Duration { return warmUp(c.Measure) + c.Measure }

// seed is that of the live run of a case in a round: one of its own, so that what traffic happens to come is no luck that all cases share.
func (c *Case) seed(round int) uint64 {
	return uint64(crc32.ChecksumIEEE([]byte(c.Name)))<<8 | uint64(round+1)
}

// load is the live load of a scenario. The classes of its system are its images, in order.
func (k *kit) load(s *scenario.Scenario, sys *engine.System, measure time.Duration, seed uint64) load.Config {
	l := load.Config{Source: sys.Source, WarmUp: warmUp(measure), Measure: measure, Seed: seed}
	for i, im := range s.Pipeline.Images {
		c := &sys.Classes[i]
		l.Classes = append(l.Classes, load.Class{Name: c.Name, Weight: c.Weight, Priority: c.Priority, Images: k.set(im.Size).Files})
	}
	return l
}
