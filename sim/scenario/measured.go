package scenario

import (
	"fmt"
	"slices"
	"strings"

	"vsim/profile"
)

// What a profile has is the default of what a scenario does not say: its one model, its one image set, the largest batch
// and the threads that were measured. Where it has several and not the usual one, the scenario must say which.

// choice is a key that has no default, because the profile has several values for it.
type choice struct {
	key, profile string
	have         []string
}

// usualOr gives the usual value of a key that was not written, the only one that a profile has instead, or notes a choice.
func (s *Scenario) usualOr(usual, key string, from *Measurement, have []string) string {
	switch {
	case len(have) == 1:
		return have[0]
	case len(have) > 1 && !slices.Contains(have, usual):
		s.choices = append(s.choices, choice{key, from.Name, have})
	}
	return usual
}

// sharedModel is what most machines of the catalogue have published times of.
const sharedModel = "resnet50-fp16"

// measuredModel is the default model; the profile is that of where it runs.
func (s *Scenario) measuredModel(usual string) string {
	m := s.ProfileOf(s.Pipeline.Inference)
	if m == nil || s.Pipeline.Preset == identifyPreset || s.Times != nil && s.Times.Infer != nil || s.imagesNameModels() {
		return usual
	}
	have := m.Models(s.Pipeline.Inference)
	if !slices.Contains(have, usual) && slices.Contains(have, sharedModel) {
		usual = sharedModel
	}
	return s.usualOr(usual, "pipeline.model", m, have)
}

// measuredDecoder is the default of where images are decoded: on the device of the model, unless the GPU's profile has no
// decoding and the CPU's has.
func (s *Scenario) measuredDecoder(device string) string {
	gpu, cpu := s.ProfileOf("gpu"), s.ProfileOf("cpu")
	if device != "gpu" || gpu == nil || cpu == nil || s.Times != nil && s.Times.Decode != nil {
		return device
	}
	if len(gpu.Images("gpu")) == 0 && len(cpu.Images("cpu")) > 0 {
		return "cpu"
	}
	return device
}

// imagesNameModels tells whether every image has a model, so that the pipeline's is none's.
func (s *Scenario) imagesNameModels() bool {
	images := s.Pipeline.Images
	return len(images) > 0 && !slices.ContainsFunc(images, func(im Image) bool { return im.Model == "" })
}

// measuredImage is the default size of image; the profile is that of where images are decoded.
func (s *Scenario) measuredImage(usual string) string {
	m := s.ProfileOf(s.decoder())
	if m == nil || s.Times != nil && s.Times.Decode != nil {
		return usual
	}
	return s.usualOr(usual, "pipeline.image", m, m.Images(s.decoder()))
}

// decoder is the resource on which images are decoded, "" for none.
func (s *Scenario) decoder() string {
	return map[string]string{"cpu": "cpu", "split": "cpu", "gpu": "gpu"}[s.Pipeline.Preprocessing]
}

// fillSizes gives images whose size nobody wrote and that are none of the paper's the size that a profile has.
func (s *Scenario) fillSizes() {
	for i := range s.Pipeline.Images {
		im := &s.Pipeline.Images[i]
		if _, known := paperImages[im.Size]; known {
			continue
		}
		for _, resource := range []string{s.decoder(), s.Pipeline.Inference} {
			if m := s.ProfileOf(resource); m != nil {
				im.Bytes = choose(im.Bytes > 0, im.Bytes, Bytes(m.SizeOf(profile.FileOf, im.Size)))
				im.Decoded = choose(im.Decoded > 0, im.Decoded, Bytes(m.SizeOf(profile.PictureOf, im.Size)))
			}
		}
	}
}

// fillTensor gives a model whose input nobody wrote the size that its profile has.
func (s *Scenario) fillTensor() {
	m := s.ProfileOf(s.Pipeline.Inference)
	if m == nil || s.Given("pipeline.tensor") || s.imagesNameModels() {
		return
	}
	if n := m.TensorOf(s.Pipeline.Model); n > 0 {
		s.Pipeline.Tensor = Bytes(n)
	}
}

// onlyBatch is the size of the batches that the model runs alone, 0 where it runs any.
func (s *Scenario) onlyBatch() int {
	m := s.ProfileOf(s.Pipeline.Inference)
	if m == nil || s.Pipeline.Preset == identifyPreset || s.imagesNameModels() || s.Times != nil && s.Times.Infer != nil {
		return 0
	}
	return m.OnlyBatch(s.Pipeline.Model, s.Pipeline.Inference)
}

// fillAllowed pads the batches of a model that runs one size alone to that, where nobody wrote sizes.
func (s *Scenario) fillAllowed() {
	if n := s.onlyBatch(); n > 1 && n == s.Batcher.MaxBatch && !s.Given("batcher.allowed_batch_sizes") {
		s.Batcher.Allowed = []int{n}
	}
}

// measuredThreads is the default of the threads of an inference on the CPU: the usual number where that was measured, else
// the smallest that was.
func (s *Scenario) measuredThreads(usual int) int {
	m := s.ProfileOf("cpu")
	if m == nil {
		return usual
	}
	have := m.Threads(s.Pipeline.Model)
	if len(have) == 0 || slices.Contains(have, usual) {
		return usual
	}
	return have[0]
}

// measuredBatch is the default of the largest batch: no more than the profile reaches, and the only one that the model runs.
func (s *Scenario) measuredBatch(usual int) int {
	if n := s.onlyBatch(); n > 0 && s.Batcher.Allowed == nil {
		return n
	}
	where := s.Pipeline.Inference
	m := s.ProfileOf(where)
	if m == nil || s.Scaling.AllowExtrapolation || s.Batcher.Allowed != nil || s.Pipeline.Preset == identifyPreset || s.Times != nil && s.Times.Infer != nil {
		return usual
	}
	reach := func(m *Measurement, k profile.Key) {
		if n := m.LargestBatch(k); m.Reaches(k) && n < usual {
			usual = n
		}
	}
	for i := range s.Pipeline.Images {
		im := &s.Pipeline.Images[i]
		reach(m, profile.Key{Stage: "infer", Resource: where, Model: s.modelOf(im), Threads: s.Inference.IntraOpThreads})
		if where == "gpu" && s.decoder() == "gpu" && len(s.Pipeline.Images) == 1 {
			reach(m, profile.Key{Stage: "decode", Resource: where, Image: im.Size})
			if host := s.ProfileOf("cpu"); host != nil && s.GPU.JPEGDecoders == 0 && s.hostThreads() == 1 && (s.Times == nil || s.Times.Huffman == nil) {
				reach(host, profile.Key{Stage: profile.HuffmanStage, Resource: "cpu", Image: im.Size})
			}
		}
	}
	return usual
}

// hostThreads are those of a batch's GPU preprocessing.
func (s *Scenario) hostThreads() int {
	if s.Preprocess == nil {
		return 1
	}
	return max(s.Preprocess.Threads, 1)
}

// checkChoices refuses a scenario that leaves open what its profile does not settle.
func (s *Scenario) checkChoices(d *decoder) {
	for _, c := range s.choices {
		d.faults = append(d.faults, Fault{Key: c.key, Rule: fmt.Sprintf("is not set, and profile %q has several: %s", c.profile, strings.Join(c.have, ", ")),
			Remedy: "set it", Set: c.key + "=" + c.have[0]})
	}
}
