package triton

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"vsim/sim/scenario"
)

// platforms are the names of platforms that Triton knows, each with its backend (constants.h; AutoCompleteBackendFields,
// model_config_utils.cc).
var platforms = map[string]string{
	"onnxruntime_onnx": "onnxruntime", "pytorch_libtorch": "pytorch", "tensorflow_graphdef": "tensorflow",
	"tensorflow_savedmodel": "tensorflow", "tensorrt_plan": "tensorrt",
}

// backendNames are the backends of which it is known here what they complete.
var backendNames = []string{"dali", "onnxruntime", "openvino", "python", "pytorch", "tensorflow", "tensorrt"}

// engines are backends that make up the batches of a language model themselves, while it generates.
var engines = []string{"vllm", "tensorrtllm"}

// checkEngine refuses what is served by an engine with batches of its own.
func (im *importer) checkEngine(c *modelConfig) {
	if slices.Contains(engines, c.Backend) {
		im.fault(c.fault("backend", quote(c.Backend), "serves a language model, whose batches are made up inside its engine, token by token; this is not simulated",
			"import the repository's other models, with --traffic NAME=SHARE"))
	}
}

// uncompleted warns of a model that gets batches of one request only because it is not known here what the server
// completes in its configuration.
func (im *importer) uncompleted(c *modelConfig) {
	backend := c.backend()
	_, completes := completions[backend]
	if completes || backend == "pytorch" || im.opt.AutoComplete == CompleteNothing || c.saysBatches() {
		return
	}
	const write = "write dynamic_batching { } and max_batch_size if the server puts them together"
	var rule, remedy string
	field, found, _, _ := c.backendField()
	switch {
	case backend == "python":
		rule, remedy = "its code may turn dynamic batching on (auto_complete_config) and is not read", write
	case found == nil:
		rule, remedy = "missing, and no version with a model's file of a usual name, such as 1/model.onnx, lies here: what the server completes is not known", "write platform or backend, for example backend: \"onnxruntime\"; or "+write
	default:
		rule, remedy = "what this one completes is not known here", c.rightName()+write
	}
	im.warn(c.fault(field, found, rule+"; requests are not put together", remedy))
}

// saysBatches says that a configuration leaves nothing open about batches: it has a size and a scheduler, or dims that
// are those of a whole batch, or batches of 1.
func (c *modelConfig) saysBatches() bool {
	switch {
	case c.MaxBatchSize == 1, c.MaxBatchSize == 0 && c.lines["max_batch_size"] > 0 && c.listed():
		return true
	case c.MaxBatchSize == 0:
		return c.SequenceBatching != nil
	}
	return c.DynamicBatching != nil || c.SequenceBatching != nil
}

// backendField is the field that names the backend, and what stands there, in quotes; nil where none does.
func (c *modelConfig) backendField() (field string, found any, rule, remedy string) {
	switch {
	case c.Backend != "":
		return "backend", quote(c.Backend), "", ""
	case c.Platform != "":
		return "platform", quote(c.Platform), "", ""
	case c.DefaultModelFilename != "":
		return "default_model_filename", quote(c.DefaultModelFilename), "", ""
	}
	return "backend", nil, "", ""
}

// rightName suggests the name of a backend or platform that is near to what is written.
func (c *modelConfig) rightName() string {
	names := slices.Sorted(maps.Keys(platforms))
	if c.Backend == "" {
		if near := scenario.Nearest(c.Platform, names); near != "" {
			return fmt.Sprintf("did you mean platform: %q? else ", near)
		}
	}
	near := scenario.Nearest(cmp.Or(c.Backend, c.Platform), append(names, backendNames...))
	if backend, ok := platforms[near]; ok {
		near = backend
	}
	if near == "" {
		return ""
	}
	return fmt.Sprintf("did you mean backend: %q? else ", near)
}
