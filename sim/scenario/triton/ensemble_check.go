package triton

import (
	"fmt"
	"maps"
	"slices"
)

// mapped is the tensors of one ensemble, and who gave each its data type.
type mapped map[string]typed

type typed struct {
	data dataType
	by   string
}

// ownTensors are the tensors that an ensemble lists itself.
func ownTensors(c *modelConfig) mapped {
	m := mapped{}
	for _, tensors := range [][]tensor{c.Input, c.Output} {
		for i := range tensors {
			m[tensors[i].Name] = typed{tensors[i].DataType, "ensemble " + quote(c.Name)}
		}
	}
	return m
}

// checkFit checks what Triton wants of a step and its model: that the model takes the ensemble's largest batch, that its
// inputs are mapped, and that tensors have one data type (ValidateEnsembleConfig, ensemble_utils.cc).
func (im *importer) checkFit(c *modelConfig, s *ensembleStep, model *modelConfig, tensors mapped) {
	if n := model.MaxBatchSize; n > 0 && n < c.MaxBatchSize {
		im.fault(c.fault("max_batch_size", c.MaxBatchSize, fmt.Sprintf("model %q of a step takes batches of at most %d, which Triton refuses", model.Name, n),
			fmt.Sprintf("write max_batch_size: %d here, or the larger one there", n)))
	}
	for i := range model.Input {
		if in := &model.Input[i]; !in.Optional && s.InputMap[in.Name] == "" {
			im.fault(s.fault("input_map", nil, fmt.Sprintf("input %q of model %q is not mapped, which Triton refuses", in.Name, model.Name), "map it to a tensor, or write optional: true there"))
		}
	}
	im.checkTypes(s, "input_map", s.InputMap, model, model.Input, tensors)
	im.checkTypes(s, "output_map", s.OutputMap, model, model.Output, tensors)
}

// checkTypes checks that the tensors of a step's map have the data type that they have elsewhere. One that is not
// written is the backend's to complete.
func (im *importer) checkTypes(s *ensembleStep, field string, m map[string]string, model *modelConfig, listed []tensor, tensors mapped) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		i := slices.IndexFunc(listed, func(t tensor) bool { return t.Name == name })
		if i < 0 || unset(listed[i].DataType) {
			continue
		}
		here := typed{listed[i].DataType, "model " + quote(model.Name)}
		have, known := tensors[m[name]]
		switch {
		case !known || unset(have.data):
			tensors[m[name]] = here
		case have.data != here.data:
			im.fault(s.fault(field, quote(name), fmt.Sprintf("tensor %q is %s in %s and %s in %s, which Triton refuses", m[name], have.data, have.by, here.data, here.by), "write one data_type in both"))
		}
	}
}

func unset(d dataType) bool { return d == "" || d == "TYPE_INVALID" }

// checkFlow checks that steps write an ensemble's outputs and take its inputs (ValidateEnsembleSchedulingConfig,
// model_config_utils.cc).
func (im *importer) checkFlow(c *modelConfig) {
	taken, written := map[string]bool{}, map[string]bool{}
	for i := range c.EnsembleScheduling.Step {
		for _, t := range c.EnsembleScheduling.Step[i].InputMap {
			taken[t] = true
		}
		for _, t := range c.EnsembleScheduling.Step[i].OutputMap {
			written[t] = true
		}
	}
	if len(c.EnsembleScheduling.Step) == 0 {
		return
	}
	for i := range c.Output {
		if t := &c.Output[i]; !written[t.Name] {
			im.fault(t.fault("name", quote(t.Name), "no step writes this output of the ensemble, which Triton refuses", among(t.Name, written)))
		}
	}
	im.checkUnused(c, taken)
	for i := range c.Input {
		if t := &c.Input[i]; !taken[t.Name] {
			im.fault(t.fault("name", quote(t.Name), "no step takes this input of the ensemble, which Triton refuses", among(t.Name, taken)))
		}
	}
}

// among phrases the nearest of the tensors that steps take or write as a remedy.
func among(name string, tensors map[string]bool) string {
	if len(tensors) == 0 {
		return ""
	}
	return nearest(name, slices.Sorted(maps.Keys(tensors)))
}

// checkUnused refuses tensors that steps write for nobody, where the ensemble lists its outputs.
func (im *importer) checkUnused(c *modelConfig, taken map[string]bool) {
	if len(c.Output) == 0 {
		return
	}
	for i := range c.EnsembleScheduling.Step {
		s := &c.EnsembleScheduling.Step[i]
		for _, name := range slices.Sorted(maps.Keys(s.OutputMap)) {
			t := s.OutputMap[name]
			if !taken[t] && !slices.ContainsFunc(c.Output, func(o tensor) bool { return o.Name == t }) {
				im.fault(s.fault("output_map", quote(t), "no step takes this tensor, nor is it an output of the ensemble, which Triton refuses", fmt.Sprintf("take %q out of the map", name)))
			}
		}
	}
}
