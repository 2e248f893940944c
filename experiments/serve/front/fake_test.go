package front

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vsim/experiments/oip"
	"vsim/experiments/oip/wire"
)

// fake is a Model that adds 1 to each number: x [n,3] in, y [n,3] and z [n,1], the first of each image, out. x[0][0] is how many
// milliseconds a request takes, and below 0 it takes until letGo; a negative x[0][1] is a broken image. One worker takes a request
// at a time.
type fake struct {
	Recorder
	t        testing.TB
	unready  atomic.Bool
	limit    int // requests that wait
	timeout  time.Duration
	mutex    sync.Mutex
	waiting  []*fakeJob
	came     chan struct{}
	held     atomic.Bool   // the worker waits for letGo, or has
	free     chan struct{} // closed by letGo
	letGo    func()
	asked    atomic.Int64
	answered atomic.Int64
}

type fakeJob struct {
	*Request
	ctx   context.Context
	reply func(*wire.ModelInferResponse, error)
}

// newFake starts a fake, whose worker ends with the test.
func newFake(t testing.TB) *fake {
	f := &fake{t: t, limit: 1 << 20, came: make(chan struct{}, 1), free: make(chan struct{})}
	f.letGo = sync.OnceFunc(func() { close(f.free) })
	end, ended := make(chan struct{}), make(chan struct{})
	go func() { defer close(ended); f.work(end) }()
	t.Cleanup(func() { f.letGo(); close(end); <-ended })
	return f
}

func (f *fake) Metadata() *wire.ModelMetadataResponse {
	t := func(name, datatype string, n int64) *wire.ModelMetadataResponse_TensorMetadata {
		return &wire.ModelMetadataResponse_TensorMetadata{Name: name, Datatype: datatype, Shape: []int64{-1, n}}
	}
	return &wire.ModelMetadataResponse{Name: "add", Versions: []string{"1"}, Platform: "python",
		Inputs:  []*wire.ModelMetadataResponse_TensorMetadata{t("x", "FP32", 3), t("s", "BYTES", 1)},
		Outputs: []*wire.ModelMetadataResponse_TensorMetadata{t("y", "FP32", 3), t("z", "FP32", 1)}}
}

func (f *fake) Config() *wire.ModelConfig {
	return &wire.ModelConfig{Name: "add", Backend: "python", MaxBatchSize: 4,
		Input: []*wire.ModelInput{{Name: "x", DataType: wire.DataType_TYPE_FP32, Dims: []int64{3}},
			{Name: "s", DataType: wire.DataType_TYPE_STRING, Dims: []int64{1}, Optional: true}},
		Output: []*wire.ModelOutput{{Name: "y", DataType: wire.DataType_TYPE_FP32, Dims: []int64{3}},
			{Name: "z", DataType: wire.DataType_TYPE_FP32, Dims: []int64{1}}},
		SchedulingChoice: &wire.ModelConfig_DynamicBatching{DynamicBatching: &wire.ModelDynamicBatching{PriorityLevels: 2, DefaultPriorityLevel: 2}}}
}

func (f *fake) Statistics() *wire.ModelStatistics { return f.Recorder.Statistics("add", "1") }

func (f *fake) Ready() bool { return !f.unready.Load() }

func (f *fake) Infer(ctx context.Context, r *Request, reply func(*wire.ModelInferResponse, error)) {
	f.asked.Add(1)
	if err := promised(r); err != nil {
		f.t.Errorf("a request came that breaks what Request says: %v", err)
	}
	j := &fakeJob{r, ctx, func(a *wire.ModelInferResponse, err error) { f.answered.Add(1); reply(a, err) }}
	f.mutex.Lock()
	full := len(f.waiting) >= f.limit
	if !full {
		f.waiting = append(f.waiting, j)
	}
	f.mutex.Unlock()
	if full {
		j.reply(nil, ErrQueueFull)
		return
	}
	context.AfterFunc(ctx, func() { f.cancel(j) })
	select {
	case f.came <- struct{}{}:
	default:
	}
}

