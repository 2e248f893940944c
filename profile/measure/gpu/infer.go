package gpu

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"vsim/model"
	"vsim/profile"
	"vsim/profile/device/gpu"
	"vsim/profile/device/vision"
	"vsim/profile/measure"
	"vsim/profile/measure/input"
)

// instance loads a model for batches of up to maxBatch, with a lane in its stream.
func (t *target) instance(m input.Model, maxBatch int) (*gpu.Instance, *lane, error) {
	i, err := t.cfg.Device.NewInstance(m.Path, with(Options(m.Name, maxBatch), m.Options))
	if err != nil {
		return nil, nil, err
	}
	t.keep(i.Close)
	l, err := t.newLane(i.Stream)
	return i, l, err
}

// with adds what the model's file does not say.
func with(o gpu.Options, v vision.Options) gpu.Options {
	o.Vision = v
	return o
}

// inferOnGPU is the chain of a batch through an instance, with keep spans.
func inferOnGPU(i *gpu.Instance, l *lane, batch, keep int, keys []profile.Key) *measure.Chain {
	return &measure.Chain{Keys: keys, Job: l.bound(func(b *measure.Burst) error {
		return l.timed(b, gpu.Infer, 0, keep, func() error { return i.Infer(batch) })
	})}
}

// addInference adds the batches of each model. A model that fails is left out.
func (t *target) addInference(ctx context.Context) error {
	for _, m := range t.cfg.Models {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := t.addModel(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// addModel adds the batches of a model, as far as they fit into the GPU's memory, and the host's part; it notes what memory an
// instance takes.
func (t *target) addModel(ctx context.Context, m input.Model) error {
	sizes := slices.Sorted(slices.Values(t.cfg.Batches))
	before, err := t.free()
	if err != nil {
		return err
	}
	i, l, err := t.instance(m, sizes[len(sizes)-1])
	if err != nil {
		t.leave(m.Name, err)
		return nil
	}
	first := t.model == nil
	if first {
		t.model, t.tensor, t.normalise, t.outputs = &m, i.Tensor(), i.Model().Normalise, i.OutputBytes
	}
	if _, precision := model.SplitPrecision(m.Name); first || precision == model.FP32 && !strings.HasSuffix(m.Name, graphSuffix) {
		if err := t.check(m, i); err != nil {
			return err
		}
	}
	t.footprints = append(t.footprints, profile.Footprint{Resource: onGPU, Of: profile.TensorOf, Model: m.Name, SizeBytes: i.Tensor().SizeBytes()})
	if n := i.Model().Batch; n > 0 {
		t.notes = append(t.notes, measure.FixedBatch(m.Name, n))
		sizes = []int{n}
	}
	tried := 0 // the batch at which the host's part is measured
	for _, batch := range sizes {
		if err := ctx.Err(); err != nil {
			return err
		}
		c := inferOnGPU(i, l, batch, spans, stageKeys(profile.Key{Stage: gpu.Infer, Resource: onGPU, Model: m.Name, Batch: batch}))
		if !t.tryBatch(m, batch, c) {
			break
		}
		after, err := t.free()
		if err != nil {
			return err
		}
		t.footprints = append(t.footprints, profile.Footprint{Resource: onGPU, Of: "instance", Model: m.Name, Batch: batch, SizeBytes: max(1, before-after)})
		t.add(&measure.Point{Name: inferName(m, batch), Chain: c, Doubts: t.doubts[m.Name], OnlyBatch: i.Model().Batch > 0})
		if _, middle := t.middle(); tried == 0 || batch <= middle {
			tried = batch
		}
	}
	if tried == 0 {
		return nil
	}
	return t.addHost(m, i, l, tried)
}

func inferName(m input.Model, batch int) string {
	return fmt.Sprintf("infer %s batch %d", m.Name, batch)
}

// tryBatch runs a batch once. Where memory is not enough, that is noted; another failure leaves the batch and larger ones
// out.
func (t *target) tryBatch(m input.Model, batch int, c *measure.Chain) (runs bool) {
	err := c.Job(nil)
	switch {
	case err == nil:
		return true
	case strings.Contains(err.Error(), "llocate memory"): // ONNX Runtime: "Failed to allocate memory for requested buffer"
		t.notes = append(t.notes, fmt.Sprintf("%s: batches of %d and more did not fit beside the other models and were left out", m.Name, batch))
	default:
		t.leave(inferName(m, batch)+" and more", err)
	}
	return false
}

// free is the GPU's free memory in bytes.
func (t *target) free() (int, error) {
	free, _, err := t.cfg.Device.Context.MemoryBytes()
	return int(free), err
}

// addPictures notes how large the files and decoded pictures of each set are. A file that is no picture is an error.
func (t *target) addPictures(context.Context) error {
	sizes, err := input.Footprints(t.cfg.Images, onGPU)
	t.footprints = append(t.footprints, sizes...)
	return err
}
