package repository

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"vsim/experiments/oip/wire"
)

// Configs are the configurations of the models that Write writes. graph is the path of the network's ONNX file.
func Configs(o Options, graph string) ([]*wire.ModelConfig, error) {
	spec, err := network(cmp.Or(o.Network, defaultNetwork))
	if err != nil {
		return nil, err
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	tensor := make([]int64, 3)
	for i, n := range spec.InputShape {
		tensor[i] = int64(n)
	}
	scores := make([]int64, len(spec.Output))
	for i, n := range spec.Output {
		scores[i] = int64(n)
	}
	largest := int32(cmp.Or(o.MaxBatch, 1))
	classify := &wire.ModelConfig{
		Name: Classify, Backend: python, MaxBatchSize: largest,
		Input:         []*wire.ModelInput{{Name: Input, DataType: wire.DataType_TYPE_FP32, Dims: tensor}},
		Output:        []*wire.ModelOutput{{Name: Output, DataType: wire.DataType_TYPE_FP32, Dims: scores}},
		InstanceGroup: instances(cmp.Or(o.Instances, 1)),
		Parameters: map[string]*wire.ModelParameter{
			"graph":   {StringValue: graph},
			"threads": {StringValue: strconv.Itoa(cmp.Or(o.Threads, 1))},
		},
	}
	if o.Batching {
		classify.SchedulingChoice = &wire.ModelConfig_DynamicBatching{DynamicBatching: o.batching()}
	}
	configs := []*wire.ModelConfig{classify}
	if o.PreprocessInstances > 0 {
		configs = append(configs, preprocess(largest, tensor, o.PreprocessInstances), ensemble(largest, scores))
	}
	return configs, nil
}

// preprocess turns JPEG files into tensors, each request by itself: an instance works on one at a time.
func preprocess(largest int32, tensor []int64, count int) *wire.ModelConfig {
	return &wire.ModelConfig{
		Name: Preprocess, Backend: python, MaxBatchSize: largest,
		Input:         []*wire.ModelInput{{Name: Image, DataType: wire.DataType_TYPE_STRING, Dims: []int64{1}}},
		Output:        []*wire.ModelOutput{{Name: Input, DataType: wire.DataType_TYPE_FP32, Dims: tensor}},
		InstanceGroup: instances(count),
	}
}

func ensemble(largest int32, scores []int64) *wire.ModelConfig {
	return &wire.ModelConfig{
		Name: JPEG, Platform: "ensemble", MaxBatchSize: largest,
		Input:  []*wire.ModelInput{{Name: Image, DataType: wire.DataType_TYPE_STRING, Dims: []int64{1}}},
		Output: []*wire.ModelOutput{{Name: Output, DataType: wire.DataType_TYPE_FP32, Dims: scores}},
		SchedulingChoice: &wire.ModelConfig_EnsembleScheduling{EnsembleScheduling: &wire.ModelEnsembling{Step: []*wire.ModelEnsembling_Step{
			{ModelName: Preprocess, ModelVersion: newest, InputMap: same(Image), OutputMap: same(Input)},
			{ModelName: Classify, ModelVersion: newest, InputMap: same(Input), OutputMap: same(Output)},
		}}},
	}
}

const newest = -1 // version of a model

// same gives a tensor of a step the name of that of the ensemble.
func same(name string) map[string]string { return map[string]string{name: name} }

func instances(count int) []*wire.ModelInstanceGroup {
	return []*wire.ModelInstanceGroup{{Kind: wire.ModelInstanceGroup_KIND_CPU, Count: int32(count)}}
}

// batching are the rules by which requests are joined.
func (o *Options) batching() *wire.ModelDynamicBatching {
	d := &wire.ModelDynamicBatching{
		MaxQueueDelayMicroseconds: microseconds(o.MaxQueueDelay),
		PriorityLevels:            uint64(o.Levels),
		DefaultPriorityLevel:      uint64(o.DefaultLevel),
	}
	for _, n := range o.Preferred {
		d.PreferredBatchSize = append(d.PreferredBatchSize, int32(n))
	}
	if o.Policy != nil {
		d.DefaultQueuePolicy = o.Policy.wire()
	}
	for level, p := range o.Policies {
		if d.PriorityQueuePolicy == nil {
			d.PriorityQueuePolicy = map[uint64]*wire.ModelQueuePolicy{}
		}
		d.PriorityQueuePolicy[uint64(level)] = p.wire()
	}
	return d
}

func (p *Policy) wire() *wire.ModelQueuePolicy {
	q := &wire.ModelQueuePolicy{
		DefaultTimeoutMicroseconds: microseconds(p.Timeout),
		AllowTimeoutOverride:       p.AllowTimeoutOverride,
		MaxQueueSize:               uint32(p.MaxQueueSize),
	}
	if p.Delay {
		q.TimeoutAction = wire.ModelQueuePolicy_DELAY
	}
	return q
}

func microseconds(d time.Duration) uint64 { return uint64(d / time.Microsecond) }

// check errs on what Triton's configuration cannot say; what contradicts itself is Triton's to refuse.
func (o *Options) check() error {
	for _, n := range append([]int{o.Threads, o.Instances, o.MaxBatch, o.PreprocessInstances, o.Levels, o.DefaultLevel}, o.Preferred...) {
		if n < 0 || n > 1<<15 {
			return fmt.Errorf("%d instances, threads, levels or pictures of a batch; they are from 0 to %d", n, 1<<15)
		}
	}
	times := []time.Duration{o.MaxQueueDelay}
	policies := []Policy{}
	if o.Policy != nil {
		policies = append(policies, *o.Policy)
	}
	for level, p := range o.Policies {
		if level < 1 || level > o.Levels {
			return fmt.Errorf("a policy for priority level %d; there are %d levels", level, o.Levels)
		}
		policies = append(policies, p)
	}
	for _, p := range policies {
		times = append(times, p.Timeout)
		if p.MaxQueueSize < 0 || p.MaxQueueSize > 1<<30 {
			return fmt.Errorf("a queue of %d requests; it is from 0 to %d", p.MaxQueueSize, 1<<30)
		}
	}
	for _, d := range times {
		if d < 0 || d%time.Microsecond != 0 {
			return fmt.Errorf("a delay or timeout of %v; it is not negative and of whole microseconds", d)
		}
	}
	if !o.Batching && (len(o.Preferred) > 0 || o.MaxQueueDelay > 0 || o.Levels > 0 || len(policies) > 0) {
		return fmt.Errorf("preferred sizes, a delay, priorities or policies without Batching")
	}
	return nil
}
