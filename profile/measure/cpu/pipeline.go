package cpu

import (
	"image"

	"vsim/profile"
	"vsim/profile/device"
	"vsim/profile/device/crop"
	"vsim/profile/device/tensor"
	"vsim/profile/measure"
	"vsim/profile/measure/input"
)

// preprocess is the chain of a preprocessing worker: decode, then resize, of one picture a job. Its tensors are those that
// the models here read, float32 where there are none. A server before a GPU with a float16 model makes float16, with the
// same number of look-ups in a table (package preprocess): what differs is left out here.
func (t *target) preprocess(set *input.Images) (*measure.Chain, error) {
	s := t.sourceOf(set)
	worker, err := t.newPreprocessor(s)
	if err != nil {
		return nil, err
	}
	next, place := input.Shuffled(len(set.Files), 1), input.Shuffled(len(s.tensors), 2)
	tensors := make([]tensor.Tensor, len(s.tensors)) // written to, so not the ones that instances read
	for i := range tensors {
		tensors[i] = s.shape.New()
	}
	return &measure.Chain{
		Keys: []profile.Key{
			{Stage: device.Decode, Resource: resource, Image: set.Name},
			{Stage: device.Resize, Resource: resource, Image: set.Name},
		},
		Job: func(spans *measure.Burst) error {
			i := next()
			made := tensors[place()]
			at := measure.Now()
			img, err := worker.Decode(set.Files[i])
			if err != nil {
				return set.Fault(i, err)
			}
			at = spans.Add(0, at)
			worker.Resize(img, made)
			spans.Add(1, at)
			return nil
		},
	}, nil
}

func (t *target) newCutter() (*crop.Cutter, error) {
	cutter, err := t.cfg.Libraries.NewCutter()
	if err == nil {
		t.closers = append(t.closers, cutter.Close)
	}
	return cutter, err
}

// facesEach is how many faces are cut out of a frame one after another: the first finds the caches as decoding left them.
const facesEach = 5

// cut is the chain of what cuts faces out of frames, one face a part.
func (t *target) cut(set *input.Images) (*measure.Chain, error) {
	worker, err := t.newPreprocessor(t.sourceOf(set))
	if err != nil {
		return nil, err
	}
	cutter, err := t.newCutter()
	if err != nil {
		return nil, err
	}
	next := input.Shuffled(len(set.Files), 6)
	frames, boxes := uint64(0), make([]image.Rectangle, 0, facesEach)
	return &measure.Chain{
		Keys: []profile.Key{{Stage: device.Crop, Resource: resource, Image: set.Name}},
		Job: func(spans *measure.Burst) error {
			i := next()
			frame, err := worker.Decode(set.Files[i])
			if err != nil {
				return set.Fault(i, err)
			}
			frames++
			boxes = crop.Boxes(boxes[:0], frame.Rect, facesEach, frames)
			for _, box := range boxes {
				at := measure.Now()
				if _, err := cutter.Cut(frame, box); err != nil {
					return set.Fault(i, err)
				}
				spans.Add(0, at)
			}
			return nil
		},
	}, nil
}

// infer is the chain of an inference instance: copy a batch together, infer, postprocess. Only with
// whole are copying and postprocessing kept beside inference, since their keys have no batch size.
func (t *target) infer(m input.Model, i *instance, batch, threads int, whole bool) *measure.Chain {
	keys := []profile.Key{
		{Stage: device.Infer, Resource: resource, Model: m.Name, Batch: batch, Threads: threads},
		{Stage: device.Copy, Resource: resource, Model: m.Name},
		{Stage: device.Post, Resource: resource, Model: m.Name},
	}
	copyPart, postPart := 1, 2
	if !whole {
		keys, copyPart, postPart = keys[:1], measure.Skip, measure.Skip
	}
	tensors := t.tensorsOf(m)
	next := input.Shuffled(len(tensors), 3)
	return &measure.Chain{Keys: keys, Job: func(spans *measure.Burst) error {
		for place := range batch {
			made := tensors[next()]
			at := measure.Now()
			i.Copy(place, made)
			spans.Add(copyPart, at)
		}
		at := measure.Now()
		if err := i.Infer(batch); err != nil {
			return err
		}
		spans.Add(0, at)
		for place := range batch {
			at := measure.Now()
			i.Post(place)
			spans.Add(postPart, at)
		}
		return nil
	}}
}
