// Package measure is the profiler: which points of a machine are measured, for how long, and what is
// said about them. It times the very calls that the live server makes (package stage).
package measure

import (
	"fmt"
	"time"

	"vsim/profile/device"
	"vsim/profile/measure/machine"
)

// ModelFile is an ONNX model; Name stands in the profile.
type ModelFile struct{ Name, Path string }

// ImageSet is a kind of request: JPEG files that a point decodes one after another, in random order.
type ImageSet struct {
	Name  string // stands in the profile
	Files [][]byte
	Paths []string // of Files, for errors; nil for generated ones
}

// Config says what to measure. Zero values are replaced by the defaults named here.
type Config struct {
	Libraries *device.Libraries
	Models    []ModelFile // contention is measured with the first
	Images    []ImageSet  // contention is measured with "medium", else the first
	Batches   []int       // default 1, 2, 4, 8
	Threads   []int       // intra-op threads of inference; default 1
	Workers   int         // busy cores at most, for contention; default all
	Precision float64     // wanted half-width of the 95 % interval of a mean, relative; default 0.01
	// PointBudget ends a point that does not get so precise; default: none.
	PointBudget time.Duration
	Budget      time.Duration // of Run, for all points together; default: none
	Burst       time.Duration // of one visit to a point; default 100 ms
	Handoff     bool          // measure waking an idle worker too
	Command     string        // for the profile's provenance
	Notes       []string      // likewise
}

func (c Config) withDefaults() (Config, error) {
	switch {
	case c.Libraries == nil:
		return c, fmt.Errorf("measure: no libraries; stage.Open comes first")
	case len(c.Models) == 0 && len(c.Images) == 0:
		return c, fmt.Errorf("measure: neither a model nor an image set was named")
	}
	if len(c.Batches) == 0 {
		c.Batches = []int{1, 2, 4, 8}
	}
	if len(c.Threads) == 0 {
		c.Threads = []int{1}
	}
	if c.Workers == 0 {
		c.Workers = machine.Cores()
	}
	if c.Precision == 0 {
		c.Precision = 0.01
	}
	if c.Burst == 0 {
		c.Burst = 100 * time.Millisecond
	}
	if !(c.Precision > 0 && c.Precision < 1) {
		return c, fmt.Errorf("measure: the precision must be above 0 and below 1, not %v", c.Precision)
	}
	for _, n := range append(append([]int{c.Workers}, c.Batches...), c.Threads...) {
		if n < 1 {
			return c, fmt.Errorf("measure: %d as a batch size or a number of threads or workers: at least 1", n)
		}
	}
	return c, nil
}

// middleBatch is the batch that contention, copying and postprocessing are measured at.
func (c *Config) middleBatch() int {
	best := c.Batches[0]
	for _, b := range c.Batches {
		if b <= 4 && (b > best || best > 4) {
			best = b
		}
	}
	return best
}

// middleImages is the set that contention is measured with.
func (c *Config) middleImages() int {
	for i, set := range c.Images {
		if set.Name == "medium" {
			return i
		}
	}
	return 0
}

// neighbourCounts are 1, 2, 4, ... and all other cores.
func (c *Config) neighbourCounts() []int {
	var out []int
	for k := 1; k < c.Workers-1; k *= 2 {
		out = append(out, k)
	}
	if c.Workers > 1 {
		out = append(out, c.Workers-1)
	}
	return out
}
