package triton

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"vsim/sim/scenario"
)

// maxSteps is the largest number of steps of an ensemble, with those of the ensembles in it.
const maxSteps = 256

// visit is one model that every request visits: a step of an ensemble, or the only model.
type visit struct {
	config *modelConfig
	step   *ensembleStep     // nil for the only model
	in     map[string]string // the model's inputs, and which tensor each takes
	out    map[string]string // the model's outputs, and which tensor each writes
	after  []int             // visits that write what it takes, ascending
}

// single is the visit of a model that is no ensemble.
func single(c *modelConfig) *visit {
	v := &visit{config: c, in: map[string]string{}, out: map[string]string{}}
	for i := range c.Input {
		v.in[c.Input[i].Name] = c.Input[i].Name
	}
	for i := range c.Output {
		v.out[c.Output[i].Name] = c.Output[i].Name
	}
	return v
}

// flattener lists the visits of an ensemble, and of the ensembles in it.
type flattener struct {
	im      *importer
	root    *modelConfig
	visits  []*visit
	nested  []string // ensembles that are being flattened, the outermost first
	steps   int      // taken so far, whether or not their models can be read
	stopped bool     // by a fault after which more steps would only repeat it
}

// flatten adds the visits of an ensemble; tensorOf gives the name outside of it of one of its tensors.
func (f *flattener) flatten(c *modelConfig, tensorOf func(string) string) {
	if slices.Contains(f.nested, c.Name) {
		f.stopped = true
		f.im.fault(c.fault("ensemble_scheduling", nil, "is a step of itself, through "+strings.Join(append(f.nested, c.Name), " > "), "take one of these steps out"))
		return
	}
	f.nested = append(f.nested, c.Name)
	f.im.checkEnsemble(c)
	tensors := ownTensors(c)
	for i := 0; i < len(c.EnsembleScheduling.Step) && !f.stopped; i++ {
		f.step(c, i, tensors, tensorOf)
	}
	f.nested = f.nested[:len(f.nested)-1]
}

func (f *flattener) step(c *modelConfig, i int, tensors mapped, tensorOf func(string) string) {
	s := &c.EnsembleScheduling.Step[i]
	if f.steps++; f.steps > maxSteps {
		if f.stopped = true; len(f.im.faults) > 0 {
			return // they explain more
		}
		f.im.fault(f.root.fault("ensemble_scheduling", nil, fmt.Sprintf("has more than %d steps, those of the ensembles in it counted each time", maxSteps), "at most so many are simulated"))
		return
	}
	if !f.im.checkStep(s) {
		return
	}
	model := f.im.composing(s)
	if model == nil {
		return
	}
	f.im.checkMap(s, "input_map", s.InputMap, model.Input)
	f.im.checkMap(s, "output_map", s.OutputMap, model.Output)
	f.im.checkFit(c, s, model, tensors)
	if model.EnsembleScheduling == nil {
		f.visits = append(f.visits, &visit{config: model, step: s, in: through(s.InputMap, tensorOf), out: through(s.OutputMap, tensorOf)})
		return
	}
	inside := fmt.Sprintf("%s/%d/", strings.Join(f.nested, "/"), i)
	f.flatten(model, func(name string) string {
		for _, m := range []map[string]string{s.InputMap, s.OutputMap} {
			if outer, ok := m[name]; ok {
				return tensorOf(outer)
			}
		}
		return tensorOf(inside + name)
	})
}

// through applies a function to the values of a map.
func through(m map[string]string, f func(string) string) map[string]string {
	out := map[string]string{}
	for k, v := range m {
		out[k] = f(v)
	}
	return out
}

// checkEnsemble checks what Triton wants of an ensemble (ValidateEnsembleSchedulingConfig,
// model_config_utils.cc).
func (im *importer) checkEnsemble(c *modelConfig) {
	if c.Platform != "ensemble" {
		im.fault(c.fault("platform", quote(c.Platform), "an ensemble has platform: \"ensemble\"", ""))
	}
	if len(c.InstanceGroup) > 0 {
		im.fault(c.fault("instance_group", nil, "an ensemble has no instances of its own", "write it in the models of its steps"))
	}
	if len(c.EnsembleScheduling.Step) == 0 {
		im.fault(c.fault("ensemble_scheduling", nil, "has no step", ""))
	}
	im.checkFlow(c)
}

func (im *importer) checkStep(s *ensembleStep) bool {
	faults := len(im.faults)
	if strings.TrimSpace(s.ModelName) == "" {
		im.fault(s.fault("model_name", nil, "missing", "name the model of this step"))
	}
	if len(s.ModelName) > maxNameBytes {
		im.fault(s.fault("model_name", quote(s.ModelName), fmt.Sprintf("is longer than %d bytes", maxNameBytes), ""))
	}
	if len(s.InputMap) == 0 {
		im.fault(s.fault("input_map", nil, "missing", "a step needs one, as in Triton"))
	}
	if len(s.OutputMap) == 0 {
		im.fault(s.fault("output_map", nil, "missing", "a step needs one, as in Triton"))
	}
	return len(im.faults) == faults
}

// checkMap checks that a step's map names tensors of its model, where the model lists them.
func (im *importer) checkMap(s *ensembleStep, field string, m map[string]string, tensors []tensor) {
	var names []string
	for i := range tensors {
		names = append(names, tensors[i].Name)
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if len(names) > 0 && !slices.Contains(names, name) {
			im.fault(s.fault(field, quote(name), fmt.Sprintf("model %q has no tensor of this name", s.ModelName), nearest(name, names)))
		}
	}
}

// nearest phrases the nearest name as a remedy, or lists all when none is near.
func nearest(name string, names []string) string {
	if near := scenario.Nearest(name, names); near != "" {
		return "did you mean " + quote(near) + "?"
	}
	return "there are " + strings.Join(names, ", ")
}

// visits lists the models that a request to the model visits, each after those whose tensors it takes.
func (im *importer) visits(c *modelConfig) []*visit {
	if c.EnsembleScheduling == nil {
		return []*visit{single(c)}
	}
	f := flattener{im: im, root: c}
	f.flatten(c, func(name string) string { return name })
	if len(im.faults) > 0 {
		return nil
	}
	im.connect(c, f.visits)
	if len(im.faults) > 0 {
		return nil
	}
	return im.ordered(f.visits)
}

// connect finds which visits take what others write.
func (im *importer) connect(c *modelConfig, visits []*visit) {
	writer := map[string]int{}
	var known []string
	for i := range c.Input {
		known = append(known, c.Input[i].Name)
	}
	for i, v := range visits {
		for _, t := range slices.Sorted(maps.Values(v.out)) {
			if _, twice := writer[t]; twice || slices.Contains(known, t) {
				im.fault(v.step.fault("output_map", quote(t), "this tensor is an input of the ensemble, or another step writes it", ""))
			}
			writer[t] = i
		}
	}
	inputs := len(known)
	known = append(known, slices.Sorted(maps.Keys(writer))...)
	for _, v := range visits {
		for _, t := range slices.Sorted(maps.Values(v.in)) {
			if at, ok := writer[t]; ok {
				v.after = append(v.after, at)
			} else if !slices.Contains(known[:inputs], t) {
				im.fault(v.step.fault("input_map", quote(t), "no step writes this tensor, nor is it an input of the ensemble", nearest(t, known)))
			}
		}
		slices.Sort(v.after)
		v.after = slices.Compact(v.after)
	}
}
