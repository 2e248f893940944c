package gpu

import (
	"cmp"
	"errors"
	"fmt"

	"vsim/profile/device/cuda"
	"vsim/profile/device/limits"
	"vsim/profile/device/ort"
	"vsim/profile/device/post"
	"vsim/profile/device/tensor"
	"vsim/sim/engine/batcher"
)

// Options of an instance.
type Options struct {
	MaxBatch int
	// Sizes are the batch sizes that the model runs at, ascending to MaxBatch: a batch is padded to the next of them
	// (batcher.Padded), and each has a session of its own. nil: every size, in one session.
	//
	// ONNX Runtime's CUDA provider keeps one plan of cuDNN's for each convolution of a session, and plans anew whenever
	// the batch size is not that of the session's last run: tens of milliseconds for a convolutional network
	// (github.com/microsoft/onnxruntime, issue 23006). A server whose batches vary must not pay that every time.
	Sizes []int
	TF32  bool // see ort.CUDA
	Graph bool // launch a batch as one CUDA graph, which is captured on the first run of a size on a thread
}

// Instance is one inference instance: a loaded model with a stream of its own, and room for a batch on
// both sides of the link. It belongs to one worker.
type Instance struct {
	Stream *cuda.Stream

	d        *Device
	options  Options
	model    string               // path
	sessions map[int]*ort.Session // by batch size; one, at 0, for every size
	session  *ort.Session         // the first: input and output are those of all
	bindings map[int]*ort.Binding // by batch size
	in, out  *cuda.Buffer
	tensors  *cuda.Pinned // what a CPU has preprocessed
	logits   *cuda.Pinned
	done     *cuda.Event
	probs    []float32
	answer   []post.Prediction
	width    int
	height   int
}

// NewInstance loads a model, once for each of the sizes that the options name. Its input is [N,3,H,W] in float32 or float16, its output [N,classes] in
// float32.
func (d *Device) NewInstance(modelPath string, o Options) (i *Instance, err error) {
	i = &Instance{d: d, options: o, model: modelPath, sessions: map[int]*ort.Session{}, bindings: map[int]*ort.Binding{}, answer: make([]post.Prediction, 0, post.K)}
	defer func() {
		if err != nil {
			i.Close()
			i, err = nil, fault(Infer, err)
		}
	}()
	if i.Stream, err = d.Context.NewStream(); err != nil {
		return i, err
	}
	if err = batcher.CheckSizes(o.Sizes, o.MaxBatch); err != nil {
		return i, err
	}
	if err = i.load(); err != nil {
		return i, err
	}
	in, out := i.session.Input, i.session.Output
	if len(in.Shape) != 4 || in.Shape[1] != 3 || out.Element != tensor.Float32 {
		return i, fmt.Errorf("model %s: its input is %v and its output of type %d; a served model reads [N,3,H,W] and gives float32", modelPath, in.Shape, out.Element)
	}
	i.height, i.width = int(in.Shape[2]), int(in.Shape[3])
	i.probs = make([]float32, out.SizeBytes(1)/4)
	return i, i.makeRoom()
}

// load makes the sessions.
func (i *Instance) load() error {
	sizes := i.options.Sizes
	if len(sizes) == 0 {
		sizes = []int{0}
	}
	for _, n := range sizes {
		s, err := i.d.runtime.NewSession(i.model, &ort.CUDA{Device: i.d.Info.Index, Stream: i.Stream.Handle, TF32: i.options.TF32, Graph: i.options.Graph})
		if err != nil {
			return err
		}
		i.sessions[n] = s
		i.session = cmp.Or(i.session, s)
	}
	return nil
}

// Runs gives the batch size that the model runs at for a batch of n: n, or the next of the options' sizes; 0 where there is
// no room for it.
func (i *Instance) Runs(n int) int {
	if n < 1 || n > i.options.MaxBatch {
		return 0
	}
	return batcher.Padded(i.options.Sizes, n)
}

