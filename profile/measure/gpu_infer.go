package measure

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"slices"
	"strings"

	"vsim/model"
	"vsim/profile"
	"vsim/profile/device/gpu"
)

// instance loads a model for batches of up to maxBatch, with a lane in its stream.
func (b *Bench) instance(m ModelFile, maxBatch int) (*gpu.Instance, *lane, error) {
	i, err := b.gpu.cfg.Device.NewInstance(m.Path, GPUOptions(m.Name, maxBatch))
	if err != nil {
		return nil, nil, err
	}
	b.gpu.keep(i.Close)
	l, err := b.newLane(i.Stream)
	return i, l, err
}

// inferOnGPU is the chain of a batch through an instance, with keep spans.
func inferOnGPU(i *gpu.Instance, l *lane, batch, keep int, keys []profile.Key) *chain {
	return &chain{keys: keys, job: l.bound(func(b *burst) error {
		return l.timed(b, gpu.Infer, 0, keep, func() error { return i.Infer(batch) })
	})}
}

// addGPUInference adds the batches of each model, as far as they fit into the GPU's memory, and notes what
// memory an instance takes.
func (b *Bench) addGPUInference() error {
	sizes := slices.Sorted(slices.Values(b.gpu.cfg.Batches))
	for n, m := range b.gpu.cfg.Models {
		before, err := b.free()
		if err != nil {
			return err
		}
		i, l, err := b.instance(m, sizes[len(sizes)-1])
		if err != nil && strings.HasSuffix(m.Name, graphSuffix) && n > 0 {
			b.gpu.notes = append(b.gpu.notes, fmt.Sprintf("%s was left out: %v", m.Name, err))
			continue
		}
		if err != nil {
			return err
		}
		if n == 0 {
			b.gpu.tensor, b.gpu.classes = i.Tensor(), i.Classes()
		}
		if _, precision := model.SplitPrecision(m.Name); n == 0 || precision == model.FP32 && !strings.HasSuffix(m.Name, graphSuffix) {
			if err := b.check(m, i); err != nil {
				return err
			}
		}
		b.gpu.footprints = append(b.gpu.footprints, profile.Footprint{Resource: onGPU, Of: "tensor", Model: m.Name, SizeBytes: i.Tensor().SizeBytes()})
		for _, batch := range sizes {
			c := inferOnGPU(i, l, batch, spans, stageKeys(profile.Key{Stage: gpu.Infer, Resource: onGPU, Model: m.Name, Batch: batch}))
			if fits, err := b.tryBatch(m, batch, c); err != nil || !fits {
				if err != nil {
					return err
				}
				break
			}
			after, err := b.free()
			if err != nil {
				return err
			}
			b.gpu.footprints = append(b.gpu.footprints, profile.Footprint{Resource: onGPU, Of: "instance", Model: m.Name, Batch: batch, SizeBytes: max(1, before-after)})
			b.add(&point{name: fmt.Sprintf("infer %s batch %d", m.Name, batch), chain: c})
		}
	}
	return nil
}

// tryBatch runs a batch once. Where memory is not enough, that is noted and no error.
func (b *Bench) tryBatch(m ModelFile, batch int, c *chain) (fits bool, err error) {
	for range 3 { // the second run records a CUDA graph, the third launches it
		if err = c.job(nil); err != nil {
			break
		}
	}
	if err != nil && strings.Contains(err.Error(), "llocate memory") { // ONNX Runtime: "Failed to allocate memory for requested buffer"
		b.gpu.notes = append(b.gpu.notes, fmt.Sprintf("%s: batches of %d and more did not fit beside the other models and were left out", m.Name, batch))
		return false, nil
	}
	return err == nil, err
}

// free is the GPU's free memory in bytes.
func (b *Bench) free() (int, error) {
	free, _, err := b.gpu.cfg.Device.Context.MemoryBytes()
	return int(free), err
}

// notePicture notes what memory a decoded picture of a set takes, on average.
func (b *Bench) notePicture(set *ImageSet) error {
	total := 0
	for i, file := range set.Files {
		config, err := jpeg.DecodeConfig(bytes.NewReader(file))
		if err != nil {
			return set.fault(i, err)
		}
		total += 3 * config.Width * config.Height
	}
	b.gpu.footprints = append(b.gpu.footprints, profile.Footprint{Resource: onGPU, Of: "picture", Image: set.Name, SizeBytes: total / len(set.Files)})
	return nil
}
