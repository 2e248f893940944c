package compile

import (
	"cmp"
	"fmt"

	"vsim/profile"
	"vsim/sim/engine"
	"vsim/sim/scenario"
)

// slowdowns are what jobs on a device cost each other: as the scenario says, else as the profile has measured it.
type slowdowns struct {
	written  []scenario.Slowdown
	measured *profile.Profile // nil where slow-downs are written, or there is no profile
	resource string           // in the profile
}

// slowdownsOf says where a device's slow-downs are from.
func (b *builder) slowdownsOf(d *device) slowdowns {
	s := slowdowns{written: d.spec.Slowdown, resource: profileResource(d.spec.Type)}
	if l := b.profileOf(d); l != nil && s.written == nil {
		s.measured = l.Profile
	}
	return s
}

// model is that of a step's jobs, where the profile has slow-downs of it; else "".
func (s *slowdowns) model(step *scenario.Step) string {
	if s.measured == nil {
		return ""
	}
	for i := range step.Service {
		for _, c := range s.measured.Contention {
			if m := step.Service[i].Model; m != "" && c.Model == m && c.Resource == s.resource {
				return m
			}
		}
	}
	return ""
}

// of lists the slow-downs of jobs of a kind beside those of another; none when nothing is known.
func (s *slowdowns) of(job, beside *jobKind) []profile.Slowdown {
	if s.measured != nil {
		return s.measured.Slowdowns(s.resource, job.profile, beside.profile, cmp.Or(job.model, beside.model))
	}
	return s.writtenFor(job.name, beside.name)
}

// writtenFor reads those of the scenario: the first that names both stages, or leaves them open, and where it gives
// batches all that name the same.
func (s *slowdowns) writtenFor(job, beside string) (out []profile.Slowdown) {
	var first *scenario.Slowdown
	for i := range s.written {
		w := &s.written[i]
		if first == nil && (w.Stage == "" || w.Stage == job) && (w.Beside == "" || w.Beside == beside) {
			first = w
		}
		if first != w && (first == nil || !first.Batched() || w.Stage != first.Stage || w.Beside != first.Beside) {
			continue
		}
		for k, n := range w.Neighbours {
			out = append(out, profile.Slowdown{Batch: w.Batch, BesideBatch: w.BesideBatch, Neighbours: n, Factor: w.Factors[k]})
		}
	}
	return out
}

// curve is the engine's form of the slow-downs of batches of a size beside those of another.
func curve(all []profile.Slowdown, batch, beside int) (out engine.Curve) {
	for _, s := range profile.CurveAt(all, batch, beside) {
		out = append(out, engine.CurvePoint{Neighbours: s.Neighbours, Excess: s.Factor - 1})
	}
	return out
}

// turns is what the kinds of jobs on a device cost each other that have a core in turn; pairs of which nothing is known cost nothing.
func (b *builder) turns(d *device) [][]float64 {
	if d.source.measured == nil {
		return nil
	}
	known := false
	table := make([][]float64, len(d.kinds))
	for i := range d.kinds {
		table[i] = make([]float64, len(d.kinds))
		for j := range d.kinds {
			job, beside := &d.kinds[i], &d.kinds[j]
			all := d.source.measured.InTurn(d.source.resource, job.profile, beside.profile, cmp.Or(job.model, beside.model))
			if at := curve(all, job.sizes.at, beside.sizes.at); at != nil {
				table[i][j], known = at[0].Excess, true
			}
		}
	}
	if !known {
		return nil
	}
	return table
}

// excess is what the kinds of jobs on a device cost each other. On a GPU, pairs of which nothing is known share it
// equally.
func (b *builder) excess(d *device) [][]engine.Curve {
	known := false
	table := make([][]engine.Curve, len(d.kinds))
	for i := range d.kinds {
		table[i] = make([]engine.Curve, len(d.kinds))
		for j := range d.kinds {
			job, beside := &d.kinds[i], &d.kinds[j]
			table[i][j] = curve(d.source.of(job, beside), job.sizes.at, beside.sizes.at)
			known = known || table[i][j] != nil
		}
	}
	if !known {
		return nil
	}
	if len(d.kinds) > maxKinds {
		b.fault(d.spec.Blame("resource"), fmt.Errorf("resource %q has %d kinds of jobs; with slow-downs at most %d are told apart", d.spec.Name, len(d.kinds), maxKinds))
	}
	if d.spec.Type == "gpu" && d.spec.Capacity == 1 {
		shareUnknown(table)
	}
	return table
}

// maxKinds is the largest number of kinds of jobs that slow each other down, which the simulator sets.
const maxKinds = 16

// shareUnknown lets pairs without a curve share equally: beside n others a job takes 1+n times as long.
func shareUnknown(table [][]engine.Curve) {
	for i := range table {
		for j := range table[i] {
			if table[i][j] == nil {
				table[i][j] = engine.Curve{{Neighbours: equalShare, Excess: equalShare}}
			}
		}
	}
}

// equalShare is more jobs than a GPU ever has at once.
const equalShare = 1e6
