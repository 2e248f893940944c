package cpu

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"vsim/profile"
	"vsim/profile/device"
	"vsim/profile/device/post"
	"vsim/profile/device/preprocess"
	"vsim/profile/device/tensor"
	"vsim/profile/device/vision"
	"vsim/profile/measure"
	"vsim/profile/measure/input"
)

const resource = "cpu" // of every stage here

// ringBytes is the least size of a ring of tensors: more than a core's own cache, so that a tensor is
// as cold as one that another worker wrote, but no more than a server has in flight at a modest load:
// its tensors are used again, and a large ring would push the model out of the shared cache.
const ringBytes = 4 << 20

// target is the CPU with its models loaded and its pictures decoded.
type target struct {
	cfg        Config
	tensor     tensor.Shape         // that the models read
	fixed      map[string]int       // the only batch, of models that have one
	answers    map[string]post.Kind // by model
	tensors    []tensor.Tensor
	footprints []profile.Footprint
	points     []*measure.Point
	closers    []func()
	instances  []*instance
	reloading  time.Duration // spent on loading instances anew
}

// Open loads the models, decodes every picture once and calls every stage, so that whatever is wrong
// with a file is said, with its name, before anything is measured.
func Open(ctx context.Context, cfg Config) (*measure.Bench, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	return measure.Open(ctx, cfg.Options, func() (measure.Target, error) { return open(ctx, cfg) })
}

func open(ctx context.Context, cfg Config) (*target, error) {
	t := &target{cfg: cfg, fixed: map[string]int{}, answers: map[string]post.Kind{}}
	for _, step := range []func() error{t.readSizes, t.fillTensors, t.weigh, t.addPreprocessing, t.addInference, t.addContention, t.addRested} {
		err := ctx.Err()
		if err == nil {
			err = step()
		}
		if err != nil {
			t.Close()
			return nil, err
		}
	}
	return t, nil
}

// Points are the stages, alone and beside each other.
func (t *target) Points() []*measure.Point { return t.points }

// Disturbed has nothing to add to the Bench's own watch on other processes.
func (t *target) Disturbed() (cause string, err error) { return "", nil }

// Finish has nothing left to measure.
func (t *target) Finish(context.Context) error { return nil }

// Alive is nil: a CPU answers.
func (t *target) Alive() error { return nil }

// LeftOut is nothing: whatever fails on a CPU ends the measurement.
func (t *target) LeftOut() []string { return nil }

// Close frees the models and the workers.
func (t *target) Close() {
	for _, c := range t.closers {
		c()
	}
	t.closers = nil
}

// Describe adds the libraries, and what the figures were measured with.
func (t *target) Describe(p *profile.Profile) {
	pr := &p.Provenance
	p.Footprints = t.footprints
	pr.Libraries = maps.Clone(t.cfg.Libraries.Version)
	pr.Notes = slices.Concat(t.cfg.Libraries.Notes, pr.Notes)
	if len(p.Contention) > 0 {
		what := fmt.Sprintf("%q images", input.Middle(t.cfg.Images).Name)
		if len(t.cfg.Models) > 0 {
			what += fmt.Sprintf(", %s at batch %d, and beside itself also in the smallest and the largest batch, with 1 thread", t.cfg.Models[0].Name, t.middleBatch(t.cfg.Models[0]))
		}
		pr.Notes = append(pr.Notes, "contention: "+what+"; every slow-down is against the same stage alone in the same visit")
	}
	if len(t.cfg.Images) > 0 {
		pr.Notes = append(pr.Notes, fmt.Sprintf("%s: into %v; a server makes the tensors of models of another type with as many look-ups in a table", device.Resize, t.tensor.Element))
	}
	for _, m := range t.cfg.Models {
		pr.Notes = append(pr.Notes, fmt.Sprintf("%s and %s of %s: of one picture, in batches of %d; postprocessing %s", device.Copy, device.Post, m.Name, t.middleBatch(m), t.answers[m.Name]))
		if n := t.fixed[m.Name]; n > 0 {
			pr.Notes = append(pr.Notes, measure.FixedBatch(m.Name, n))
		}
	}
}

// readSizes learns the input size of the models: one, since a profile has one time for resizing.
func (t *target) readSizes() error {
	t.tensor = tensor.Shape{Width: vision.Side, Height: vision.Side, Element: tensor.Float32, Layout: tensor.NCHW}
	for n, m := range t.cfg.Models {
		i, err := device.NewInstance(m.Path, 1, 1, m.Options)
		if err != nil {
			return err
		}
		own := i.Tensor()
		t.fixed[m.Name], t.answers[m.Name] = i.Model().Batch, i.Model().Postprocessing
		i.Close()
		if n > 0 && own != t.tensor {
			return fmt.Errorf("model %s reads %v but %s %v: a profile has one size and type; profile them one by one",
				m.Path, own, t.cfg.Models[0].Name, t.tensor)
		}
		t.tensor = own
		t.footprints = append(t.footprints, profile.Footprint{Resource: resource, Of: profile.TensorOf, Model: m.Name, SizeBytes: own.SizeBytes()})
	}
	return nil
}

// weigh notes how large the pictures are.
func (t *target) weigh() error {
	sizes, err := input.Footprints(t.cfg.Images, resource)
	t.footprints = append(t.footprints, sizes...)
	return err
}

// fillTensors decodes and resizes every picture once, and keeps enough tensors for inference to read.
func (t *target) fillTensors() error {
	n := max(1, (ringBytes+t.tensor.SizeBytes()-1)/t.tensor.SizeBytes())
	for range n {
		t.tensors = append(t.tensors, t.tensor.New())
	}
	filled := 0
	for s := range t.cfg.Images {
		set := &t.cfg.Images[s]
		worker, err := t.newPreprocessor()
		if err != nil {
			return err
		}
		if len(set.Files) == 0 {
			return fmt.Errorf("image set %q is empty", set.Name)
		}
		for i, file := range set.Files {
			img, err := worker.Decode(file)
			if err != nil {
				return set.Fault(i, err)
			}
			worker.Resize(img, t.tensors[filled%n])
			filled++
		}
	}
	for i := filled; i < n && filled > 0; i++ {
		copy(t.tensors[i].Bytes(), t.tensors[i%filled].Bytes())
	}
	return nil
}

// normalise is how the models read pixels.
func (t *target) normalise() preprocess.Options {
	if len(t.cfg.Models) == 0 {
		return preprocess.Options{}
	}
	return t.cfg.Models[0].Options.Normalise
}

func (t *target) newPreprocessor() (*device.Preprocessor, error) {
	p, err := t.cfg.Libraries.NewPreprocessor(t.tensor, t.normalise())
	if err == nil {
		t.closers = append(t.closers, p.Close)
	}
	return p, err
}
