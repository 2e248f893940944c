package measure

import (
	"fmt"
	"strings"

	"vsim/profile"
	"vsim/profile/device/gpu"
)

// machines are those that Use predicts.
const (
	cpuMachine, gpuMachine = "2cpu", "8gpu"
	usualBatch             = 32 // what gpuMachine's batches grow to
)

// Use is a command that predicts with a profile, which is at path: it names what the profile has instead of what the
// machine would ask for. It is "" for a GPU's profile that lacks what every prediction needs.
func Use(p *profile.Profile, path string) string {
	words := []string{"vsim simulate", cpuMachine, "--profile", path}
	if p.Provenance.GPU == "" {
		return strings.Join(words, " ")
	}
	words[1] = gpuMachine
	infer, infers := first(p, gpu.Infer, func(k profile.Key) bool { return k.Model != "" })
	decode, decodes := first(p, gpu.Decode, func(k profile.Key) bool { return k.Image == "medium" })
	if !decodes {
		decode, decodes = first(p, gpu.Decode, func(profile.Key) bool { return true })
	}
	if _, moves := first(p, gpu.D2H, func(profile.Key) bool { return true }); !infers || !decodes || !moves {
		return ""
	}
	words = append(words, "--set pipeline.model="+infer.Model, "--set pipeline.image="+decode.Image)
	if largest := min(p.LargestBatch(infer), p.LargestBatch(decode)); largest < usualBatch {
		words = append(words, fmt.Sprintf("--set batcher.max_batch=%d", largest))
	}
	return strings.Join(words, " ")
}

// first is the key of the first figure of a stage on the GPU or its link that is wanted.
func first(p *profile.Profile, stage string, wanted func(profile.Key) bool) (profile.Key, bool) {
	for _, s := range p.Services {
		if s.Stage == stage && s.Resource != "cpu" && wanted(s.Key) {
			return s.Key, true
		}
	}
	return profile.Key{}, false
}
