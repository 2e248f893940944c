package triton

import (
	"fmt"
	"strings"

	"vsim/profile"
	"vsim/sim/scenario"
)

// untimed warns of models of which nobody gives the time that vsim simulate will ask for: neither --times nor the
// profile of the machine that the scenario names.
func (im *importer) untimed(c *modelConfig, p *placement, b *batching) {
	for _, of := range []struct {
		kind               string
		instances, threads int
	}{{gpuKind, p.onGPU, 0}, {cpuKind, p.onCPU, max(p.threads, 1)}} {
		if _, _, given := im.times.find(c.Name, of.kind); given || of.instances == 0 {
			continue
		}
		reason := im.machine.lacks(profile.Key{Stage: "infer", Resource: of.kind, Model: c.Name, Threads: of.threads}, b.maxBatch)
		if reason == "" {
			continue
		}
		name := c.Name
		if p.onCPU > 0 && p.onGPU > 0 {
			name += "@" + of.kind
		}
		im.warn(c.fault("name", quote(c.Name), "has no time, without which vsim simulate refuses the scenario ("+reason+")",
			fmt.Sprintf("give it here, for example --times %s, or write it into the scenario, as service of the model's step infer", quote(name+"=2ms + 0.05ms/image"))))
	}
}

// lacks says why the profile of a device gives no time of batches up to a size, "" where it does.
func (m *machine) lacks(k profile.Key, largest int) string {
	var of *scenario.Measurement
	for _, r := range m.resources {
		if r.Type != k.Resource || r.Profile == "" {
			continue
		}
		measured, err := m.open(r.Profile)
		if err != nil {
			return err.Error()
		}
		of = measured
	}
	if of == nil {
		return fmt.Sprintf("no profile gives times of the %s", strings.ToUpper(k.Resource))
	}
	at, err := of.AtBatch(k, largest)
	switch {
	case err != nil:
		return err.Error()
	case at.Support == profile.Extrapolated:
		return fmt.Sprintf("a batch of %d is beyond what profile %q has of it", largest, of.Name)
	}
	return ""
}
