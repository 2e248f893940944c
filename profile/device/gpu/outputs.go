package gpu

import (
	"cmp"
	"fmt"
	"strings"

	"vsim/profile/device/cuda"
	"vsim/profile/device/ort"
	"vsim/profile/device/post"
	"vsim/profile/device/tensor"
)

// output is one of a model's, with room on both sides of the link; it grows with the batch.
type output struct {
	tensor.Value
	device *cuda.Buffer
	host   *cuda.Pinned
}

// bind has room for so many bytes on the GPU and the host.
func (o *output) bind(c *cuda.Context, sizeBytes int) (err error) {
	if o.device, err = c.Alloc(sizeBytes); err != nil {
		return err
	}
	return o.receive(c, sizeBytes)
}

// receive has room for so many bytes on the host. What was there before is freed: nothing may be in the stream.
func (o *output) receive(c *cuda.Context, sizeBytes int) (err error) {
	if o.host != nil && len(o.host.Bytes) >= sizeBytes {
		return nil
	}
	if err := o.host.Free(); err != nil {
		return err
	}
	o.host, err = c.AllocPinned(sizeBytes)
	return err
}

// binding is a batch size's, with the outputs of its last run.
type binding struct {
	*ort.Binding
	batch int
	ran   bool
	free  bool         // an output lies in memory that ONNX Runtime takes in each run
	out   []ort.Memory // where the outputs lie, and their shapes
}

// binding gives the binding for a batch size that the model runs at, made when it is first asked for. Where an output's
// size does not follow from the batch's, ONNX Runtime takes memory for it in each run.
func (i *Instance) binding(size int) (*binding, error) {
	if b := i.bindings[size]; b != nil {
		return b, nil
	}
	if i.model.Batch > 0 && i.model.Batch != size {
		return nil, fmt.Errorf("model %s: a batch of %d, its file fixes it at %d", i.path, size, i.model.Batch)
	}
	b := &binding{batch: size}
	for _, o := range i.out {
		m := ort.Memory{Value: o.Value}
		if o.OfBatch(size) {
			m.Shape, m.Address = o.At(size), uintptr(o.device.Pointer)
		} else {
			b.free = true
		}
		b.out = append(b.out, m)
	}
	if err := i.bind(b); err != nil {
		return nil, err
	}
	i.bindings[size] = b
	return b, nil
}

func (i *Instance) bind(b *binding) (err error) {
	in := ort.Memory{Value: i.model.Input, Address: uintptr(i.in.Pointer)}
	in.Shape = in.At(b.batch)
	b.Binding, err = cmp.Or(i.sessions[b.batch], i.session).Bind(b.batch, in, b.out)
	return err
}

// run runs a binding. Where ONNX Runtime finds in its first run that an output has another shape than its first axis and the
// batch said, it takes the memory of all outputs in each run from then on.
func (i *Instance) run(b *binding) error {
	err := b.Run()
	if err == nil || b.ran || !strings.Contains(strings.ToLower(err.Error()), "shape") {
		b.ran = b.ran || err == nil
		return err
	}
	b.Close()
	b.free, b.ran = true, true
	for k, o := range i.out {
		b.out[k] = ort.Memory{Value: o.Value}
	}
	if err := i.bind(b); err != nil {
		return err
	}
	return b.Run()
}

// Download puts the moving of the first n pictures' outputs to the host into the stream; all of an output whose first axis
// is not the batch.
func (i *Instance) Download(n int) error { return fault(D2H, i.download(n)) }

func (i *Instance) download(n int) error {
	b := i.ran
	if b == nil {
		return fmt.Errorf("nothing was inferred")
	}
	if b.free {
		made, err := b.Outputs()
		if err != nil || len(made) == 0 {
			return err
		}
		b.out = made
	}
	for k, m := range b.out {
		size := tensor.Count(m.Shape) * m.Element.SizeBytes()
		if len(m.Shape) > 0 && m.Shape[0] == int64(b.batch) {
			size = size / b.batch * n
		}
		if size == 0 {
			continue
		}
		if err := i.out[k].receive(i.d.Context, size); err != nil {
			return err
		}
		if err := i.Stream.ToHost(i.out[k].host.Bytes[:size], cuda.Pointer(m.Address)); err != nil {
			return err
		}
	}
	return nil
}

// OutputBytes is what the outputs of a batch take, as far as a run has shown it or it follows from the batch's size.
func (i *Instance) OutputBytes(batch int) (n int) {
	for k, o := range i.out {
		switch {
		case i.ran != nil && len(i.ran.out[k].Shape) > 0:
			shape := i.ran.out[k].Shape
			shown := tensor.Count(shape) * o.Element.SizeBytes()
			if shape[0] == int64(i.ran.batch) {
				shown = shown / i.ran.batch * batch
			}
			n += shown
		case o.OfBatch(batch):
			n += o.SizeBytes(batch)
		}
	}
	return n
}

// Logits are the first output's values of the picture at a place of the batch, after Download and Wait; nil where it has
// no float32 values for each picture.
func (i *Instance) Logits(place int) []float32 {
	values, dims := i.first()
	if len(dims) < 2 || dims[0] <= int64(place) {
		return nil
	}
	n := len(values) / int(dims[0])
	return values[place*n : (place+1)*n]
}

// first gives the values of the first output, and its shape.
func (i *Instance) first() ([]float32, []int64) {
	if i.ran == nil || i.out[0].host == nil || i.out[0].Element != tensor.Float32 {
		return nil, nil
	}
	shape := i.ran.out[0].Shape
	return i.out[0].host.Float32s()[:max(tensor.Count(shape), 0)], shape
}

// Output gives one of the model's outputs of the batch that was inferred last, after Download and Wait, and its shape, valid until
// the next Download: of an output whose first axis is the batch, the pictures that were downloaded.
func (i *Instance) Output(k int) (data []byte, shape []int64) {
	if i.ran == nil || i.out[k].host == nil {
		return nil, nil
	}
	shape = i.ran.out[k].Shape
	return i.out[k].host.Bytes[:min(len(i.out[k].host.Bytes), max(tensor.Count(shape), 0)*i.out[k].Element.SizeBytes())], shape
}

// Post gives the answer of the picture at a place of the batch, after Download and Wait, valid until the next Post.
func (i *Instance) Post(place int) post.Answer {
	if i.answers.Kind == post.None {
		return post.Answer{}
	}
	values, shape := i.first()
	return i.answers.At(place, values, shape)
}
