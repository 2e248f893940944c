package backend

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"vsim/experiments/oip/wire"
	"vsim/experiments/serve"
	"vsim/profile/device/tensor"
	"vsim/sim/engine/batcher"
)

// Image is the name of the input that a model has which reads JPEG files: of datatype BYTES, an element for each image.
const Image = "image"

// datatypes are the protocol's names of elements.
var datatypes = map[tensor.Element]string{
	tensor.Float32: "FP32", tensor.Uint8: "UINT8", tensor.Float16: "FP16",
	3: "INT8", 4: "UINT16", 5: "INT16", 6: "INT32", 7: "INT64", 9: "BOOL", 11: "FP64", 12: "UINT32", 13: "UINT64", 16: "BF16",
}

// describe makes metadata and configuration. It errs on a model whose outputs do not say what belongs to which image.
func (m *Model) describe(name string, cfg *serve.Config) error {
	model := m.server.Model()
	largest := max(cfg.Batch.Max, 1)
	in := tensor.Value{Name: Image}
	dims := []int64{1}
	datatype := "BYTES"
	if !m.images {
		in, dims, datatype = model.Input, model.Input.Shape[1:], datatypes[model.Input.Element]
	}
	m.metadata = &wire.ModelMetadataResponse{Name: name, Versions: []string{Version}, Platform: "onnxruntime_onnx",
		Inputs: []*wire.ModelMetadataResponse_TensorMetadata{{Name: in.Name, Datatype: datatype, Shape: batched(dims)}}}
	m.config = &wire.ModelConfig{Name: name, Platform: "onnxruntime_onnx", Backend: "onnxruntime", MaxBatchSize: int32(largest),
		VersionPolicy:    &wire.ModelVersionPolicy{PolicyChoice: &wire.ModelVersionPolicy_Latest_{Latest: &wire.ModelVersionPolicy_Latest{NumVersions: 1}}},
		Input:            []*wire.ModelInput{{Name: in.Name, DataType: dataType(datatype), Dims: dims}},
		InstanceGroup:    []*wire.ModelInstanceGroup{instances(name, cfg)},
		SchedulingChoice: &wire.ModelConfig_DynamicBatching{DynamicBatching: batching(&cfg.Batch, cfg.Timeouts)},
		Parameters:       parameters(cfg),
	}
	for k, v := range model.Outputs {
		if len(v.Shape) < 2 || v.Shape[0] > 0 && v.Shape[0] != int64(model.Batch) || datatypes[v.Element] == "" {
			return fmt.Errorf("model %s: its output is %s, which does not begin with the batch: it cannot be handed out image by image", cfg.ModelPath, v)
		}
		dims := slices.Clone(v.Shape[1:])
		for i, d := range dims {
			if d <= 0 {
				dims[i] = -1
			}
		}
		m.outputs, m.every, m.numbers[v.Name] = append(m.outputs, v), append(m.every, k), k
		m.metadata.Outputs = append(m.metadata.Outputs, &wire.ModelMetadataResponse_TensorMetadata{Name: v.Name, Datatype: datatypes[v.Element], Shape: batched(dims)})
		m.config.Output = append(m.config.Output, &wire.ModelOutput{Name: v.Name, DataType: dataType(datatypes[v.Element]), Dims: dims})
	}
	return nil
}

func batched(dims []int64) []int64 { return append([]int64{-1}, dims...) }

// dataType is the configuration's name of a datatype.
func dataType(name string) wire.DataType {
	if name == "BYTES" {
		name = "STRING"
	}
	return wire.DataType(wire.DataType_value["TYPE_"+name])
}

func instances(name string, cfg *serve.Config) *wire.ModelInstanceGroup {
	g := &wire.ModelInstanceGroup{Name: name + "_0", Count: int32(cfg.Instances), Kind: wire.ModelInstanceGroup_KIND_CPU}
	if cfg.GPU != nil {
		g.Kind, g.Gpus = wire.ModelInstanceGroup_KIND_GPU, []int32{int32(cfg.GPU.Device.Info.Index)}
	}
	return g
}

// batching is the rule of the queue, as Triton writes it: the preferred size is the largest where none is given.
func batching(rule *batcher.Config, timeouts bool) *wire.ModelDynamicBatching {
	d := &wire.ModelDynamicBatching{MaxQueueDelayMicroseconds: uint64(rule.Delay / time.Microsecond)}
	for _, n := range rule.Preferred {
		d.PreferredBatchSize = append(d.PreferredBatchSize, int32(n))
	}
	if d.PreferredBatchSize == nil {
		d.PreferredBatchSize = []int32{int32(max(rule.Max, 1))}
	}
	switch queues := rule.Queues; {
	case len(queues) == 0 && timeouts:
		d.DefaultQueuePolicy = policy(&batcher.Queue{}, timeouts)
	case len(queues) == 1:
		d.DefaultQueuePolicy = policy(&queues[0], timeouts)
	case len(queues) > 1:
		d.PriorityLevels, d.DefaultPriorityLevel = uint64(len(queues)), uint64(len(queues))
		d.PriorityQueuePolicy = map[uint64]*wire.ModelQueuePolicy{}
		for i := range queues {
			d.PriorityQueuePolicy[uint64(i+1)] = policy(&queues[i], timeouts)
		}
	}
	return d
}

func policy(q *batcher.Queue, timeouts bool) *wire.ModelQueuePolicy {
	p := &wire.ModelQueuePolicy{DefaultTimeoutMicroseconds: uint64(q.Timeout / time.Microsecond), MaxQueueSize: uint32(q.Limit), AllowTimeoutOverride: timeouts}
	if q.Defer {
		p.TimeoutAction = wire.ModelQueuePolicy_DELAY
	}
	return p
}

// parameters are what Triton's configuration has no place for.
func parameters(cfg *serve.Config) map[string]*wire.ModelParameter {
	out := map[string]*wire.ModelParameter{"runtime_version": {StringValue: cmp.Or(cfg.Libraries.Version["onnxruntime"], "unknown")}}
	for key, value := range map[string]int{"intra_op_thread_count": cfg.Threads, "preprocessing_workers": cfg.Workers, "max_waiting_requests": cfg.Waiting} {
		if value > 0 {
			out[key] = &wire.ModelParameter{StringValue: strconv.Itoa(value)}
		}
	}
	return out
}
