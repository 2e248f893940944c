//go:build cgo

package infer

import (
	"unsafe"

	ort "github.com/yalue/onnxruntime_go"
)

// binding ties a caller's two slices to the session's input and output, so that a run hands ONNX
// Runtime one pointer. The tensors hold the slices, and Go does not move heap objects, so the
// addresses stay good.
type binding struct {
	in, out *ort.Tensor[float32]
	io      *ort.IoBinding
}

func (s *Session) bind(batch int, in, out []float32) (b *binding, err error) {
	b = &binding{}
	defer func() {
		if err != nil {
			b.destroy()
		}
	}()
	if b.in, err = ort.NewTensor(withBatch(s.shape, batch), in); err != nil {
		return nil, err
	}
	if b.out, err = ort.NewTensor(withBatch(s.outShape, batch), out); err != nil {
		return nil, err
	}
	if b.io, err = s.ort.CreateIoBinding(); err != nil {
		return nil, err
	}
	if err = b.io.BindInput(s.in, b.in); err != nil {
		return nil, err
	}
	return b, b.io.BindOutput(s.out, b.out)
}

// wraps tells whether b was made for these slices.
func (b *binding) wraps(in, out []float32) bool {
	return unsafe.SliceData(b.in.GetData()) == unsafe.SliceData(in) &&
		unsafe.SliceData(b.out.GetData()) == unsafe.SliceData(out)
}

func (b *binding) destroy() {
	if b.io != nil {
		b.io.Destroy()
	}
	if b.in != nil {
		b.in.Destroy()
	}
	if b.out != nil {
		b.out.Destroy()
	}
}

func withBatch(shape []int64, batch int) ort.Shape {
	out := append(ort.Shape(nil), shape...)
	out[0] = int64(batch)
	return out
}