// makeRoom takes the memory for the largest batch.
func (i *Instance) makeRoom() (err error) {
	if err := limits.CheckBatch(i.options.MaxBatch, i.session.Input.SizeBytes(1)+i.session.Output.SizeBytes(1)); err != nil {
		return fmt.Errorf("model %s: %w", i.model, err)
	}
	in, out := i.session.Input.SizeBytes(i.options.MaxBatch), i.session.Output.SizeBytes(i.options.MaxBatch)
	if i.in, err = i.d.Context.Alloc(in); err != nil {
		return err
	}
	if i.out, err = i.d.Context.Alloc(out); err != nil {
		return err
	}
	if i.tensors, err = i.d.Context.AllocPinned(in); err != nil {
		return err
	}
	if i.logits, err = i.d.Context.AllocPinned(out); err != nil {
		return err
	}
	i.done, err = i.d.Context.NewEvent(true)
	return err
}

// Tensor is what the model reads of one picture.
func (i *Instance) Tensor() tensor.Shape {
	return tensor.Shape{Width: i.width, Height: i.height, Element: i.session.Input.Element}
}

// Classes is the number of logits of one picture.
func (i *Instance) Classes() int { return len(i.probs) }

// Input is where the batch's tensors lie on the GPU, for Preprocessor.Resize.
func (i *Instance) Input() cuda.Pointer { return i.in.Pointer }

// Copy puts a tensor that a CPU has made, of the instance's shape, at a place of the batch in host memory.
func (i *Instance) Copy(place int, t tensor.Tensor) {
	n := i.Tensor().SizeBytes()
	copy(i.tensors.Bytes[place*n:(place+1)*n], t.Bytes())
}

// Upload puts the moving of the first n tensors to the GPU into the stream.
func (i *Instance) Upload(n int) error {
	return fault(H2D, i.Stream.ToDevice(i.in.Pointer, i.tensors.Bytes[:i.session.Input.SizeBytes(n)]))
}

// Infer puts the model's run on the first n pictures into the stream, padded by what lies behind them in the input.
func (i *Instance) Infer(n int) error {
	runs := i.Runs(n)
	if runs == 0 {
		return fault(Infer, fmt.Errorf("a batch of %d, there is room for 1 to %d", n, i.options.MaxBatch))
	}
	b, err := i.binding(runs)
	if err != nil {
		return fault(Infer, err)
	}
	return fault(Infer, b.Run())
}

// binding gives the binding for a batch size that the model runs at, made when it is first asked for.
func (i *Instance) binding(size int) (*ort.Binding, error) {
	if b := i.bindings[size]; b != nil {
		return b, nil
	}
	session := i.sessions[size]
	if session == nil {
		session = i.session
	}
	b, err := session.Bind(size, uintptr(i.in.Pointer), uintptr(i.out.Pointer))
	if err == nil {
		i.bindings[size] = b
	}
	return b, err
}

// Download puts the moving of the first n pictures' logits to the host into the stream.
func (i *Instance) Download(n int) error {
	return fault(D2H, i.Stream.ToHost(i.logits.Bytes[:i.session.Output.SizeBytes(n)], i.out.Pointer))
}

// Wait sleeps until all that was put into the stream is done. A failure on the GPU shows here.
func (i *Instance) Wait() error {
	err := i.Stream.Record(i.done)
	if err == nil {
		err = i.done.Synchronize()
	}
	return fault("gpu", err)
}

// Logits are those of the picture at a place of the batch, after Download and Wait.
func (i *Instance) Logits(place int) []float32 {
	n := len(i.probs)
	return i.logits.Float32s()[place*n : (place+1)*n]
}

// Post gives the five best classes of the picture at a place of the batch, valid until the next Post.
func (i *Instance) Post(place int) []post.Prediction {
	post.Softmax(i.Logits(place), i.probs)
	i.answer = post.Top(i.probs, i.answer[:0])
	return i.answer
}

// Close frees the instance.
func (i *Instance) Close() error {
	for _, b := range i.bindings {
		b.Close()
	}
	for _, s := range i.sessions {
		s.Close()
	}
	return errors.Join(i.in.Free(), i.out.Free(), i.tensors.Free(), i.logits.Free(), i.done.Close(), i.Stream.Close())
}
