package check

import (
	"fmt"
	"hash/crc32"
	"slices"
	"strings"

	"vsim/profile"
	"vsim/sim/scenario"
)

// Fused is the pipeline without a broker.
const Fused = "fused"

// Kinds are what can stand between the two models, in the order in which they run.
var Kinds = []string{profile.KafkaAll, profile.KafkaOne, profile.RedisList, profile.RedisStream, Fused}

// Case is one configuration to predict and to run.
type Case struct {
	Name     string
	Kind     string // of Kinds
	Faces    int    // of a frame
	Clients  int    // of the closed loop
	Scenario *scenario.Scenario
}

// full is how many clients keep the pipeline full: beside one frame with each worker, some wait.
const full = 8

// cases are those of some kinds and numbers of faces, each with one client and full.
func cases(kinds []string, faces []int) (out []*Case) {
	for _, n := range faces {
		for _, kind := range kinds {
			for _, clients := range []int{1, full} {
				load := "one client"
				if clients > 1 {
					load = "full"
				}
				out = append(out, &Case{Name: fmt.Sprintf("%s, %s, %s", kind, plural(n, "face"), load), Kind: kind, Faces: n, Clients: clients})
			}
		}
	}
	return out
}

func plural(n int, what string) string {
	if n == 1 {
		return fmt.Sprintf("1 %s", what)
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// band is the load of a case.
func (c *Case) band() profile.Band {
	if c.Clients == 1 {
		return profile.ZeroLoad
	}
	return profile.Saturated
}

// seed is that of the live run of a case in a round.
func (c *Case) seed(round int) uint64 {
	return uint64(crc32.ChecksumIEEE([]byte(c.Name)))<<8 | uint64(round+1)
}

// slug is the case's name as one of a file.
func (c *Case) slug() string { return strings.NewReplacer(", ", "-", " ", "-").Replace(c.Name) }

// KindsOf gives the kinds of a list of names as a user writes them: those of Kinds, and kafka for the safer of its two.
func KindsOf(names []string) (out []string, err error) {
	for _, name := range names {
		kind := strings.TrimSpace(name)
		if kind == "kafka" {
			kind = profile.KafkaAll
		}
		if !slices.Contains(Kinds, kind) {
			return nil, fmt.Errorf("%q stands between no models; there are kafka (kafka-all), %s", name, strings.Join(Kinds, ", "))
		}
		if !slices.Contains(out, kind) {
			out = append(out, kind)
		}
	}
	return out, nil
}
