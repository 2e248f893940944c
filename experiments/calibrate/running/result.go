package running

import (
	"errors"
)

// Result is what all rounds so far have shown.
func (c *Calibrator) Result() (*Calibration, error) {
	if len(c.bursts) == 0 {
		return nil, errors.New("nothing is measured yet")
	}
	m := c.model
	r := &Calibration{Server: m.server.Name + " " + m.server.Version, Model: m.name, Began: c.began, Slowdown: 1,
		local: c.options.Local, cores: c.options.Cores, configs: m.configs, maxBatch: m.maxBatch()}
	for _, b := range c.bursts {
		r.Requests += len(b.LatencyNs)
	}
	bursts, doubtful := quiet(c.bursts)
	if doubtful > 0 {
		r.warn("other processes disturbed every measurement of %d kinds of load; calibrate again on a quiet machine", doubtful)
	}
	r.rests(bursts)
	for _, model := range m.steps {
		r.Steps = append(r.Steps, r.step(model, bursts))
		r.beside(model, bursts)
	}
	r.transport(bursts)
	r.busy(bursts)
	if err := r.takeApart(c.apart); err != nil {
		return nil, err
	}
	if err := r.share(); err != nil {
		return nil, err
	}
	if err := r.requests(bursts); err != nil {
		return nil, err
	}
	return r, r.overload(c.overloads)
}
