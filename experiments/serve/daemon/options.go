// Package daemon serves a scenario's server for real: it finds and loads what the scenario names, answers the Open Inference
// Protocol, tells its metrics, and drains when it is to end.
package daemon

import (
	"log/slog"
	"strings"
	"time"

	"vsim/experiments/serve"
	"vsim/experiments/serve/front"
	"vsim/experiments/serve/setup"
	"vsim/profile/device/vision"
	"vsim/sim/scenario"
)

// Options say how a scenario is served.
type Options struct {
	HTTP, GRPC, Metrics string // addresses HOST:PORT to listen at, port 0 for a free one; "": not spoken
	ModelPath           string // .onnx file instead of the scenario's model; ""
	ModelName           string // by which clients know the model; "" for the scenario's
	OrtLib, CacheDir    string
	GPU                 int // number of the GPU, where the scenario infers on one
	Vision              vision.Options
	Waiting             int  // see serve.Config; 0: Waiting's
	Timeouts            bool // see serve.Config
	Limits              front.Limits
	Drain               time.Duration // longest wait for answers when it is to end; 0: DefaultDrain
	Log                 *slog.Logger  // of requests without an answer; nil: nobody hears
}

// DefaultDrain is Triton's exit timeout.
const DefaultDrain = 30 * time.Second

// Read reads the scenario of a server that can be served here, with keys overridden. The error is a *scenario.InputError that names
// each key that cannot.
func Read(file string, set []string) (*scenario.Scenario, error) {
	source, err := scenario.Open(file)
	if err != nil {
		return nil, err
	}
	s, err := source.With(scenario.Options{Set: set})
	if err != nil {
		return nil, err
	}
	var faults []scenario.Fault
	for _, f := range setup.Refusals(s.File(), "a real server does not obey it", s) {
		if !forPredictions(f.Key) {
			faults = append(faults, f)
		}
	}
	if len(faults) > 0 {
		return nil, &scenario.InputError{Faults: faults}
	}
	if setup.OnGPU(s) && !s.Given(setup.AllowedSizes) {
		s.Batcher.Allowed = setup.FewSizes(s.Batcher.MaxBatch)
	}
	return s, nil
}

// forPredictions says that a key describes the machine or its load, which a server has as they are.
func forPredictions(key string) bool {
	for _, prefix := range []string{"profile", "cpu.", "link.", "workload.", "pipeline.images", "pipeline.tensor", "pipeline.answer", "price.", "memory."} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return strings.HasPrefix(key, "gpu.") && key != "gpu.count"
}

// Waiting is how many requests may wait in a scenario's server when nobody says: enough for eight batches of every instance, and for
// 64 clients of one request each, so that a full queue is worked off within some batches and who comes then is refused at once,
// as a server without a limit answers all of them too late. 0: the scenario's own queues have limits, and nobody waits elsewhere.
func Waiting(cfg *serve.Config) int {
	limits, limited := 0, len(cfg.Batch.Queues) > 0
	for _, q := range cfg.Batch.Queues {
		limits += q.Limit
		limited = limited && q.Limit > 0
	}
	if limited && cfg.Workers == 0 {
		return 0
	}
	return limits + max(64, 8*max(cfg.Batch.Max, 1)*cfg.Instances)
}
