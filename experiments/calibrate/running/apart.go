package running

import (
	"context"
	"errors"
	"time"

	"vsim/experiments/oip"
	"vsim/sim/scenario"
)

// The steps of an ensemble are asked by themselves, too, where a client can: with one client of the whole, each waits while the
// others execute, and what it takes then is what it takes after a pause. Under load it hardly waits.

// partsOf prepares to measure the steps of an ensemble by themselves. What a client cannot ask is left out.
func (c *Calibrator) partsOf(ctx context.Context, client oip.Client) error {
	parts := map[string]*Calibrator{}
	for _, step := range c.model.steps {
		if step == c.model.name {
			return nil
		}
		part := c.apart[step]
		if part == nil {
			part = &Calibrator{options: c.options, began: c.began}
			part.options.Progress = nil
		}
		var refused *scenario.InputError
		if err := part.on(ctx, client, step, c.sender.cpu); errors.As(err, &refused) {
			continue
		} else if err != nil {
			return err
		}
		parts[step] = part
	}
	c.apart = parts
	return nil
}

// rounds measures for about d, of which each of a model's parts has an equal share.
func (c *Calibrator) rounds(ctx context.Context, d time.Duration) error {
	share := d / time.Duration(1+len(c.apart))
	if err := c.round(ctx, share); err != nil {
		return err
	}
	for _, step := range c.model.steps {
		if part := c.apart[step]; part != nil {
			c.tell(1, "model "+step+" by itself")
			if err := part.round(ctx, share); err != nil {
				return err
			}
		}
	}
	return nil
}

// takeApart puts what steps showed by themselves in place of what they showed within the ensemble.
func (r *Calibration) takeApart(parts map[string]*Calibrator) error {
	for i := range r.Steps {
		part := parts[r.Steps[i].Model]
		if part == nil {
			continue
		}
		alone, err := part.Result()
		if err != nil {
			return err
		}
		r.Steps[i] = alone.Steps[0]
		r.Requests += alone.Requests
		r.Overloads = append(r.Overloads, alone.Overloads...)
		r.Warnings = append(r.Warnings, alone.Warnings...)
		if r.slowest().Model == r.Steps[i].Model {
			r.Rests = alone.Rests
		}
	}
	return nil
}
