package running

import (
	"slices"
)

// alone says that a burst is static batches of one client without pauses.
func (b *burst) alone() bool { return b.Clients == 1 && b.Pause == 0 }

// bottleneck is the model that executes longest for an image.
func (b *burst) bottleneck(models []string) string {
	return slices.MaxFunc(models, func(x, y string) int { return int(b.Counted[x].executeNs() - b.Counted[y].executeNs()) })
}

// executeNs is the time of all executions.
func (c *modelCount) executeNs() (sum float64) {
	for _, p := range c.Batches {
		sum += p.InputNs + p.InferNs + p.OutputNs
	}
	return sum
}

// idleNs is how long an instance of a model was idle between two of its executions, on average.
func (b *burst) idleNs(model string) float64 {
	c := b.Counted[model]
	return max((b.intervalNs()*float64(len(b.LatencyNs))*float64(b.Instances)-c.executeNs())/float64(c.Executions), 0)
}

// inferNs is the mean inference of batches of a size, 0 without any.
func (c *modelCount) inferNs(size int) float64 {
	if p := c.Batches[size]; p != nil {
		return p.InferNs / float64(p.N)
	}
	return 0
}

// executing are the models of a burst that executed anything.
func executing(b *burst) (out []string) {
	for model, c := range b.Counted {
		if len(c.Batches) > 0 {
			out = append(out, model)
		}
	}
	slices.Sort(out)
	return out
}
