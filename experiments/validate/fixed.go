package validate

import (
	"vsim/experiments/serve/setup"
	"vsim/profile/device"
	"vsim/profile/device/vision"
	"vsim/profile/measure/input"
	"vsim/sim/scenario"
)

const maxBatch = "batcher.max_batch"

// fitBatches lets the cases whose model's file fixes the batch at n batch by n, and warns that they do. A case that names
// another largest batch is refused.
func (v *validation) fitBatches() error {
	known := map[string]*vision.Model{} // by name: loading takes a while
	for _, c := range v.m.Cases {
		name := c.Scenario.Pipeline.Model
		if known[name] == nil {
			model, err := v.kit.read(v.kit.model(name), onGPU(c.Scenario))
			if err != nil {
				return scenario.BadInput(v.m.File, "case %q: %v", c.Name, err)
			}
			known[name] = model
		}
		n := known[name].Batch
		if n == 0 || c.Scenario.Batcher.MaxBatch == n && n == 1 {
			continue
		}
		if largest := c.Scenario.Batcher.MaxBatch; c.Scenario.Given(maxBatch) && largest != n {
			return scenario.BadInput(v.m.File, "case %q: %s = %d: the file of %s fixes the batch at %d; set it to %d or leave it out",
				c.Name, maxBatch, largest, name, n, n)
		}
		c.rules = c.rules.with(maxBatch, n)
		if n > 1 || onGPU(c.Scenario) {
			c.rules = c.rules.with(setup.AllowedSizes, []int{n})
		}
		s, err := c.read()
		if err != nil {
			return err
		}
		c.Scenario = s
		v.warn("%s: the file of %s fixes the batch at %d: the server batches by %d", c.Name, name, n, n)
	}
	return nil
}

// read says what a model reads and gives.
func (k *kit) read(m *input.Model, gpu bool) (*vision.Model, error) {
	if gpu {
		return k.device.Read(m.Path, m.Options)
	}
	i, err := device.NewInstance(m.Path, 1, 1, m.Options)
	if err != nil {
		return nil, err
	}
	defer i.Close()
	return i.Model(), nil
}
