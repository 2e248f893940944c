// Package cpu says which points of a CPU are measured: decoding, resizing, copying, inference and
// postprocessing, the very calls that a server's workers make (package device), alone and beside each
// other.
package cpu

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"vsim/profile/device"
	"vsim/profile/measure"
	"vsim/profile/measure/input"
	"vsim/profile/measure/machine"
)

// burst is how long a visit to a point takes by default. Half of it goes before, in which nothing is kept: after 100 ms of other work
// MobileNetV2's second inference (of 7 ms, with weights of 14 MB) took 12 to 21 % longer than those from the 36th on, those after 55 ms
// 2 to 3 %, those after 80 ms 0 to 2 % (Intel Xeon, 2 cores). A server under load is as warm as that.
const burst = 100 * time.Millisecond

// Config says what to measure. Zero values are replaced by the defaults named here.
type Config struct {
	Libraries *device.Libraries
	Models    []input.Model  // contention is measured with the first
	Images    []input.Images // contention is measured with "medium", else the first
	Batches   []int          // default 1, 2, 4, 8
	Threads   []int          // intra-op threads of inference; default 1
	Workers   int            // busy cores at most, for contention; default all
	// Skip leaves out an inference of Models x Threads x Batches that nobody needs; nil: none. Some batch of each model
	// stays with some number of threads.
	Skip func(model string, threads, batch int) bool
	measure.Options
}

// Default takes under 4 minutes with set-up, Quick under 30 seconds.
var (
	Default = input.Selection{
		Models: []string{"mobilenetv2", "resnet50", "deit-tiny"}, Images: []string{"small", "medium", "large"},
		Batches: []int{1, 2, 4, 8, 16}, Threads: []int{1}, Budget: 200 * time.Second,
	}
	Quick = input.Selection{
		Models: []string{"mobilenetv2"}, Images: []string{"small", "medium"},
		Batches: []int{1, 2, 4, 8}, Threads: []int{1}, Budget: 20 * time.Second,
	}
)

// Find makes a selection ready to be opened: files are found, read or generated into cacheDir.
func Find(ctx context.Context, s input.Selection, libraries *device.Libraries, cacheDir string) (Config, error) {
	models, err := input.FindModels(ctx, s.Models, cacheDir)
	if err != nil {
		return Config{}, err
	}
	images, notes, err := input.FindImages(ctx, s.Images, cacheDir)
	if err != nil {
		return Config{}, err
	}
	own, err := input.OwnFiles(models, images)
	if err != nil {
		return Config{}, err
	}
	return Config{
		Libraries: libraries, Models: input.WithOptions(models, s.Options), Images: images, Batches: s.Batches, Threads: s.Threads,
		Options: measure.Options{Budget: s.Budget, Notes: notes, Files: own},
	}, nil
}

func (c Config) withDefaults() (Config, error) {
	switch {
	case c.Libraries == nil:
		return c, fmt.Errorf("measure: no libraries; device.Open comes first")
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
	c.Busy = c.Workers
	c.Burst = cmp.Or(c.Burst, burst)
	c.WarmUp = cmp.Or(c.WarmUp, c.Burst/2)
	for _, n := range append(append([]int{c.Workers}, c.Batches...), c.Threads...) {
		if n < 1 {
			return c, fmt.Errorf("measure: %d as a batch size or a number of threads or workers: at least 1", n)
		}
	}
	return c, nil
}

// middleBatch is the batch that contention, copying and postprocessing are measured at.
func (t *target) middleBatch(m input.Model) int {
	batches := t.batches(m)
	best := batches[0]
	for _, b := range batches {
		if b <= 4 && (b > best || best > 4) {
			best = b
		}
	}
	return best
}

// batches are those that a model runs: the one that its file fixes, else all that were named and are not skipped.
func (t *target) batches(m input.Model) []int {
	if n := t.fixed[m.Name]; n > 0 {
		return []int{n}
	}
	if t.cfg.Skip == nil {
		return t.cfg.Batches
	}
	return slices.DeleteFunc(slices.Clone(t.cfg.Batches), func(batch int) bool {
		return !slices.ContainsFunc(t.cfg.Threads, func(threads int) bool { return t.cfg.wants(m, threads, batch) })
	})
}

// batchesAt are those of a model with a number of threads.
func (t *target) batchesAt(m input.Model, threads int) []int {
	if t.fixed[m.Name] > 0 {
		return t.batches(m)
	}
	return slices.DeleteFunc(t.batches(m), func(batch int) bool { return !t.cfg.wants(m, threads, batch) })
}

func (c *Config) wants(m input.Model, threads, batch int) bool {
	return c.Skip == nil || !c.Skip(m.Name, threads, batch)
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
