package measure

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"vsim/profile"
)

// chain is what one worker does for one job, part by part as the server does it: every part meets
// the caches as the part before it left them.
type chain struct {
	keys    []profile.Key // of the parts that are kept
	job     func(b *burst) error
	typical time.Duration // of a job, once known
}

// burst holds the spans of one run of jobs by part, in ns.
type burst [][]float64

// skip is the part number of a span that is not kept.
const skip = -1

// add keeps the span since from for a part and gives the time now. A nil burst keeps nothing.
func (b *burst) add(part int, from time.Duration) time.Duration {
	t := now()
	if b != nil && part != skip {
		(*b)[part] = append((*b)[part], float64(t-from))
	}
	return t
}

// maxBurstSamples ends a burst of short jobs early: more would say nothing new.
const maxBurstSamples = 2000

// run does jobs for about d, at least one, after a warm-up of a tenth of d for jobs that are shorter
// than that: the first ones after another point's find its data in the caches.
func (c *chain) run(ctx context.Context, d time.Duration) (burst, error) {
	if c.typical < d/10 {
		if _, err := c.repeat(ctx, nil, d/10); err != nil {
			return nil, err
		}
	}
	b := make(burst, len(c.keys))
	for i := range b {
		b[i] = make([]float64, 0, maxBurstSamples/8) // so that few jobs wait for memory
	}
	began := now()
	n, err := c.repeat(ctx, &b, d)
	if err != nil {
		return nil, err
	}
	c.typical = (now() - began) / time.Duration(n)
	return b, nil
}

// repeat does jobs for about d and counts them.
func (c *chain) repeat(ctx context.Context, b *burst, d time.Duration) (n int, err error) {
	for end := now() + d; ; {
		if err := c.job(b); err != nil {
			return n, err
		}
		if err := ctx.Err(); err != nil {
			return n, err
		}
		if n++; now() >= end || n == maxBurstSamples {
			return n, nil
		}
	}
}

// crew are neighbours: jobs of one stage that keep other cores busy, each with a worker of its own.
type crew struct {
	stage string
	jobs  []func() error
}

// during calls measured while k neighbours run: each has done a job before it begins, and goes on
// until it has returned.
func (c *crew) during(k int, measured func() error) error {
	var stop atomic.Bool
	var started sync.WaitGroup
	var running errgroup.Group
	for _, job := range c.jobs[:k] {
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
