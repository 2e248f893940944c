package validate

import (
	"slices"

	"vsim/experiments/serve/setup"
	"vsim/profile/measure/input"
	"vsim/sim/scenario"
)

// kind is a question about a case's scenario.
type kind func(*scenario.Scenario) bool

// onGPU tells whether a scenario infers on the GPU.
func onGPU(s *scenario.Scenario) bool { return setup.OnGPU(s) }

// onCPU tells whether a scenario infers on the CPU.
func onCPU(s *scenario.Scenario) bool { return !onGPU(s) }

// decodesOn tells whether a scenario decodes and resizes on "cpu" or "gpu".
func decodesOn(side string) kind {
	return func(s *scenario.Scenario) bool { return s.Pipeline.Preprocessing == side }
}

// usesCPU tells whether a scenario decodes or infers on the CPU.
func usesCPU(s *scenario.Scenario) bool { return onCPU(s) || decodesOn("cpu")(s) }

// of are the scenarios of the cases of a kind.
func (m *Matrix) of(wanted kind) (out []*scenario.Scenario) {
	for _, c := range m.Cases {
		if wanted(c.Scenario) {
			out = append(out, c.Scenario)
		}
	}
	return out
}

// some tells whether any case is of a kind.
func (m *Matrix) some(wanted kind) bool { return len(m.of(wanted)) > 0 }

// batchSizes are the powers of two up to the first that is not below the largest batch of the scenarios, so that
// most of what a case uses is interpolated; nil for no scenarios.
func batchSizes(scenarios []*scenario.Scenario) (out []int) {
	largest := 0
	for _, s := range scenarios {
		largest = max(largest, s.Batcher.MaxBatch)
	}
	for n := 1; n < 2*largest; n *= 2 {
		out = append(out, n)
	}
	return out
}

// modelSizes are the batches at which the scenarios run their models: those that they allow and, for transfers, a single
// request; batchSizes of those that allow every size.
func modelSizes(scenarios []*scenario.Scenario) (out []int) {
	for _, s := range scenarios {
		sizes := s.Batcher.Allowed
		if len(sizes) == 0 {
			sizes = batchSizes([]*scenario.Scenario{s})
		}
		out = append(append(out, 1), sizes...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// modelsOf are the models that the scenarios infer with.
func (k *kit) modelsOf(scenarios []*scenario.Scenario) []input.Model {
	return slices.DeleteFunc(slices.Clone(k.models), func(m input.Model) bool {
		return !slices.ContainsFunc(scenarios, func(s *scenario.Scenario) bool { return s.Pipeline.Model == m.Name })
	})
}

// imagesOf are the image sets that the scenarios decode.
func (k *kit) imagesOf(scenarios []*scenario.Scenario) []input.Images {
	return slices.DeleteFunc(slices.Clone(k.images), func(set input.Images) bool { return len(using(scenarios, set.Name)) == 0 })
}

// using are the scenarios with an image set.
func using(scenarios []*scenario.Scenario, set string) (out []*scenario.Scenario) {
	for _, s := range scenarios {
		if slices.ContainsFunc(s.Pipeline.Images, func(im scenario.Image) bool { return im.Size == set }) {
			out = append(out, s)
		}
	}
	return out
}
