package profile

import (
	"slices"
	"strings"
)

// stages are the names of those that vsim measures or looks up by itself. A scenario may look up any other, so that a profile may have
// any.
var stages = knownStages()

func knownStages() (out []string) {
	plain := []string{"decode", "resize", "crop", "copy", "infer", "post", "handoff", "h2d", "d2h", Idle,
		HuffmanStage, ParseStage, DispatchStage, ForwardStage, LaunchStage, Produce, Deliver, Fetch, Ack}
	for _, stage := range plain {
		for _, ending := range []string{"", WallSuffix, HostSuffix, PhasedSuffix, ClientSuffix, ServerSuffix, ClientSuffix + LoadedSuffix, ServerSuffix + LoadedSuffix} {
			out = append(out, stage+ending)
		}
	}
	return out
}

// shortest is the length from which on names that differ in one letter are taken for one: "d2d" and "pack" are stages of their own.
const shortest = 5

// misspelt is the stage that a name means which differs from it in capitals, in blanks around it or, where it is no short one, in one letter;
// "" for a stage, and for any other name, which may be that of somebody's own.
func misspelt(name string) string {
	if slices.Contains(stages, name) {
		return ""
	}
	if plain := strings.ToLower(strings.TrimSpace(name)); slices.Contains(stages, plain) {
		return plain
	}
	if len(name) < shortest {
		return ""
	}
	return near(name, stages, 1)
}
