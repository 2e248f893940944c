package gpu

import (
	"cmp"
	"errors"
	"fmt"

	"vsim/profile/device/cuda"
	"vsim/profile/device/ort"
	"vsim/profile/device/post"
	"vsim/profile/device/tensor"
	"vsim/profile/device/vision"
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
	Sizes  []int
	TF32   bool           // see ort.CUDA
	Vision vision.Options // what the model's file does not say
	Graph  bool           // launch a batch as one CUDA graph, which is captured on the first run of a size on a thread
}

// Instance is one inference instance: a loaded model with a stream of its own, and room for a batch on
// both sides of the link. It belongs to one worker.
type Instance struct {
	Stream *cuda.Stream

	d        *Device
	options  Options
	path     string
	model    vision.Model
	sessions map[int]*ort.Session // by batch size; one, at 0, for every size
	session  *ort.Session         // the first: input and outputs are those of all
	bindings map[int]*binding     // by batch size
	ran      *binding             // of the last run
	in       *cuda.Buffer
	tensors  *cuda.Pinned // what a CPU has preprocessed
	out      []*output
	done     *cuda.Event
	answers  post.Answerer
}

// NewInstance loads a model, once for each of the sizes that the options name; see vision.Read for what it may read and give.
func (d *Device) NewInstance(modelPath string, o Options) (i *Instance, err error) {
	i = &Instance{d: d, options: o, path: modelPath, sessions: map[int]*ort.Session{}, bindings: map[int]*binding{}}
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
	if i.model, err = vision.Read(i.session.Inputs, i.session.Outputs, o.Vision); err != nil {
		return i, fmt.Errorf("model %s: %w", modelPath, err)
	}
	i.answers.Kind = i.model.Postprocessing
	if n := i.model.Batch; n > 0 {
		i.options.MaxBatch, i.options.Sizes = n, []int{n}
	}
	return i, i.makeRoom()
}

// load makes the sessions.
func (i *Instance) load() error {
	sizes := i.options.Sizes
	if len(sizes) == 0 {
		sizes = []int{0}
	}
	for _, n := range sizes {
		s, err := i.d.runtime.NewSession(i.path, &ort.CUDA{Device: i.d.Info.Index, Stream: i.Stream.Handle, TF32: i.options.TF32, Graph: i.options.Graph})
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

// makeRoom takes the memory for the largest batch; that of outputs, as they are bound.
func (i *Instance) makeRoom() (err error) {
	if err := i.model.CheckBatch(i.options.MaxBatch); err != nil {
		return fmt.Errorf("model %s: %w", i.path, err)
	}
	in := i.model.Input.SizeBytes(i.options.MaxBatch)
	if i.in, err = i.d.Context.Alloc(in); err != nil {
		return err
	}
	if i.tensors, err = i.d.Context.AllocPinned(in); err != nil {
		return err
	}
	for _, v := range i.model.Outputs {
		o := &output{Value: v}
		i.out = append(i.out, o)
		if v.OfBatch(i.options.MaxBatch) {
			if err = o.bind(i.d.Context, v.SizeBytes(i.options.MaxBatch)); err != nil {
				return err
			}
		}
	}
	i.done, err = i.d.Context.NewEvent(true)
	return err
}

// Model is what the model reads and gives.
func (i *Instance) Model() *vision.Model { return &i.model }

// Tensor is what the model reads of one picture.
func (i *Instance) Tensor() tensor.Shape { return i.model.Tensor }

// Input is where the batch's tensors lie on the GPU, for Preprocessor.Resize.
func (i *Instance) Input() cuda.Pointer { return i.in.Pointer }

// Copy puts a tensor that a CPU has made, of the instance's shape, at a place of the batch in host memory.
func (i *Instance) Copy(place int, t tensor.Tensor) { i.CopyBytes(place, t.Bytes()) }

// CopyBytes puts the memory of one tensor or of several, one behind the other, at a place of the batch in host memory.
func (i *Instance) CopyBytes(place int, data []byte) {
	copy(i.tensors.Bytes[place*i.Tensor().SizeBytes():], data)
}

// Upload puts the moving of the first n tensors to the GPU into the stream.
func (i *Instance) Upload(n int) error {
	return fault(H2D, i.Stream.ToDevice(i.in.Pointer, i.tensors.Bytes[:i.model.Input.SizeBytes(n)]))
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
	i.ran = b
	return fault(Infer, i.run(b))
}

// Wait sleeps until all that was put into the stream is done. A failure on the GPU shows here.
func (i *Instance) Wait() error {
	err := i.Stream.Record(i.done)
	if err == nil {
		err = i.done.Synchronize()
	}
	return fault("gpu", err)
}

// Close frees the instance.
func (i *Instance) Close() error {
	for _, b := range i.bindings {
		b.Close()
	}
	for _, s := range i.sessions {
		s.Close()
	}
	errs := []error{i.in.Free(), i.tensors.Free(), i.done.Close()}
	for _, o := range i.out {
		errs = append(errs, o.device.Free(), o.host.Free())
	}
	return errors.Join(append(errs, i.Stream.Close())...)
}
