package cpu

import (
	"fmt"
	"slices"

	"vsim/profile"
	"vsim/profile/device"
	"vsim/profile/device/tensor"
	"vsim/profile/measure"
	"vsim/profile/measure/input"
)

const (
	sameBatches = 2 // batches of a size in a row, before one of the other comes
	keptSteady  = 2 // of those in a row that find everything as the last one has left it,
	coldSteady  = 6 // after so many that do not
)

// addChanges measures what batches of the first model take longer right after one of another size: the smallest and the middle one in turn, twice each.
func (t *target) addChanges() error {
	if len(t.cfg.Models) == 0 || t.fixed[t.cfg.Models[0].Name] > 0 {
		return nil
	}
	m := t.cfg.Models[0]
	small, large := slices.Min(t.batches(m)), t.middleBatch(m)
	if small == large {
		return nil
	}
	i, err := t.newInstance(m, 1, large)
	if err != nil {
		return err
	}
	c := changes{i: i, tensors: t.tensorsOf(m), sizes: []int{small, large}}
	t.add(&measure.Point{Name: fmt.Sprintf("infer %s in batches of %d and %d in turn", m.Name, small, large), Chain: c.steady(m), Rested: c.turns(m)})
	return nil
}

// changes is an instance that infers batches of two sizes.
type changes struct {
	i       *instance
	tensors []tensor.Tensor
	sizes   []int
}

// infer does a batch.
func (c *changes) infer(batch int) error {
	for place := range batch {
		c.i.Copy(place, c.tensors[place%len(c.tensors)])
	}
	return c.i.Infer(batch)
}

func (c *changes) keys(m input.Model) (keys []profile.Key) {
	for _, size := range c.sizes {
		keys = append(keys, profile.Key{Stage: device.Infer, Resource: resource, Model: m.Name, Batch: size, Threads: 1})
	}
	return keys
}

// steady is the chain of batches of each size after others of the same.
func (c *changes) steady(m input.Model) *measure.Chain {
	return &measure.Chain{Keys: c.keys(m), Job: func(spans *measure.Burst) error {
		for part, size := range c.sizes {
			for n := range coldSteady + keptSteady {
				at := measure.Now()
				if err := c.infer(size); err != nil {
					return err
				}
				if n >= coldSteady {
					spans.Add(part, at)
				}
			}
		}
		return nil
	}}
}

// turns is the chain of two batches of each size in turn: the first after one of the other size, and the one right after that.
func (c *changes) turns(m input.Model) *measure.Rested {
	keys := c.keys(m)
	idle := len(keys)
	out := &measure.Rested{AfterBatch: []int{c.sizes[1], c.sizes[0]}, Idle: []int{idle, idle}, Next: []int{idle + 1, idle + 2}}
	out.Keys = append(append(keys, profile.Key{Stage: "idle", Resource: resource}), keys...)
	out.Job = func(spans *measure.Burst) error {
		for part, size := range c.sizes {
			for n := range sameBatches {
				at := measure.Now()
				if err := c.infer(size); err != nil {
					return err
				}
				if n == 0 {
					spans.Add(part, at)
				} else {
					spans.Add(out.Next[part], at)
				}
			}
		}
		spans.Keep(idle, 0)
		return nil
	}
	return out
}
