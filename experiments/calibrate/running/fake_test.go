package running

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"vsim/experiments/oip/wire"
)

// fake is a server that takes no time: it counts as Triton does, with times by batch size that are known.
type fake struct {
	extensions []string
	configs    map[string]*wire.ModelConfig
	metadata   map[string]*wire.ModelMetadataResponse
	fails      error

	mu      sync.Mutex
	stats   map[string]*wire.ModelStatistics
	takes   time.Duration // of each request; 0 is 1 ms
	inside  atomic.Int64
	refuses bool          // more than 20 requests at a time
	beside  uint64        // ns of input of each request outside of its batch
	others  atomic.Uint64 // requests of somebody else, one for each of ours
}

// executeNs is what a batch takes: input, infer, output.
func executeNs(images int) (input, infer, output uint64) {
	return uint64(1e5 * images), uint64(1e6 + 6e6*images), uint64(5e4 * images)
}

func newFake(configs ...*wire.ModelConfig) *fake {
	f := &fake{extensions: []string{"statistics", "model_configuration"}, configs: map[string]*wire.ModelConfig{}, metadata: map[string]*wire.ModelMetadataResponse{}, stats: map[string]*wire.ModelStatistics{}}
	for _, c := range configs {
		f.configs[c.Name] = c
		m := &wire.ModelMetadataResponse{Name: c.Name}
		for _, in := range c.Input {
			shape := in.Dims
			if c.MaxBatchSize > 0 {
				shape = append([]int64{-1}, shape...)
			}
			datatype := map[wire.DataType]string{wire.DataType_TYPE_FP32: "FP32", wire.DataType_TYPE_STRING: "BYTES", wire.DataType_TYPE_INT8: "INT8"}[in.DataType]
			m.Inputs = append(m.Inputs, &wire.ModelMetadataResponse_TensorMetadata{Name: in.Name, Datatype: datatype, Shape: shape})
		}
		f.metadata[c.Name] = m
		f.stats[c.Name] = &wire.ModelStatistics{Name: c.Name, InferenceStats: &wire.InferStatistics{Success: &wire.StatisticDuration{}, Queue: &wire.StatisticDuration{}, ComputeInput: &wire.StatisticDuration{}}}
	}
	return f
}

// classifier is a model of 3x8x8 numbers with a batcher.
func classifier(maxBatch int32, instances int32, delayUs uint64) *wire.ModelConfig {
	return &wire.ModelConfig{Name: "classify", Backend: "python", MaxBatchSize: maxBatch,
		Input:         []*wire.ModelInput{{Name: "input", DataType: wire.DataType_TYPE_FP32, Dims: []int64{3, 8, 8}}},
		Output:        []*wire.ModelOutput{{Name: "scores", DataType: wire.DataType_TYPE_FP32, Dims: []int64{10}}},
		InstanceGroup: []*wire.ModelInstanceGroup{{Name: "classify_0", Kind: wire.ModelInstanceGroup_KIND_CPU, Count: instances}},
		SchedulingChoice: &wire.ModelConfig_DynamicBatching{DynamicBatching: &wire.ModelDynamicBatching{PreferredBatchSize: []int32{maxBatch},
			MaxQueueDelayMicroseconds: delayUs}}}
}

func (f *fake) Ready(context.Context) error { return f.fails }

func (f *fake) Server(context.Context) (*wire.ServerMetadataResponse, error) {
	return &wire.ServerMetadataResponse{Name: "fake", Version: "1", Extensions: f.extensions}, f.fails
}

func (f *fake) Model(_ context.Context, name string) (*wire.ModelMetadataResponse, error) {
	if m := f.metadata[name]; m != nil {
		return m, nil
	}
	return nil, status.Errorf(codes.NotFound, "unknown model: %s", name)
}

func (f *fake) Config(_ context.Context, name string) (*wire.ModelConfig, error) {
	if c := f.configs[name]; c != nil {
		return c, nil
	}
	return nil, status.Errorf(codes.NotFound, "unknown model: %s", name)
}

func (f *fake) Statistics(_ context.Context, name string) ([]*wire.ModelStatistics, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.stats[name]
	out := &wire.ModelStatistics{Name: name, InferenceCount: s.InferenceCount, ExecutionCount: s.ExecutionCount,
		InferenceStats: &wire.InferStatistics{Success: copied(s.InferenceStats.Success), Queue: copied(s.InferenceStats.Queue), ComputeInput: copied(s.InferenceStats.ComputeInput)}}
	for _, b := range s.BatchStats {
		out.BatchStats = append(out.BatchStats, &wire.InferBatchStatistics{BatchSize: b.BatchSize,
			ComputeInput: copied(b.ComputeInput), ComputeInfer: copied(b.ComputeInfer), ComputeOutput: copied(b.ComputeOutput)})
	}
	return []*wire.ModelStatistics{out}, nil
}

func copied(d *wire.StatisticDuration) *wire.StatisticDuration {
	return &wire.StatisticDuration{Count: d.Count, Ns: d.Ns}
}

func (f *fake) Infer(ctx context.Context, r *wire.ModelInferRequest) (*wire.ModelInferResponse, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if f.fails != nil {
		return nil, f.fails
	}
	images := 1
	if f.configs[r.ModelName].MaxBatchSize > 0 {
		images = int(r.Inputs[0].Shape[0])
	}
	defer f.inside.Add(-1)
	if f.inside.Add(1) > 20 && f.refuses {
		return nil, status.Error(codes.Unavailable, "Exceeds maximum queue size")
	}
	time.Sleep(max(f.takes, time.Millisecond))
	f.mu.Lock()
	defer f.mu.Unlock()
	models := []string{r.ModelName}
	for _, step := range f.configs[r.ModelName].GetEnsembleScheduling().GetStep() {
		models = append(models, step.ModelName)
	}
	for _, model := range models {
		f.execute(model, images, f.configs[model].GetEnsembleScheduling() == nil)
	}
	return &wire.ModelInferResponse{ModelName: r.ModelName}, nil
}

// execute counts a request of so many images.
func (f *fake) execute(model string, images int, executes bool) {
	s := f.stats[model]
	input, infer, output := executeNs(images)
	requests := 1 + f.others.Load()
	s.InferenceStats.Success.Count += requests
	s.InferenceStats.Success.Ns += requests * (input + infer + output)
	s.InferenceStats.Queue.Count += requests
	s.InferenceStats.ComputeInput.Ns += requests * (input + f.beside)
	s.InferenceCount += requests * uint64(images)
	if !executes {
		return
	}
	s.ExecutionCount += requests
	var at *wire.InferBatchStatistics
	for _, b := range s.BatchStats {
		if b.BatchSize == uint64(images) {
			at = b
		}
	}
	if at == nil {
		at = &wire.InferBatchStatistics{BatchSize: uint64(images), ComputeInput: &wire.StatisticDuration{}, ComputeInfer: &wire.StatisticDuration{}, ComputeOutput: &wire.StatisticDuration{}}
		s.BatchStats = append(s.BatchStats, at)
	}
	for d, ns := range map[*wire.StatisticDuration]uint64{at.ComputeInput: input, at.ComputeInfer: infer, at.ComputeOutput: output} {
		d.Count += requests
		d.Ns += requests * ns
	}
}

func (f *fake) Close() error { return nil }
