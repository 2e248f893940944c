package cpu

import (
	"image"

	"vsim/profile/device"
	"vsim/profile/measure"
	"vsim/profile/measure/input"
)

// decoders, resizers and inferrers are crews of n neighbours that do one stage only.
func (t *target) decoders(set *input.Images, n int) (*measure.Crew, error) {
	c := &measure.Crew{Stage: device.Decode}
	for w := range n {
		worker, err := t.newPreprocessor(t.sourceOf(set))
		if err != nil {
			return nil, err
		}
		next := input.Shuffled(len(set.Files), uint64(100+w))
		c.Jobs = append(c.Jobs, func() error {
			i := next()
			_, err := worker.Decode(set.Files[i])
			return set.Fault(i, err)
		})
	}
	return c, nil
}

func (t *target) resizers(set *input.Images, n int) (*measure.Crew, error) {
	c := &measure.Crew{Stage: device.Resize}
	for w := range n {
		worker, err := t.newPreprocessor(t.sourceOf(set))
		if err != nil {
			return nil, err
		}
		img, err := worker.Decode(set.Files[w%len(set.Files)])
		if err != nil {
			return nil, set.Fault(w%len(set.Files), err)
		}
		own := &image.RGBA{Pix: img.Pix, Stride: img.Stride, Rect: img.Rect}
		made := t.sourceOf(set).shape.New()
		c.Jobs = append(c.Jobs, func() error { worker.Resize(own, made); return nil })
	}
	return c, nil
}

func (t *target) inferrers(m input.Model, batch, n int) (*measure.Crew, error) {
	c, tensors := &measure.Crew{Stage: device.Infer, Batch: batch, Model: m.Name}, t.tensorsOf(m)
	for w := range n {
		i, err := t.newInstance(m, 1, batch)
		if err != nil {
			return nil, err
		}
		c.Jobs = append(c.Jobs, func() error {
			for place := range batch {
				i.Copy(place, tensors[(w+place)%len(tensors)])
			}
			return i.Infer(batch)
		})
	}
	return c, nil
}
