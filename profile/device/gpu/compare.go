package gpu

import (
	"fmt"
	"runtime"
	"unsafe"

	"vsim/profile/device/dl"
	"vsim/profile/device/ort"
	"vsim/profile/device/tensor"
	"vsim/profile/device/vision"
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

// Read says what a model reads and gives; its session is on the CPU and gone afterwards.
func (d *Device) Read(modelPath string, o vision.Options) (*vision.Model, error) {
	s, err := d.runtime.NewSession(modelPath, nil)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	m, err := vision.Read(s.Inputs, s.Outputs, o)
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", modelPath, err)
	}
	return &m, nil
}

// HostLogits runs a model on the CPU on one picture's tensor, of the type that it reads: what the GPU's answer is compared
// with. It gives the first output, float32; nil where that is of another type.
func (d *Device) HostLogits(modelPath string, t tensor.Tensor, o vision.Options) ([]float32, error) {
	s, err := d.runtime.NewSession(modelPath, nil)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	m, err := vision.Read(s.Inputs, s.Outputs, o)
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", modelPath, err)
	}
	if got, want := len(t.Bytes()), m.Tensor.SizeBytes(); got != want {
		return nil, fmt.Errorf("model %s: a tensor of %d bytes, it reads %d", modelPath, got, want)
	}
	in := unsafe.Pointer(unsafe.SliceData(t.Bytes()))
	input := ort.Memory{Value: m.Input, Address: uintptr(in)}
	input.Shape = input.At(1)
	var outputs []ort.Memory
	for _, v := range s.Outputs {
		outputs = append(outputs, ort.Memory{Value: v})
	}
	b, err := s.Bind(1, input, outputs)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	if err = b.Run(); err != nil {
		return nil, err
	}
	runtime.KeepAlive(in) // C has its address only
	made, err := b.Outputs()
	if err != nil || len(made) == 0 || made[0].Element != tensor.Float32 {
		return nil, err
	}
	return append([]float32(nil), unsafe.Slice((*float32)(dl.At(made[0].Address)), tensor.Count(made[0].Shape))...), nil
}
