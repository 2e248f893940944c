package triton

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"vsim/sim/scenario"
)

// How a server completes configurations that leave something out (Options.AutoComplete). By default it does
// (auto-complete-config), as its guide tells it:
// server/docs/user_guide/model_configuration.md, "Default Max Batch Size and Dynamic Batcher".
const (
	CompleteAsGuide = "on"   // every backend that completes does so
	CompleteAsCode  = "code" // as the code of today's backends does: ONNX Runtime's passes over configurations that list tensors
	CompleteNothing = "off"  // the server was started with --disable-auto-complete-config
)

// DefaultMaxBatch is the largest batch that Triton fills in: default-max-batch-size of
// TritonModel::SetBackendConfigDefaults, backend_model.cc.
const DefaultMaxBatch = 4

// completion is how a backend completes a configuration that its model can batch.
type completion struct {
	ownMax   bool // a missing max_batch_size becomes that of the model's file, not default-max-batch-size
	unlisted bool // in its code, nothing is completed where inputs and outputs are both listed
}

// completions are the backends that turn dynamic batching on where no scheduler is given, from their sources.
// PyTorch's completes nothing, Python's what its model says (set_dynamic_batching), others' are not known (uncompleted).
var completions = map[string]completion{
	"onnxruntime": {unlisted: true}, // AutoCompleteConfig and AutoCompleteMaxBatch, onnxruntime.cc, commit 00fd3e8; issue 113 of onnxruntime_backend
	"tensorrt":    {ownMax: true},   // AutoCompleteConfigHelper, model_state.cc, commit e2ef6d7
	"dali":        {ownMax: true},   // AutofillConfig, config_tools.cc, commit 01783f8
	"openvino":    {},               // AutoCompleteBatching, openvino.cc, commit db19304
	"tensorflow":  {},               // FixBatchingSupport, tensorflow.cc, commit c13c2d1
}

func checkCompletion(opt *Options) error {
	if choices := []string{CompleteAsGuide, CompleteAsCode, CompleteNothing}; !slices.Contains(choices, opt.AutoComplete) {
		return scenario.BadInput("--auto-complete", "%q is none of its values; take %s", opt.AutoComplete, strings.Join(choices, ", "))
	}
	if n := opt.DefaultMaxBatch; n < 1 || n > maxBatchSize {
		return scenario.BadInput("--default-max-batch-size", "%d is not from 1 to %d", n, maxBatchSize)
	}
	return nil
}

// completes says how the server completes a configuration, and whether it does.
func (im *importer) completes(c *modelConfig) (completion, bool) {
	k, ok := completions[c.backend()]
	if !ok || im.opt.AutoComplete == CompleteNothing || c.EnsembleScheduling != nil {
		return k, false
	}
	return k, !(k.unlisted && im.opt.AutoComplete == CompleteAsCode && c.listed())
}

// listed says that inputs and outputs stand in the configuration.
func (c *modelConfig) listed() bool {
	return len(c.Input)+len(c.BatchInput) > 0 && len(c.Output) > 0
}

// maxBatch is the largest batch of a model, and what says so. A max_batch_size of 0 beside listed tensors is no
// missing one: their dims then say that the model does not batch.
func (im *importer) maxBatch(c *modelConfig) (int, string) {
	const field = "max_batch_size"
	k, completes := im.completes(c)
	switch explicit := c.lines[field] > 0 && c.listed(); {
	case c.MaxBatchSize < 0:
		im.fault(c.fault(field, c.MaxBatchSize, "must not be negative", ""))
	case c.MaxBatchSize > maxBatchSize:
		im.fault(c.fault(field, c.MaxBatchSize, fmt.Sprintf("at most %d are simulated", maxBatchSize), ""))
	case c.MaxBatchSize > 0:
		return int(c.MaxBatchSize), c.at(field, "")
	case explicit || !completes:
	case k.ownMax:
		im.warn(c.fault(field, nil, "missing: Triton takes that of the model's file, which is not known here, so requests are not put together", "write max_batch_size"))
	default:
		im.warn(c.fault(field, nil, fmt.Sprintf("missing: auto-filled with %d, as Triton does (default-max-batch-size)", im.opt.DefaultMaxBatch), "write max_batch_size, or say --default-max-batch-size"))
		return max(im.opt.DefaultMaxBatch, 1), "auto-filled: Triton's default-max-batch-size"
	}
	return 1, c.at(field, "no max_batch_size: no batches")
}

// scheduler is the configuration's dynamic batching: as written, or as Triton completes it; nil without.
func (im *importer) scheduler(c *modelConfig, maxBatch int) *dynamicBatching {
	if c.DynamicBatching != nil || c.SequenceBatching != nil || maxBatch < 2 {
		return c.DynamicBatching
	}
	k, completes := im.completes(c)
	if !completes {
		return nil
	}
	remedy := "--auto-complete off is for a server with --disable-auto-complete-config"
	if k.unlisted && c.listed() {
		remedy = "that is what Triton's guide says; the backend's code completes nothing where input and output are listed, which --auto-complete code simulates"
	}
	im.warn(c.fault("dynamic_batching", nil, "no scheduler is given: dynamic batching, as Triton auto-completes it", remedy))
	return &dynamicBatching{place: place{file: c.file, path: "dynamic_batching", line: c.line}}
}

// backend is the configuration's backend; older ones have it in the platform's name, "onnxruntime_onnx", and where
// there is neither, it goes by the name of the model's file (AutoCompleteBackendFields, model_config_utils.cc).
func (c *modelConfig) backend() string {
	if c.Backend != "" {
		return c.Backend
	}
	if c.Platform != "" {
		name, _, _ := strings.Cut(c.Platform, "_")
		return name
	}
	name := c.modelFile()
	for _, kind := range modelFiles {
		if filepath.Ext(name) == filepath.Ext(kind.name) {
			return kind.backend
		}
	}
	return ""
}

// modelFiles are the usual names of models' files and their backends, in the order in which Triton looks for them.
var modelFiles = []struct{ name, backend string }{
	{"model.savedmodel", "tensorflow"}, {"model.graphdef", "tensorflow"}, {"model.plan", "tensorrt"}, {"model.onnx", "onnxruntime"},
	{"model.xml", "openvino"}, {"model.pt", "pytorch"}, {"model.py", "python"},
}

// modelFile is the name of the model's file: the one given, or a usual one in the folder of a version.
func (c *modelConfig) modelFile() string {
	if c.DefaultModelFilename != "" {
		return c.DefaultModelFilename
	}
	return versionedFile(filepath.Dir(c.file))
}

// versionedFile is the usual name of a model's file that lies in the folder of a version, "" where none does.
func versionedFile(folder string) string {
	for _, kind := range modelFiles {
		if found, _ := filepath.Glob(filepath.Join(escaped(folder), "[0-9]*", kind.name)); len(found) > 0 {
			return kind.name
		}
	}
	return ""
}

// escaped makes a path a pattern that matches it alone.
func escaped(path string) string {
	return strings.NewReplacer(`\`, `\\`, "[", `\[`, "*", `\*`, "?", `\?`).Replace(path)
}
