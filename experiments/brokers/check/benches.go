package check

import (
	"context"
	"slices"
	"time"

	"vsim/profile"
	"vsim/profile/device/broker/local"
	"vsim/profile/measure"
	measurebroker "vsim/profile/measure/broker"
	measurecpu "vsim/profile/measure/cpu"
	"vsim/profile/measure/input"
)

// batches of inference that are profiled: those of the consumers and, fused, of whole frames lie between them.
func (k *kit) batches() []int {
	largest := maxBatch
	if slices.Contains(k.opt.Kinds, Fused) {
		largest = max(largest, slices.Max(k.opt.Faces))
	}
	out := []int{1}
	for n := 2; n < 2*largest; n *= 2 {
		out = append(out, min(n, max(largest, n/2+1)))
	}
	return out
}

// openBenches opens the profilers: of the CPU, which is the first, and of the brokers.
func (k *kit) openBenches(ctx context.Context) error {
	onCPU := measurecpu.Config{
		Libraries: k.libraries, Models: []input.Model{k.detector, k.identifier}, Images: []input.Images{k.frames, k.faces}, Batches: k.batches(),
		Skip: func(model string, _, batch int) bool { return model == k.detector.Name && batch > 1 },
	}
	onCPU.Command, onCPU.Notes, onCPU.Burst = k.opt.Command, k.notes, k.opt.burst
	bench, err := measurecpu.Open(ctx, onCPU)
	if err != nil {
		return err
	}
	k.benches, k.measured = append(k.benches, bench), append(k.measured, nil)
	for _, server := range []string{local.Redis, local.Kafka} {
		cfg := k.brokerConfig(server)
		if len(cfg.Brokers) == 0 {
			continue
		}
		bench, err := measurebroker.Open(ctx, cfg)
		if err != nil {
			return err
		}
		k.benches, k.measured = append(k.benches, bench), append(k.measured, k.servers[cfg.Brokers[0]])
	}
	return nil
}

// brokerConfig is what is measured of the brokers of a kind of server: requests of 1 message up to the most that the pipeline's
// are of.
func (k *kit) brokerConfig(of string) measurebroker.Config {
	cfg := measurebroker.Config{Kafka: k.opt.Kafka, Redis: k.opt.Redis, Sizes: []int{k.pipeline.MessageBytes}, Running: map[string]*local.Server{}}
	cfg.Command, cfg.Burst = k.opt.Command, k.opt.burst
	for kind, s := range k.servers {
		if serverOf(kind) == of {
			cfg.Brokers = append(cfg.Brokers, kind)
			cfg.Running[of] = s.local
		}
	}
	slices.Sort(cfg.Brokers)
	if cfg.Batches = []int{1, 4, maxBatch}; of == local.Redis {
		cfg.Batches = []int{1, 5, 25, redisBatchBytes / k.pipeline.MessageBytes}
	}
	return cfg
}

// redisBatchBytes is the default of broker.Config.BatchBytes.
const redisBatchBytes = 1 << 20

// first profiles for about d, and on until every point has been visited.
func (k *kit) first(ctx context.Context, d time.Duration) error {
	if err := k.slice(ctx, d); err != nil {
		return err
	}
	for k.unmeasured() {
		if err := k.slice(ctx, time.Second); err != nil {
			return err
		}
	}
	return nil
}

// slice profiles for about d: half of it the CPU, which has most of the points and of the time of a frame.
func (k *kit) slice(ctx context.Context, d time.Duration) error {
	for i, b := range k.benches {
		part := d
		if brokers := len(k.benches) - 1; brokers > 0 {
			part = d / 2
			if i > 0 {
				part /= time.Duration(brokers)
			}
		}
		k.only(k.measured[i])
		if err := b.Slice(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

// unmeasured tells whether any point has not been visited yet.
func (k *kit) unmeasured() bool {
	return slices.ContainsFunc(k.benches, func(b *measure.Bench) bool {
		names, _ := b.Missing()
		return len(names) > 0
	})
}

// profile is what all benches have measured, in one. What two have, slow-downs of decoding say, is the first one's.
func (k *kit) profile() (*profile.Profile, error) {
	parts, all := []*profile.Profile{}, &profile.Profile{}
	for _, b := range k.benches {
		parts = append(parts, b.Profile().Without(all))
		var err error
		if all, err = profile.Merge(parts...); err != nil {
			return nil, err
		}
	}
	return all, nil
}
