package compile

import (
	"vsim/sim/engine/batcher"
	"vsim/sim/engine/random"
)

// allowed are the sizes to which the batches of a stage are padded for a step; nil: they are not.
func (p *plan) allowed(step *plannedStep) []int {
	if step.device == nil && step.Padded(nil) || step.device != nil && step.Padded(step.device.spec) {
		return p.stage.Allowed
	}
	return nil
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
func (p *plan) sizeKey(size int) string {
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
