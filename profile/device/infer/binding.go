//go:build cgo

package infer

import (
	"errors"
	"unsafe"

	ort "github.com/yalue/onnxruntime_go"

	"vsim/profile/device/tensor"
)

// binding ties memory to the session's input and outputs for one batch size, so that a run hands ONNX Runtime one
// pointer. The tensors hold Go's slices, and Go does not move heap objects, so the addresses stay good.
type binding struct {
	in  ort.Value
	out []ort.Value
	io  *ort.IoBinding // nil: an output's size is known only when it was made, and the last run's are in out
}

func (s *Session) bind(batch int) (*binding, error) {
	b := &binding{out: make([]ort.Value, len(s.Outputs))}
	if err := s.fill(b, batch); err != nil {
		b.destroy()
		return nil, err
	}
	return b, nil
}

func (s *Session) fill(b *binding, batch int) (err error) {
	if b.in, err = newTensor(s.Input.At(batch), s.in[:batch*s.Tensor.SizeBytes()], s.Input.Element); err != nil {
		return err
	}
	shapes, err := s.shapes(b, batch)
	if err != nil {
		return err
	}
	if err = s.bindOutputs(b, shapes); err != nil {
		return err
	}
	return s.try(b)
}

// shapes gives those of the outputs: as the file has them, or as a run makes them where it leaves them free.
func (s *Session) shapes(b *binding, batch int) (out [][]int64, err error) {
	known := true
	for _, v := range s.Outputs {
		known = known && v.OfBatch(batch)
		out = append(out, v.At(batch))
	}
	if known {
		return out, nil
	}
	if err := s.runFree(b); err != nil {
		return nil, err
	}
	for k, v := range b.out {
		out[k] = v.GetShape()
	}
	return out, nil
}

func (s *Session) bindOutputs(b *binding, shapes [][]int64) (err error) {
	b.dropOutputs()
	if b.io, err = s.ort.CreateIoBinding(); err != nil {
		return err
	}
	if err := b.io.BindInput(s.Name, b.in); err != nil {
		return err
	}
	for k, shape := range shapes {
		n := tensor.Count(shape) * s.Outputs[k].Element.SizeBytes()
		if n == 0 {
			return s.free(b) // nothing to bind: other pictures have more
		}
		if len(s.out[k]) < n {
			// Memory of a smaller batch stays its binding's.
			s.out[k] = aligned(max(n, s.maxBatch*n/int(max(shape[0], 1))))
		}
		if b.out[k], err = newTensor(shape, s.out[k][:n], s.Outputs[k].Element); err != nil {
			return err
		}
		if err := b.io.BindOutput(s.Outputs[k].Name, b.out[k]); err != nil {
			return err
		}
	}
	return nil
}

// try runs a fresh binding. Where ONNX Runtime finds an output of another shape than was bound, its shape depends on more
// than the batch's size: from then on each run says what it takes.
func (s *Session) try(b *binding) error {
	if err := s.run(b); err == nil || b.io == nil {
		return err
	}
	if err := s.free(b); err != nil {
		return err
	}
	return s.runFree(b)
}

// free lets each run make its outputs.
func (s *Session) free(b *binding) error {
	b.dropOutputs()
	if b.io == nil {
		return nil
	}
	err := b.io.Destroy()
	b.io = nil
	return err
}

func (s *Session) run(b *binding) error {
	if b.io == nil {
		return s.runFree(b)
	}
	return s.ort.RunWithBinding(b.io)
}

func (s *Session) runFree(b *binding) error {
	b.dropOutputs()
	return s.ort.Run([]ort.Value{b.in}, b.out)
}

func (b *binding) dropOutputs() {
	for k, v := range b.out {
		if v != nil {
			v.Destroy()
			b.out[k] = nil
		}
	}
}

func (b *binding) destroy() {
	if b.io != nil {
		b.io.Destroy()
	}
	if b.in != nil {
		b.in.Destroy()
	}
	b.dropOutputs()
}

func newTensor(shape []int64, data []byte, element tensor.Element) (ort.Value, error) {
	if len(shape) == 0 {
		return nil, errors.New("a scalar cannot be bound")
	}
	return ort.NewCustomDataTensor(shape, data, ort.TensorElementDataType(element))
}

// bytesOf gives the memory of an output: ours, or a copy that the binding's library has made of ONNX Runtime's.
func bytesOf(v ort.Value) []byte {
	switch t := v.(type) {
	case *ort.CustomDataTensor:
		return t.GetData()
	case *ort.Tensor[float32]:
		return tensor.Tensor{Single: t.GetData()}.Bytes()
	case *ort.Tensor[uint8]:
		return t.GetData()
	case *ort.Tensor[int64]:
		return view(t.GetData())
	case *ort.Tensor[int32]:
		return view(t.GetData())
	}
	return nil // of a type that no postprocessing reads
}

func view[T any](values []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), len(values)*int(unsafe.Sizeof(*new(T))))
}
