package compile

import (
	"fmt"
	"slices"
	"strings"

	"vsim/profile"
	"vsim/sim/engine"
)

// sharingWarnings say what is assumed of jobs that meet on a resource: of GPUs without any slow-down, of batches at
// which none is known, of slow-downs that are left out.
func (b *builder) sharingWarnings() (out []string) {
	for i := range b.g.Resources {
		d := b.devices[b.g.Resources[i].Name]
		if d.spec.Type == "memory" || !b.crowded(d) {
			continue
		}
		out = append(out, d.leftOut()...)
		if r := &b.sys.Resources[d.sim[0]]; d.spec.Type == "gpu" && r.Capacity == 1 && r.Excess == nil {
			out = append(out, fmt.Sprintf("%s: how its jobs slow each other down is not known, assumed is equal sharing; where 1 instance does 100/s and 2 do 160/s, say "+
				"%s.slowdown = {neighbours = [1], factors = [1.25]}, 2 x 100/160, or measure it",
				d.spec.Name, d.key))
		}
		if text := strings.Join(d.beyond(), "; "); text != "" {
			out = append(out, fmt.Sprintf("%s: slow-downs at batches that are not known are those at the nearest: %s", d.spec.Name, text))
		}
	}
	return out
}

// crowded says that jobs of several workers can meet on a copy of a device: on the first, than which none has more.
func (b *builder) crowded(d *device) bool {
	workers := 0
	for i := range b.sys.Pools {
		if len(d.sim) > 0 {
			workers += workersOn(&b.sys.Pools[i], d.sim[0])
		}
	}
	return workers > 1
}

// workersOn counts the workers of a pool that use a resource; a pool with one for everybody has several.
func workersOn(p *engine.Pool, resource int) int {
	most := 0
	for k := range p.Steps {
		on := p.Steps[k].Resource
		n := 0
		for _, r := range on {
			if r == resource {
				n++
			}
		}
		if len(on) == 1 && n == 1 {
			n = p.Workers
			if p.Workers == 0 {
				n = 2
			}
		}
		most = max(most, n)
	}
	return most
}

// leftOut names the measured slow-downs of the device's jobs that mean nothing.
func (d *device) leftOut() []string {
	if d.source.measured == nil {
		return nil
	}
	var out []string
	for _, c := range d.source.measured.Doubts(d.source.resource) {
		if d.has(c.Stage, c.Model) && d.has(c.Beside, c.Model) {
			out = append(out, fmt.Sprintf("%s (measured as %.3g, 95 %% interval %.3g to %.3g)", c.Label(), c.Slowdown, c.SlowdownCI95[0], c.SlowdownCI95[1]))
		}
	}
	switch n := len(out); {
	case n == 0:
		return nil
	case n > 3:
		out = append(out[:3], fmt.Sprintf("%d more", n-3))
	}
	return []string{fmt.Sprintf("%s: slow-downs whose intervals are wider than themselves are left out: %s; measure again", d.spec.Name, strings.Join(out, ", "))}
}

// has says that jobs of a stage run on the device, of a model where both are told.
func (d *device) has(stage, model string) bool {
	return slices.ContainsFunc(d.kinds, func(k jobKind) bool {
		return k.profile == stage && (k.model == model || k.model == "" || model == "")
	})
}

// beyond names the jobs whose slow-downs, or those of others beside them, are not known as far as their batches go.
func (d *device) beyond() (out []string) {
	for i := range d.kinds {
		for j := range d.kinds {
			job, beside := &d.kinds[i], &d.kinds[j]
			all := d.source.of(job, beside)
			for _, side := range []struct {
				of         *jobKind
				neighbours bool
			}{{job, false}, {beside, true}} {
				known := profile.Batches(all, side.neighbours)
				if from, to := d.ends(side.of); len(known) > 0 && (from < known[0] || to > known[len(known)-1]) {
					text := fmt.Sprintf("%s, known at batch %s, run at %s", side.of.name, profile.Listed(known), span(from, to))
					if !slices.Contains(out, text) {
						out = append(out, text)
					}
				}
			}
		}
	}
	return out
}

// ends are the smallest and the largest batch of a kind's stage, over the kinds that its sizes are.
func (d *device) ends(kind *jobKind) (from, to int) {
	from, to = kind.sizes.from, kind.sizes.to
	for i := range d.kinds {
		if k := &d.kinds[i]; kind.group != 0 && k.group == kind.group {
			from, to = min(from, k.sizes.from), max(to, k.sizes.to)
		}
	}
	return from, to
}

func span(from, to int) string {
	if from == to {
		return fmt.Sprint(from)
	}
	return fmt.Sprintf("%d to %d", from, to)
}
