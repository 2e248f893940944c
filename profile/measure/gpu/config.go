// Package gpu says which points of a GPU are measured: transfers over its link, decoding, resizing and
// inference (package device/gpu), alone, in batches and beside each other, the energy that they take and
// the memory.
package gpu

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"vsim/model"
	"vsim/profile/device/gpu"
	"vsim/profile/measure"
	"vsim/profile/measure/input"
	"vsim/profile/measure/machine"
)

// Config says what to measure on a GPU.
type Config struct {
	Device  *gpu.Device
	Models  []input.Model  // contention and energy are measured with the first
	Images  []input.Images // contention and energy are measured with "medium", else the first
	Batches []int          // of inference
	// Decoding are the batches of decoding and resizing by the name of the image set: 64 large pictures take minutes
	// where 64 small ones take a second.
	Decoding map[string][]int
	Sizes    []int // of transfers, in bytes
	Beside   int   // neighbours at most, for contention
	EndsOnly bool  // instances beside others in the smallest and the largest batch only, not in a middle one
	Pageable bool  // measure transfers from and to pageable memory too
	// EnergySpan is how long the power of each load is measured after all points.
	EnergySpan      time.Duration
	measure.Options // Burst is 50 ms by default
}

// Selection is a user's words for a Config, with what the presets add.
type Selection struct {
	input.Selection
	Sizes      []int
	Beside     int
	EndsOnly   bool
	Pageable   bool
	EnergySpan time.Duration
}

// Default takes about 6 minutes with set-up, Quick about 90 seconds.
var (
	Default = Selection{
		Selection: input.Selection{
			Models: []string{"vit-base-fp16", "vit-base-tf32", "resnet50-fp16", "resnet50-fp16-graph", "resnet50-tf32", "resnet50", "tinyvit-5m-fp16"},
			Images: []string{"small", "medium", "large"}, Batches: []int{1, 2, 4, 8, 16, 32, 64, 128, 256}, Budget: 4 * time.Minute,
		},
		Sizes: transferSizes(4<<10, 64<<20, 4), Beside: 3, Pageable: true, EnergySpan: 2 * time.Second,
	}
	Quick = Selection{
		Selection: input.Selection{Models: []string{"vit-base-fp16"}, Images: []string{"small", "medium"}, Batches: []int{1, 8, 64}, Budget: 50 * time.Second},
		Sizes:     transferSizes(4<<10, 64<<20, 16), Beside: 1, EndsOnly: true, EnergySpan: time.Second,
	}
)

// transferSizes are the powers from the first size on, and the last.
func transferSizes(first, last, factor int) (out []int) {
	for n := first; n < last; n *= factor {
		out = append(out, n)
	}
	return append(out, last)
}

// Or fills what a selection leaves open from another one.
func (s Selection) Or(other Selection) Selection {
	words := s.Selection.Or(other.Selection)
	words.Threads = nil
	other.Selection = words
	return other
}

// Find makes a selection ready to be opened: files are found, read or generated into cacheDir.
func Find(ctx context.Context, s Selection, d *gpu.Device, cacheDir string) (Config, error) {
	models, err := FindModels(ctx, s.Models, cacheDir)
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
	cfg := Config{
		Device: d, Models: input.WithOptions(models, s.Options), Images: images, Batches: s.Batches, Decoding: map[string][]int{}, Sizes: s.Sizes, Beside: s.Beside, EndsOnly: s.EndsOnly,
		Pageable: s.Pageable, EnergySpan: s.EnergySpan, Options: measure.Options{Budget: s.Budget, Notes: notes, Files: own},
	}
	for i := range images {
		if err := cfg.decodeAsInferred(&images[i]); err != nil {
			return cfg, err
		}
	}
	return cfg, nil
}

// mostDecoded is what the pictures of a batch may take together, decoded, in bytes.
const mostDecoded = 1 << 30

// decodeAsInferred has a set decoded in the batches of inference, so that a server that does both can be predicted, as far
// as the pictures are not too large for that.
func (c *Config) decodeAsInferred(set *input.Images) error {
	size, err := set.DecodedBytes()
	if err != nil {
		return err
	}
	largest := mostDecoded / max(size, 1)
	for _, n := range c.Batches {
		if n <= largest {
			c.Decoding[set.Name] = append(c.Decoding[set.Name], n)
		}
	}
	if len(c.Decoding[set.Name]) < len(c.Batches) {
		c.Notes = append(c.Notes, fmt.Sprintf("%q images were decoded in batches of up to %d: more take above %s", set.Name, largest, measure.FormatBytes(mostDecoded)))
	}
	return nil
}

// graphSuffix ends the name of a model whose batches are launched as one CUDA graph.
const graphSuffix = "-graph"

// FindModels finds models whose names may end in a precision, and then in -graph: the name that stands in
// the profile.
func FindModels(ctx context.Context, names []string, cacheDir string) ([]input.Model, error) {
	var out []input.Model
	for _, name := range names {
		plain := strings.TrimSuffix(name, graphSuffix)
		files, err := input.FindModels(ctx, []string{plain}, cacheDir)
		if err != nil {
			return nil, err
		}
		m := files[0]
		if plain != name {
			m.Name += graphSuffix
			m.Launch = graphSuffix
		}
		out = append(out, m)
	}
	return out, input.Unique(out)
}

// Options are how a model of that name runs on a GPU.
func Options(name string, maxBatch int) gpu.Options {
	plain, graph := strings.CutSuffix(name, graphSuffix)
	_, precision := model.SplitPrecision(plain)
	return gpu.Options{MaxBatch: maxBatch, TF32: precision != model.FP32, Graph: graph}
}

func (c Config) withDefaults() (Config, error) {
	switch {
	case c.Device == nil:
		return c, errors.New("measure: no GPU; gpu.Open comes first")
	case len(c.Models) == 0 || len(c.Images) == 0:
		return c, errors.New("measure: a GPU is measured with at least one model and one image set")
	case len(c.Batches) == 0 || len(c.Sizes) == 0 || c.Beside < 1:
		return c, errors.New("measure: batches, transfer sizes and neighbours must be named")
	}
	all := [][]int{c.Batches, c.Sizes}
	for _, own := range c.Decoding {
		all = append(all, own)
	}
	for _, n := range slices.Concat(all...) {
		if n < 1 {
			return c, fmt.Errorf("measure: %d as a batch size or a size of a transfer: at least 1", n)
		}
	}
	if c.Burst == 0 {
		c.Burst = 50 * time.Millisecond
	}
	c.Busy, c.LeaveOut = c.Beside+1, true
	// Launching needs a core, not all of them: others may use a twentieth of the machine.
	c.OthersCores = 0.05 * float64(machine.Cores())
	return c, nil
}
