package cpu

import (
	"fmt"
	"slices"

	"vsim/profile"
	"vsim/profile/device"
	"vsim/profile/device/preprocess"
	"vsim/profile/device/tensor"
	"vsim/profile/device/vision"
	"vsim/profile/measure/input"
)

// source is what some of the models read: tensors of one shape, made of some of the sets.
type source struct {
	shape     tensor.Shape
	normalise preprocess.Options
	tensors   []tensor.Tensor
	model     string // that reads them, for errors; "" for none
}

// sourceOf is what pictures of a set become.
func (t *target) sourceOf(set *input.Images) *source {
	if set.Name == input.Crop {
		return t.crops
	}
	return t.frames
}

// sourceFor is what the model at a place of Models reads: with a set of crops the first reads frames and the others crops, as
// a detector and what identifies its faces do.
func (t *target) sourceFor(model int) *source {
	if model == 0 {
		return t.frames
	}
	return t.crops
}

// tensorsOf are what a model reads.
func (t *target) tensorsOf(m input.Model) []tensor.Tensor {
	return t.sourceFor(slices.IndexFunc(t.cfg.Models, func(other input.Model) bool { return other.Name == m.Name })).tensors
}

// sources are those that there are.
func (t *target) sources() []*source {
	if t.crops == t.frames {
		return []*source{t.frames}
	}
	return []*source{t.frames, t.crops}
}

// cropSet is the set of crops; nil where none is measured.
func (t *target) cropSet() *input.Images {
	for i := range t.cfg.Images {
		if t.cfg.Images[i].Name == input.Crop {
			return &t.cfg.Images[i]
		}
	}
	return nil
}

// readSizes learns what the models read: a profile has one time for resizing the pictures of a set, so that those which read
// the same set agree.
func (t *target) readSizes() error {
	t.frames = newSource()
	t.crops = t.frames
	if len(t.cfg.Models) > 1 && t.cropSet() != nil {
		t.crops = newSource()
	}
	for n, m := range t.cfg.Models {
		i, err := device.NewInstance(m.Path, 1, 1, m.Options)
		if err != nil {
			return err
		}
		own := i.Tensor()
		t.fixed[m.Name], t.answers[m.Name] = i.Model().Batch, i.Model().Postprocessing
		i.Close()
		s := t.sourceFor(n)
		if s.model != "" && own != s.shape {
			return fmt.Errorf("model %s reads %v but %s %v: a profile has one size and type for the same pictures; profile them one by one, "+
				"or a detector and what identifies its faces with --images medium,%s", m.Path, own, s.model, s.shape, input.Crop)
		}
		s.model, s.shape, s.normalise = m.Name, own, m.Options.Normalise
		t.footprints = append(t.footprints, profile.Footprint{Resource: resource, Of: profile.TensorOf, Model: m.Name, SizeBytes: own.SizeBytes()})
	}
	return nil
}

func newSource() *source {
	return &source{shape: tensor.Shape{Width: vision.Side, Height: vision.Side, Element: tensor.Float32, Layout: tensor.NCHW}}
}

// describeResizing says for readers of the profile what pictures become.
func (t *target) describeResizing() string {
	text := fmt.Sprintf("%s: into %v", device.Resize, t.frames.shape.Element)
	if t.crops != t.frames {
		text = fmt.Sprintf("%s: %q images into %v, others into %v", device.Resize, input.Crop, t.crops.shape, t.frames.shape)
	}
	return text + "; a server makes the tensors of models of another type with as many look-ups in a table"
}
