// Package setup says which live server a scenario describes, for validations and for whoever serves for real.
package setup

import (
	"vsim/experiments/serve"
	"vsim/profile/device"
	"vsim/profile/device/gpu"
	measuregpu "vsim/profile/measure/gpu"
	"vsim/profile/measure/input"
	"vsim/sim/compile"
	"vsim/sim/engine/batcher"
	"vsim/sim/scenario"
)

// AllowedSizes is the key of the sizes at which the model is run. A server that infers on the GPU and whose scenario leaves it
// out runs at FewSizes: ONNX Runtime plans convolutions anew whenever a session's batch size changes, so that servers pad.
const AllowedSizes = "batcher.allowed_batch_sizes"

// FewSizes are the powers of two below the largest batch, and the largest batch.
func FewSizes(largest int) (sizes []int) {
	for n := 1; n < largest; n *= 2 {
		sizes = append(sizes, n)
	}
	return append(sizes, largest)
}

// OnGPU tells whether a scenario infers on the GPU.
func OnGPU(s *scenario.Scenario) bool { return s.Pipeline.Inference == "gpu" }

// Parts are what a scenario only names, found and opened.
type Parts struct {
	Libraries *device.Libraries
	Model     input.Model
	Device    *gpu.Device // nil where nothing runs on a GPU
	Pictures  [][]byte    // some that clients may send, for a GPU that decodes
}

// Config is the live server of a scenario that Refusals has no fault of.
func (p *Parts) Config(s *scenario.Scenario) serve.Config {
	cfg := serve.Config{
		Libraries: p.Libraries, ModelPath: p.Model.Path, Vision: p.Model.Options,
		Instances: s.Inference.Instances, Threads: s.Inference.IntraOpThreads, Batch: Rule(s), BatchSizes: s.Batcher.Allowed,
	}
	if s.Preprocess != nil && s.Pipeline.Preprocessing == "cpu" {
		cfg.Workers = s.Preprocess.Workers
	}
	if cfg.Ready = !OnGPU(s) && s.Pipeline.Preprocessing == "none"; OnGPU(s) {
		cfg.GPU = &serve.GPU{Device: p.Device, Options: measuregpu.Options(s.Pipeline.Model, s.Batcher.MaxBatch),
			Preprocess: s.Pipeline.Preprocessing == "gpu", Ready: s.Pipeline.Preprocessing == "none", Pictures: p.Pictures}
	}
	return cfg
}

// Rule is that of the queue before the instances: what the simulator has for the same scenario.
func Rule(s *scenario.Scenario) batcher.Config {
	b := compile.Batcher(s)
	out := batcher.Config{Max: b.Max, Delay: b.Delay, Preferred: b.Preferred, Prefetch: b.Prefetch, Closed: b.Closed}
	for _, q := range b.Queues {
		out.Queues = append(out.Queues, batcher.Queue(q))
	}
	return out
}
