package measure

import (
	"context"
	"time"

	"vsim/profile"
)

// Chain is what one worker does for one job, part by part as the server does it: every part meets
// the caches as the part before it left them.
type Chain struct {
	Keys []profile.Key // of the parts that are kept
	Job  func(b *Burst) error
	// Means are the parts of which each span is the mean of many jobs: their own distribution is not told.
	Means []int

	typical time.Duration // of a job, once known
}

// Burst holds the spans of one run of jobs by part, in ns. A nil Burst keeps nothing.
type Burst [][]float64

// Skip is the part number of a span that is not kept.
const Skip = -1

// Add keeps the span since from, a reading of Now, for a part and gives the time now.
func (b *Burst) Add(part int, from time.Duration) time.Duration {
	t := Now()
	b.Keep(part, float64(t-from))
	return t
}

// Keep keeps a span, in ns, for a part.
func (b *Burst) Keep(part int, ns float64) {
	if b != nil && part != Skip {
		(*b)[part] = append((*b)[part], ns)
	}
}

// maxBurstSamples ends a burst of short jobs early: more would say nothing new.
const maxBurstSamples = 2000

// run does jobs for about d, at least one, after one that is not kept: it may make what is made anew after another point's
// work, such as ONNX Runtime's plan of a convolution for another batch size. Jobs shorter than warmUp are done for that long
// before any is kept: the first ones find the caches full of another point's data.
func (c *Chain) run(ctx context.Context, warmUp, d time.Duration) (Burst, error) {
	if c.typical >= warmUp {
		warmUp = 0 // one job
	}
	if _, err := c.repeat(ctx, nil, warmUp); err != nil {
		return nil, err
	}
	b := make(Burst, len(c.Keys))
	for i := range b {
		b[i] = make([]float64, 0, maxBurstSamples/8) // so that few jobs wait for memory
	}
	began := Now()
	n, err := c.repeat(ctx, &b, d)
	if err != nil {
		return nil, err
	}
	c.typical = (Now() - began) / time.Duration(n)
	return b, nil
}

// repeat does jobs for about d, at least one, and counts them.
func (c *Chain) repeat(ctx context.Context, b *Burst, d time.Duration) (n int, err error) {
	for end := Now() + d; ; {
		if err := c.Job(b); err != nil {
			return n, err
		}
		if err := ctx.Err(); err != nil {
			return n, err
		}
		if n++; Now() >= end || n == maxBurstSamples {
			return n, nil
		}
	}
}
