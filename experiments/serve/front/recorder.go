package front

import (
	"maps"
	"slices"
	"sync"
	"time"

	"vsim/experiments/oip/wire"
)

// Execution is what one run of a model on a batch took. Requests count the times of their batch, each of them whole.
type Execution struct {
	Input, Infer, Output time.Duration // making the batch, running it, handing out its results
}

// Recorder counts what a model does, as Triton's statistics do. Its memory grows with the batch sizes that were run alone. The
// zero value has recorded nothing. Its methods may be called from any number of goroutines at once.
type Recorder struct {
	mutex      sync.Mutex
	last       time.Time // when the newest execution ended
	inferences uint64
	executions uint64
	success    wire.StatisticDuration
	fail       wire.StatisticDuration
	queue      wire.StatisticDuration
	compute    computed
	batches    map[uint64]*computed
}

// computed are the times of executions in all.
type computed struct{ input, infer, output wire.StatisticDuration }

func (c *computed) add(e Execution) {
	add(&c.input, e.Input)
	add(&c.infer, e.Infer)
	add(&c.output, e.Output)
}

func add(to *wire.StatisticDuration, took time.Duration) {
	to.Count++
	to.Ns += uint64(max(took, 0))
}

// Executed records one run on a batch of so many images, whatever became of its requests, when it has ended.
func (r *Recorder) Executed(images int, e Execution) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.last = time.Now()
	r.executions++
	if r.batches == nil {
		r.batches = map[uint64]*computed{}
	}
	at := r.batches[uint64(images)]
	if at == nil {
		at = &computed{}
		r.batches[uint64(images)] = at
	}
	at.add(e)
}

// Served records a request of so many images that was answered: its time in the server since Request.Received, its time in the
// queue, and the times of its batch. Call it before the request's reply, that who has an answer finds it counted.
func (r *Recorder) Served(images int, total, queue time.Duration, e Execution) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.inferences += uint64(images)
	add(&r.success, total)
	add(&r.queue, queue)
	r.compute.add(e)
}

// Failed records a request that waited in the queue and had no answer, whatever the reason, and its time in the server. Like
// Triton, do not record one that failed the checks or was refused at once (ErrQueueFull).
func (r *Recorder) Failed(total time.Duration) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	add(&r.fail, total)
}

// Statistics gives what was recorded, batch sizes ascending.
func (r *Recorder) Statistics(name, version string) *wire.ModelStatistics {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	s := &wire.ModelStatistics{Name: name, Version: version, InferenceCount: r.inferences, ExecutionCount: r.executions,
		InferenceStats: &wire.InferStatistics{Success: copied(&r.success), Fail: copied(&r.fail), Queue: copied(&r.queue),
			ComputeInput: copied(&r.compute.input), ComputeInfer: copied(&r.compute.infer), ComputeOutput: copied(&r.compute.output),
			CacheHit: &wire.StatisticDuration{}, CacheMiss: &wire.StatisticDuration{}}}
	if !r.last.IsZero() {
		s.LastInference = uint64(r.last.UnixMilli())
	}
	for _, size := range slices.Sorted(maps.Keys(r.batches)) {
		c := r.batches[size]
		s.BatchStats = append(s.BatchStats, &wire.InferBatchStatistics{BatchSize: size, ComputeInput: copied(&c.input),
			ComputeInfer: copied(&c.infer), ComputeOutput: copied(&c.output)})
	}
	return s
}

func copied(d *wire.StatisticDuration) *wire.StatisticDuration {
	return &wire.StatisticDuration{Count: d.Count, Ns: d.Ns}
}
