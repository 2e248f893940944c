package validate

import (
	"context"
	"fmt"
	"slices"

	"vsim/experiments/load"
	"vsim/experiments/serve"
	"vsim/profile"
	"vsim/profile/device/gpu"
	"vsim/profile/measure"
	measuregpu "vsim/profile/measure/gpu"
	"vsim/sim/scenario"
)

// onGPU tells whether a scenario infers on the GPU.
func onGPU(s *scenario.Scenario) bool { return s.Pipeline.Inference == "gpu" }

// allowedSizes is the key of the sizes at which the model is run. A case that infers on the GPU and leaves it out gets
// fewSizes: ONNX Runtime plans convolutions anew whenever a session's batch size changes, so that servers pad.
const allowedSizes = "batcher.allowed_batch_sizes"

// fewSizes are the powers of two below the largest batch, and the largest batch.
func fewSizes(largest int) (sizes []int) {
	for n := 1; n < largest; n *= 2 {
		sizes = append(sizes, n)
	}
	return append(sizes, largest)
}

// some tells whether any case is of a kind.
func (m *Matrix) some(kind func(*scenario.Scenario) bool) bool {
	return slices.ContainsFunc(m.Cases, func(c *Case) bool { return kind(c.Scenario) })
}

// openGPU opens the GPU that the cases run on, if any does.
func (k *kit) openGPU(ctx context.Context, m *Matrix, opt Options) error {
	if !m.some(onGPU) {
		return nil
	}
	libraries, err := gpu.Find(opt.OrtLib)
	if err != nil {
		return err
	}
	k.device, err = gpu.Open(ctx, libraries, opt.GPU)
	return err
}

// gpuBench opens the profiler of the GPU on all that the cases need.
func (k *kit) gpuBench(ctx context.Context, m *Matrix, batches []int) (*measure.Bench, error) {
	instances := 2
	for _, c := range m.Cases {
		instances = max(instances, c.Scenario.Inference.Instances)
	}
	return measuregpu.Open(ctx, measuregpu.Config{
		Device: k.device, Models: k.models, Images: k.images, Batches: batches,
		Decoding: []int{1, 8}, Sizes: []int{4 << 10, 1 << 20, 16 << 20}, Beside: instances - 1,
	})
}

// gpuServer is the part of the live server that runs on the GPU.
func (k *kit) gpuServer(s *scenario.Scenario) *serve.GPU {
	return &serve.GPU{Device: k.device, Options: measuregpu.Options(s.Pipeline.Model, s.Batcher.MaxBatch), Preprocess: s.Pipeline.Preprocessing == "gpu", Ready: s.Pipeline.Preprocessing == "none"}
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
