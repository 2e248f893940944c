package compile

import (
	"fmt"

	"vsim/sim/engine/batcher"
	"vsim/sim/engine/random"
)

// allowed are the sizes to which the batches of a stage are padded for a step; nil: they are not.
func (p *plan) allowed(step *plannedStep) []int {
	if fused := step.Fused(); fused != nil {
		p = &plan{stage: fused}
	}
	if step.device == nil && step.Padded(nil) || step.device != nil && step.Padded(step.device.spec) {
		return p.stage.Allowed
	}
	return nil
}

// sizesOf are the sizes at which the batches of a step of 1, 2, ... images are run. Those of a fused one are of copies.
func (b *builder) sizesOf(p *plan, step *plannedStep) []int {
	if copies := b.fan(step); copies != nil {
		fused := plan{stage: step.Fused()}
		return fused.sizes(p.allowed(step))[:min(fused.stage.MaxBatch, max(copies.Max(), 1)*max(p.stage.MaxBatch, p.items))]
	}
	return p.sizes(p.allowed(step))
}

// fan draws the copies of an image that a fused step works on, which are those of all steps of its stage; nil: it is none.
func (b *builder) fan(step *plannedStep) *random.Counter {
	fused := step.Fused()
	if fused == nil {
		return nil
	}
	if b.fans[fused] == nil {
		b.fans[fused] = b.count("stage", fused.Copies)
	}
	return b.fans[fused]
}

// sizes are those at which a stage's batches of 1, 2, ... items are run, up to max_batch and the largest request.
func (p *plan) sizes(allowed []int) []int {
	out := make([]int, max(p.stage.MaxBatch, p.items))
	for i := range out {
		out[i] = batcher.Padded(allowed, i+1)
	}
	return out
}

// sizeKey is the key that makes batches of a stage so large.
func (p *plan) sizeKey(step *plannedStep, size int) string {
	if fused := step.Fused(); fused != nil {
		index, _ := fused.Origin(0)
		return fmt.Sprintf("stage.%d.max_batch", index)
	}
	if size > p.stage.MaxBatch {
		return "workload.items"
	}
	return p.stage.Blame(p.key + ".max_batch")
}

// atEach makes a sampler for every size, once where several batches are run at one size. A size without a sampler
// is a fault, and ends it: the sizes after it have none.
func atEach(sizes []int, sampler func(size int) *random.Sampler) []*random.Sampler {
	out := make([]*random.Sampler, len(sizes))
	for i, size := range sizes {
		if i > 0 && size == sizes[i-1] {
			out[i] = out[i-1]
		} else if out[i] = sampler(size); out[i] == nil {
			break
		}
	}
	return out
}
