package compile

import (
	"fmt"
	"slices"

	"vsim/sim/scenario"
)

// plan is what is simulated of a stage: its steps but for the optional ones that the profile lacks, and those that others make
// needless.
type plan struct {
	stage  *scenario.Stage
	key    string // of the stage in the file, for faults
	byName string // the same for people: "stage.inference"
	steps  []plannedStep
	items  int // of the largest request that comes
}

// plannedStep is a step and what it runs on.
type plannedStep struct {
	*scenario.Step
	key    string  // of the step in the file
	byName string  // the same for people: "stage.inference.steps.infer"
	device *device // nil: a resource of its own
	kind   int     // of its jobs on the device
	runs   []int   // sizes at which its batches of 1, 2, ... are run there
	kinds  []int   // of those, where it makes a difference; else nil
}

// shown is the step's name for people: what is left of a broker's times has one name where it is sent and where it is fetched.
func (s *plannedStep) shown() string {
	if w := s.Work(); w != nil && !w.CPU {
		return fmt.Sprintf("%s of %s", s.Name, w.Part)
	}
	return s.Name
}

// plan decides which steps there are and prepares the devices that they run on.
func (b *builder) plan() {
	for i := range b.g.Resources {
		r := &b.g.Resources[i]
		d := &device{spec: r, key: r.Blame(named("resource", r.Name, i))}
		d.source = b.slowdownsOf(d)
		b.devices[r.Name] = d
	}
	for i := range b.g.Stages {
		st := &b.g.Stages[i]
		index, name := st.Origin(i)
		p := plan{stage: st, key: fmt.Sprintf("stage.%d", index), byName: named("stage", name, index)}
		for k, step := range st.AllSteps() {
			d := b.devices[step.Resource]
			if step.Optional && !b.offers(d, step) || p.has(step.Unless) {
				continue
			}
			planned := plannedStep{Step: step, key: p.key, byName: p.byName, device: d}
			if st.Steps != nil {
				planned.key, planned.byName = fmt.Sprintf("%s.steps.%d", p.key, k), named(p.byName+".steps", step.Name, k)
			}
			if d != nil {
				planned.kind = d.kindOf(step)
			}
			p.steps = append(p.steps, planned)
		}
		b.plans = append(b.plans, p)
	}
	largest, err := b.g.LargestItems(b.left)
	if err != nil {
		return // told by route
	}
	for i := range b.plans {
		b.plans[i].items = largest[i]
	}
	for i := range b.g.Resources {
		b.split(b.devices[b.g.Resources[i].Name])
	}
}

// has says that a step of that name is among those planned so far.
func (p *plan) has(name string) bool {
	return name != "" && slices.ContainsFunc(p.steps, func(s plannedStep) bool { return s.Name == name })
}

// left says that a stage has lost all its steps.
func (b *builder) left(stage int) bool { return len(b.plans[stage].steps) == 0 }

// at gives the key to change for a step: the preset's, where a preset has written it.
func (s *plannedStep) at() string { return s.Blame(s.key) }

// site is where a copy of a stage stands: on a server, or on a GPU of one.
type site struct{ server, gpu int }

// sites lists where the copies of a stage or resource stand.
func (b *builder) sites(per string) (out []site) {
	for server := range b.g.Servers.Count {
		if per != "gpu" {
			out = append(out, site{server: server})
			continue
		}
		for gpu := range b.g.Servers.GPUs {
			out = append(out, site{server, gpu})
		}
	}
	if per == "all" {
		return out[:1]
	}
	return out
}

// number counts GPUs over all servers, from 0 on.
func (b *builder) number(at site) int { return at.server*b.g.Servers.GPUs + at.gpu }
