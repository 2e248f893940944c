package running

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"vsim/experiments/load"
	"vsim/experiments/load/remote"
	"vsim/experiments/oip/wire"
	"vsim/profile/measure/machine"
	"vsim/sim"
	"vsim/sim/engine"
	"vsim/sim/engine/random"
)

// A server whose queue is bounded serves less in overload than its instances can: its batcher misses the end of some batches, and while
// the queue is full nothing comes in that wakes it. What comes through tells how often that is.

// Overload is what a server with a bounded queue served of more than it can.
type Overload struct {
	Model      string
	Instances  int
	OfferedRPS float64 // Poisson arrivals of single images
	ServedRPS  float64
	SpanS      float64
	Early      float64 // early_wakeups with which that is predicted
}

// tooMuch is what is offered over what full static batches show that the instances can.
const tooMuch = 1.3

// filling is how long a queue has to fill before anything counts.
const filling = time.Second

// leastRefused is the part of the requests that a full queue refuses at least: a longer queue had not filled, and tells nothing.
const leastRefused = 0.1

// overload is one such measurement.
type overload struct {
	Overload
	configs map[string]*wire.ModelConfig
	others  float64 // processors that others than client and server used
}

// overloads says that a server's queue is bounded and that its batcher is simulated with early looks.
func (s *served) overloads() bool {
	return s.steps[0] == s.name && !onGPU(s.config) && s.longestLine() > 0
}

// longestLine is how many requests may wait, 0 for any number.
func (s *served) longestLine() int {
	return int(s.config.GetDynamicBatching().GetDefaultQueuePolicy().GetMaxQueueSize())
}

// Overload measures for about d what a server with a bounded queue serves of more than it can; Round does so, too. Nothing is measured of
// other servers.
func (c *Calibrator) Overload(ctx context.Context, d time.Duration) error {
	if !c.model.overloads() {
		return nil
	}
	capacity, err := c.capacityRPS(ctx)
	if err != nil {
		return err
	}
	gap, err := random.Exponential(1e9 / (tooMuch * capacity))
	if err != nil {
		return err
	}
	asking, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	target, err := remote.New(asking, c.sender.client, remote.Options{Model: c.model.name})
	if err != nil {
		return fmt.Errorf("model %s: %s", c.model.name, reason(err))
	}
	c.tell(1, "overload")
	watch, server := machine.StartWatch(), c.sender.used()
	got, err := load.Run(ctx, target, load.Config{Classes: []load.Class{{Name: "image", Weight: 1, Images: c.sender.payload.plain}}, Source: engine.Source{Gap: gap},
		WarmUp: filling, Measure: d, Seed: uint64(len(c.overloads) + 1)})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return err
	case got.Failed > 0:
		return fmt.Errorf("a request in overload failed: %s", printable(got.FirstFailure))
	case got.Unanswered > 0:
		return fmt.Errorf("%d requests in overload were not answered", got.Unanswered)
	case got.Completed == 0:
		return errors.New("no request in overload was served")
	}
	o := overload{configs: c.model.configs, Overload: Overload{Model: c.model.name, Instances: c.sender.instances, ServedRPS: got.ThroughputRPS, SpanS: got.Span.Seconds()}}
	o.OfferedRPS = got.ThroughputRPS / (1 - got.DroppedShare())
	if got.DroppedShare() < leastRefused {
		return nil
	}
	if use, used := watch.Use(), c.sender.used()-server; use.Known && used > 0 {
		o.others = max(0, use.Others-float64(used)/float64(use.Elapsed))
	}
	c.overloads = append(c.overloads, o)
	return nil
}

// capacityRPS is what full static batches show that the instances can, images/s.
func (c *Calibrator) capacityRPS(ctx context.Context) (float64, error) {
	p := plan{Clients: 2 * c.sender.instances, Images: c.model.maxBatch()}
	var best *burst
	for _, b := range c.bursts {
		if b.plan == p && b.Instances == c.sender.instances && (best == nil || b.Others < best.Others) {
			best = b
		}
	}
	if best == nil {
		var err error
		if best, err = c.sender.run(ctx, p, filling); err != nil {
			return 0, err
		}
		c.bursts = append(c.bursts, best)
	}
	return float64(best.Images) * 1e9 / best.intervalNs(), nil
}

// overload learns early looks from what came through of overloads, with each number of instances.
func (r *Calibration) overload(all []overload) error {
	by := map[int][]overload{}
	for _, o := range all {
		by[o.Instances] = append(by[o.Instances], o)
	}
	for _, instances := range slices.Sorted(maps.Keys(by)) {
		group := by[instances]
		if good := slices.DeleteFunc(slices.Clone(group), func(o overload) bool { return o.others > mostOthers }); len(good) > 0 {
			group = good
		}
		if err := r.learnEarly(together(group), group[0].configs); err != nil {
			return err
		}
	}
	return nil
}

// together is one measurement for several, by their lengths.
func together(group []overload) (sum Overload) {
	sum.Model, sum.Instances = group[0].Model, group[0].Instances
	for _, o := range group {
		sum.OfferedRPS += o.OfferedRPS * o.SpanS
		sum.ServedRPS += o.ServedRPS * o.SpanS
		sum.SpanS += o.SpanS
	}
	sum.OfferedRPS /= sum.SpanS
	sum.ServedRPS /= sum.SpanS
	return sum
}

// Bisection for early looks.
const (
	halvings     = 7
	outOfReach   = 0.15 // beyond what any share of early looks explains
	trialEvents  = 300_000
	leastToLearn = 0.05 // part of the throughput that early looks at every end cost; below, nothing can be learned from it
	offAnyway    = 0.12 // part of the throughput that a prediction may be off by without early looks
)

// learnEarly finds the share of early looks with which a server is predicted to serve what it did.
func (r *Calibration) learnEarly(o Overload, configs map[string]*wire.ModelConfig) error {
	r.Overloads = append(r.Overloads, o)
	last := &r.Overloads[len(r.Overloads)-1]
	serves := func(early float64) (float64, error) {
		last.Early = early
		s, err := r.parsed(configs, Workload{RateRPS: o.OfferedRPS})
		if err != nil {
			return 0, err
		}
		s.Run.MaxEvents = trialEvents
		p, err := sim.Predict(context.Background(), sim.Measured(s, r.Profile()), sim.Options{NoWhatIf: true, NoPI: true})
		if err != nil {
			return 0, err
		}
		return p.ThroughputRPS.Value, nil
	}
	most, err := serves(0)
	if err != nil {
		return err
	}
	least, err := serves(1)
	if err != nil {
		return err
	}
	switch {
	case least > most*(1-leastToLearn):
		r.Overloads = r.Overloads[:len(r.Overloads)-1]
		return nil
	case o.ServedRPS > most*(1+outOfReach) || o.ServedRPS < least*(1-outOfReach):
		r.Overloads = r.Overloads[:len(r.Overloads)-1]
		r.warn("with %d instances, in overload, the server served %.1f of %.1f requests/s where %.1f to %.1f are predicted; do not trust predictions of %s with a full queue",
			o.Instances, o.ServedRPS, o.OfferedRPS, least, most, o.Model)
		return nil
	case o.ServedRPS > most*(1-offAnyway):
		last.Early = 0
		return nil
	}
	low, high := 0.0, 1.0
	for range halvings {
		served, err := serves((low + high) / 2)
		switch {
		case err != nil:
			return err
		case served > o.ServedRPS:
			low = (low + high) / 2
		default:
			high = (low + high) / 2
		}
	}
	last.Early = (low + high) / 2
	return nil
}
