package serve

import (
	"runtime"
	"sync"
	"time"

	"vsim/profile/device"
	"vsim/profile/device/tensor"
	"vsim/sim/engine/batcher"
)

// cpuInstance runs the model on the CPU.
type cpuInstance struct {
	*device.Instance
	sizes   []int      // at which it runs batches; nil: every size
	tensors *sync.Pool // nil: tensors are the clients' own
}

// bind gives the instance a thread of its own.
func (i *cpuInstance) bind() (release func(), err error) {
	runtime.LockOSThread()
	return runtime.UnlockOSThread, nil
}

func (i *cpuInstance) warm(maxBatch int) error {
	for n := batcher.Padded(i.sizes, 1); n <= maxBatch; n = batcher.Padded(i.sizes, n+1) { // every size allocates on its first run
		if err := i.Infer(n); err != nil {
			return err
		}
	}
	return nil
}

func (i *cpuInstance) tensor() tensor.Shape { return i.Tensor() }

func (i *cpuInstance) serve(batch []*request) error {
	began := time.Now()
	takeTensors(batch, i, i.tensors)
	copied := time.Now()
	err := i.Infer(batcher.Padded(i.sizes, images(batch))) // the places behind the batch hold what they held before
	inferred := time.Now()
	if err == nil {
		finish(batch, i)
	}
	done := time.Now()
	for _, r := range batch {
		r.spans.Copy = int64(copied.Sub(began))
		r.spans.Infer = int64(inferred.Sub(copied))
		r.spans.Post = int64(done.Sub(inferred))
	}
	return err
}

func (i *cpuInstance) close() { i.Close() }

// copier has room for a batch.
type copier interface {
	CopyBytes(place int, data []byte)
}

// takeTensors copies the tensors of a batch together, and gives them back to the pool that they came from,
// if any.
func takeTensors(batch []*request, to copier, tensors *sync.Pool) {
	place := 0
	for _, r := range batch {
		if r.raw != nil {
			to.CopyBytes(place, r.raw)
			place += r.items
			continue
		}
		for k, t := range r.tensors {
			to.CopyBytes(place, t.Bytes())
			if place++; tensors != nil {
				//lint:ignore SA6002 a header a request is nothing beside its 600 kB
				tensors.Put(t)
			}
			r.tensors[k] = tensor.Tensor{}
		}
	}
}