// cancel takes a job out that still waits.
func (f *fake) cancel(j *fakeJob) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for i, w := range f.waiting {
		if w == j {
			f.waiting = append(f.waiting[:i:i], f.waiting[i+1:]...)
			f.Failed(time.Since(j.Received))
			j.reply(nil, ErrCanceled)
			return
		}
	}
}

func (f *fake) next() *fakeJob {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if len(f.waiting) == 0 {
		return nil
	}
	j := f.waiting[0]
	f.waiting = f.waiting[1:]
	return j
}

// waits counts the jobs that wait.
func (f *fake) waits() int {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return len(f.waiting)
}

func (f *fake) work(end chan struct{}) {
	for {
		if j := f.next(); j != nil {
			f.serve(j)
			continue
		}
		select {
		case <-f.came:
		case <-end:
			return
		}
	}
}

func (f *fake) serve(j *fakeJob) {
	timeout := f.timeout
	if j.Timeout > 0 {
		timeout = j.Timeout
	}
	queued := time.Since(j.Received)
	if timeout > 0 && queued > timeout {
		f.Failed(queued)
		j.reply(nil, ErrExpired)
		return
	}
	began := time.Now()
	x := floats(j.RawInputContents[0])
	if x[0] < 0 {
		f.held.Store(true)
		<-f.free
	} else {
		time.Sleep(time.Duration(x[0] * float32(time.Millisecond)))
	}
	e := Execution{Infer: time.Since(began)}
	f.Executed(j.Items, e)
	if x[1] < 0 {
		f.Failed(time.Since(j.Received))
		j.reply(nil, errors.New("broken picture"))
		return
	}
	f.Served(j.Items, time.Since(j.Received), queued, e)
	j.reply(j.answer(x), nil)
}

func (j *fakeJob) answer(x []float32) *wire.ModelInferResponse {
	a := &wire.ModelInferResponse{}
	for _, name := range j.Outputs {
		shape := []int64{int64(j.Items), 3}
		var raw []byte
		for i, v := range x {
			if name == "z" && i%3 == 0 {
				shape, raw = []int64{int64(j.Items), 1}, binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
			} else if name == "y" {
				raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v+1))
			}
		}
		a.Outputs = append(a.Outputs, &wire.ModelInferResponse_InferOutputTensor{Name: name, Datatype: "FP32", Shape: shape})
		a.RawOutputContents = append(a.RawOutputContents, raw)
	}
	return a
}

func floats(raw []byte) (x []float32) {
	for ; len(raw) > 0; raw = raw[4:] {
		x = append(x, math.Float32frombits(binary.LittleEndian.Uint32(raw)))
	}
	return x
}

func raw(x ...float32) (raw []byte) {
	for _, v := range x {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return raw
}

// promised checks what Request says of itself, for the fake.
func promised(r *Request) error {
	if r.Items < 1 || r.Items > 4 || len(r.Inputs) < 1 || len(r.Inputs) > 2 || len(r.RawInputContents) != len(r.Inputs) || len(r.Outputs) < 1 ||
		r.Priority > 2 || r.Timeout < 0 || r.Received.IsZero() {
		return fmt.Errorf("%d items, %d inputs, %d contents, %d outputs, priority %d, timeout %v", r.Items, len(r.Inputs), len(r.RawInputContents),
			len(r.Outputs), r.Priority, r.Timeout)
	}
	if x := r.Inputs[0]; x.Name != "x" || x.Datatype != "FP32" || len(r.RawInputContents[0]) != 12*r.Items {
		return fmt.Errorf("first input %v of %d bytes", x, len(r.RawInputContents[0]))
	}
	if len(r.Inputs) == 2 {
		elements, err := oip.Bytes(r.RawInputContents[1])
		if err != nil || len(elements) != r.Items || r.Inputs[1].Name != "s" {
			return fmt.Errorf("second input %v of %d elements: %v", r.Inputs[1], len(elements), err)
		}
	}
	return nil
}

// request asks for x, without an answer for what is not asked.
func request(x ...float32) *wire.ModelInferRequest {
	return &wire.ModelInferRequest{ModelName: "add", RawInputContents: [][]byte{raw(x...)},
		Inputs: []*wire.ModelInferRequest_InferInputTensor{{Name: "x", Datatype: "FP32", Shape: []int64{int64(len(x) / 3), 3}}}}
}
