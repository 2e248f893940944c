package gpu

import (
	"fmt"
	"runtime"
	"unsafe"

	"vsim/profile/device/tensor"
)

// Tensors reads the first n pictures' tensors back from the GPU, after all that is in the stream: to compare them with what
// a CPU makes. It waits.
func (i *Instance) Tensors(n int) (tensor.Tensor, error) {
	shape := i.Tensor()
	out := tensor.Make(shape.Element, n*shape.Len())
	if err := i.Stream.ToHost(out.Bytes(), i.in.Pointer); err != nil {
		return out, fault(D2H, err)
	}
	return out, i.Wait()
}

// HostLogits runs a model on the CPU on one picture's tensor, of the type that it reads: what the GPU's answer is compared
// with.
func (d *Device) HostLogits(modelPath string, t tensor.Tensor) ([]float32, error) {
	s, err := d.runtime.NewSession(modelPath, nil)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if got, want := len(t.Bytes()), s.Input.SizeBytes(1); got != want {
		return nil, fmt.Errorf("model %s: a tensor of %d bytes, it reads %d", modelPath, got, want)
	}
	out := make([]float32, s.Output.SizeBytes(1)/s.Output.Element.SizeBytes())
	in := unsafe.Pointer(unsafe.SliceData(t.Bytes()))
	b, err := s.Bind(1, uintptr(in), uintptr(unsafe.Pointer(unsafe.SliceData(out))))
	if err != nil {
		return nil, err
	}
	defer b.Close()
	err = b.Run()
	runtime.KeepAlive(in) // C has its address only
	return out, err
}
