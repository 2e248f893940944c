package measure

import (
	"sync"
	"sync/atomic"
)

// Crew are neighbours: jobs of one stage that keep a resource busy, each with a worker of its own.
type Crew struct {
	Stage string
	Also  []string // other stages that its jobs consist of
	Batch int      // of its jobs; 0 where one is one image
	Model string   // of inferences
	Jobs  []func() error
	On    *Crew // whose workers do this one's jobs, too, each on its thread: an instance may have to stay on one; nil: its own

	threads []*thread // of the workers
}

// ready gives each worker its thread.
func (c *Crew) ready() {
	if c.On != nil {
		c.On.ready()
		c.threads = c.On.threads
		return
	}
	for len(c.threads) < len(c.Jobs) {
		c.threads = append(c.threads, newThread())
	}
}

// warm lets each worker do its job once, one after the other: a first job may capture a CUDA graph, beside which nobody may
// take memory.
func (c *Crew) warm() error {
	c.ready()
	for i, job := range c.Jobs {
		if err := c.threads[i].do(job); err != nil {
			return err
		}
	}
	return nil
}

// during calls measured while k neighbours run: each has done a job before it begins, and goes on
// until it has returned.
func (c *Crew) during(k int, measured func() error) error {
	c.ready()
	var stop atomic.Bool
	var started sync.WaitGroup
	var running []func() error
	for i, job := range c.Jobs[:k] {
		started.Add(1)
		running = append(running, c.threads[i].begin(func() error {
			err := job()
			started.Done()
			for err == nil && !stop.Load() {
				err = job()
			}
			return err
		}))
	}
	started.Wait()
	err := measured()
	stop.Store(true)
	for _, wait := range running {
		if neighbours := wait(); err == nil {
			err = neighbours
		}
	}
	return err
}

// close ends the workers' threads.
func (c *Crew) close() {
	if c.On != nil {
		return
	}
	for _, t := range c.threads {
		t.end()
	}
	c.threads = nil
}
