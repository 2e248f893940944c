package gpu

import (
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
	"slices"
	"strings"

	"vsim/model"
	"vsim/profile"
	"vsim/profile/device/gpu"
	"vsim/profile/measure"
	"vsim/profile/measure/input"
)

// instance loads a model for batches of up to maxBatch, with a lane in its stream.
func (t *target) instance(m input.Model, maxBatch int) (*gpu.Instance, *lane, error) {
	i, err := t.cfg.Device.NewInstance(m.Path, Options(m.Name, maxBatch))
	if err != nil {
		return nil, nil, err
	}
	t.keep(i.Close)
	l, err := t.newLane(i.Stream)
	return i, l, err
}

// inferOnGPU is the chain of a batch through an instance, with keep spans.
func inferOnGPU(i *gpu.Instance, l *lane, batch, keep int, keys []profile.Key) *measure.Chain {
	return &measure.Chain{Keys: keys, Job: l.bound(func(b *measure.Burst) error {
		return l.timed(b, gpu.Infer, 0, keep, func() error { return i.Infer(batch) })
	})}
}

// addInference adds the batches of each model, as far as they fit into the GPU's memory, and notes what
// memory an instance takes.
func (t *target) addInference(ctx context.Context) error {
	sizes := slices.Sorted(slices.Values(t.cfg.Batches))
	for n, m := range t.cfg.Models {
		if err := ctx.Err(); err != nil {
			return err
		}
		before, err := t.free()
		if err != nil {
			return err
		}
		i, l, err := t.instance(m, sizes[len(sizes)-1])
		if err != nil && strings.HasSuffix(m.Name, graphSuffix) && n > 0 {
			t.notes = append(t.notes, fmt.Sprintf("%s was left out: %v", m.Name, err))
			continue
		}
		if err != nil {
			return err
		}
		if n == 0 {
			t.tensor, t.classes = i.Tensor(), i.Classes()
		}
		if _, precision := model.SplitPrecision(m.Name); n == 0 || precision == model.FP32 && !strings.HasSuffix(m.Name, graphSuffix) {
			if err := t.check(m, i); err != nil {
				return err
			}
		}
		t.footprints = append(t.footprints, profile.Footprint{Resource: onGPU, Of: "tensor", Model: m.Name, SizeBytes: i.Tensor().SizeBytes()})
		for _, batch := range sizes {
			if err := ctx.Err(); err != nil {
				return err
			}
			c := inferOnGPU(i, l, batch, spans, stageKeys(profile.Key{Stage: gpu.Infer, Resource: onGPU, Model: m.Name, Batch: batch}))
			if fits, err := t.tryBatch(m, batch, c); err != nil || !fits {
				if err != nil {
					return err
				}
				break
			}
			after, err := t.free()
			if err != nil {
				return err
			}
			t.footprints = append(t.footprints, profile.Footprint{Resource: onGPU, Of: "instance", Model: m.Name, Batch: batch, SizeBytes: max(1, before-after)})
			t.add(&measure.Point{Name: fmt.Sprintf("infer %s batch %d", m.Name, batch), Chain: c})
		}
	}
	return nil
}

// tryBatch runs a batch once. Where memory is not enough, that is noted and no error.
func (t *target) tryBatch(m input.Model, batch int, c *measure.Chain) (fits bool, err error) {
	for range 3 { // the second run records a CUDA graph, the third launches it
		if err = c.Job(nil); err != nil {
			break
		}
	}
	if err != nil && strings.Contains(err.Error(), "llocate memory") { // ONNX Runtime: "Failed to allocate memory for requested buffer"
		t.notes = append(t.notes, fmt.Sprintf("%s: batches of %d and more did not fit beside the other models and were left out", m.Name, batch))
		return false, nil
	}
	return err == nil, err
}

// free is the GPU's free memory in bytes.
func (t *target) free() (int, error) {
	free, _, err := t.cfg.Device.Context.MemoryBytes()
	return int(free), err
}

// notePicture notes what memory a decoded picture of a set takes, on average.
func (t *target) notePicture(set *input.Images) error {
	total := 0
	for i, file := range set.Files {
		config, err := jpeg.DecodeConfig(bytes.NewReader(file))
		if err != nil {
			return set.Fault(i, err)
		}
		total += 3 * config.Width * config.Height
	}
	t.footprints = append(t.footprints, profile.Footprint{Resource: onGPU, Of: "picture", Image: set.Name, SizeBytes: total / len(set.Files)})
	return nil
}
