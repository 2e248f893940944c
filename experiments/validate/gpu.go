package validate

import (
	"context"
	"fmt"

	"vsim/experiments/load"
	"vsim/profile"
	"vsim/profile/device/gpu"
	measuregpu "vsim/profile/measure/gpu"
	"vsim/sim/scenario"
)

// openGPU opens the GPU that the cases run on, if any does.
func (k *kit) openGPU(ctx context.Context, m *Matrix, opt Options) error {
	if !m.some(onGPU) {
		return nil
	}
	libraries, err := gpu.Find(opt.OrtLib)
	if err != nil {
		return err
	}
	d, err := gpu.Open(ctx, libraries, opt.GPU)
	if err != nil {
		return err
	}
	k.device = d
	return nil
}

// gpuConfig is all that the cases need of the GPU. Sets are decoded in batches up to the largest of those that are
// decoded on the GPU; a set that none is, is there for the contention alone.
func (k *kit) gpuConfig(m *Matrix) measuregpu.Config {
	infer, decode := m.of(onGPU), m.of(decodesOn("gpu"))
	cfg := measuregpu.Config{
		Device: k.device, Models: k.modelsOf(infer), Images: k.imagesOf(decode), Batches: modelSizes(infer),
		Decoding: map[string][]int{}, Sizes: []int{4 << 10, 1 << 20, 16 << 20}, Beside: 1, EndsOnly: true,
	}
	cfg.Burst = k.burst
	if len(cfg.Images) == 0 {
		cfg.Images = k.images[:1]
	}
	for _, set := range k.imagesOf(decode) {
		cfg.Decoding[set.Name] = batchSizes(using(decode, set.Name))
	}
	for _, s := range infer {
		cfg.Beside = max(cfg.Beside, s.Inference.Instances-1)
	}
	return cfg
}

// measuredLink gives a case's scenario the link that was measured: the time of its smallest transfer is the
// latency, the rate of its largest the bandwidth. (The scenario's own are those of another machine.)
func (c *Case) measuredLink(p *profile.Profile) error {
	smallest, largest := p.Ends(gpu.H2D)
	if smallest == nil {
		return fmt.Errorf("no transfer was profiled")
	}
	c.rules = c.rules.with("link.latency", scenario.Duration(smallest.MeanNs)).
		with("link.bandwidth", scenario.Bandwidth(1e9*float64(largest.SizeBytes)/largest.MeanNs))
	s, err := c.read()
	if err != nil {
		return err
	}
	c.Scenario = s
	return nil
}

// joules is the energy of a request in a case's live runs.
func joules(c *Case, results []*load.Result) Joules {
	out, answers := Joules{Case: c.Name}, 0.0
	for _, r := range results {
		out.GPUJ += r.Energy.GPUJ
		out.HostJ += r.Energy.HostJ
		answers += r.ThroughputRPS * r.Span.Seconds()
	}
	out.GPUJ, out.HostJ = over(out.GPUJ, answers), over(out.HostJ, answers)
	return out
}

// lostGPU tells whether the GPU no longer answers: after most errors every call in the context fails.
func (k *kit) lostGPU() bool {
	if k.device == nil {
		return false
	}
	release, err := k.device.Bind()
	if err != nil {
		return true
	}
	defer release()
	_, _, err = k.device.Context.MemoryBytes()
	return err != nil
}
