package measure

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"vsim/profile"
)

// Chain is what one worker does for one job, part by part as the server does it: every part meets
// the caches as the part before it left them.
type Chain struct {
	Keys []profile.Key // of the parts that are kept
	Job  func(b *Burst) error

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

// run does jobs for about d, at least one. Jobs shorter than a tenth of d are warmed up for that long: the
// first ones find the caches full of another point's data.
func (c *Chain) run(ctx context.Context, d time.Duration) (Burst, error) {
	if c.typical < d/10 {
		if _, err := c.repeat(ctx, nil, d/10); err != nil {
			return nil, err
		}
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

// repeat does jobs for about d and counts them.
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

// Crew are neighbours: jobs of one stage that keep a resource busy, each with a worker of its own.
type Crew struct {
	Stage string
	Jobs  []func() error
}

// during calls measured while k neighbours run: each has done a job before it begins, and goes on
// until it has returned.
func (c *Crew) during(k int, measured func() error) error {
	var stop atomic.Bool
	var started sync.WaitGroup
	var running errgroup.Group
	for _, job := range c.Jobs[:k] {
		started.Add(1)
		running.Go(func() error {
			err := job()
			started.Done()
			for err == nil && !stop.Load() {
				err = job()
			}
			return err
		})
	}
	started.Wait()
	err := measured()
	stop.Store(true)
	if neighbours := running.Wait(); err == nil {
		err = neighbours
	}
	return err
}
