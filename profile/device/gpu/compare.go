package gpu

import (
	"encoding/binary"
	"math"
	"runtime"
	"unsafe"

	"github.com/x448/float16"

	"vsim/profile/device/ort"
)

// Tensors reads the first n pictures' tensors back from the GPU, as float32, after all that is in the stream:
// to compare them with what a CPU makes. It waits.
func (i *Instance) Tensors(n int) ([]float32, error) {
	raw := make([]byte, i.session.Input.SizeBytes(n))
	if err := i.Stream.ToHost(raw, i.in.Pointer); err != nil {
		return nil, fault(D2H, err)
	}
	if err := i.Wait(); err != nil {
		return nil, err
	}
	out := make([]float32, n*i.TensorLen())
	for k := range out {
		if i.session.Input.Element == ort.Float32 {
			out[k] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*k:]))
		} else {
			out[k] = float16.Frombits(binary.LittleEndian.Uint16(raw[2*k:])).Float32()
		}
	}
	return out, nil
}

// HostLogits runs a model on the CPU on one picture's tensor: what the GPU's answer is compared with.
func (d *Device) HostLogits(modelPath string, tensor []float32) ([]float32, error) {
	s, err := d.runtime.NewSession(modelPath, nil)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	out := make([]float32, s.Output.SizeBytes(1)/s.Output.Element.SizeBytes())
	in := unsafe.Pointer(unsafe.SliceData(tensor))
	if s.Input.Element == ort.Float16 {
		half := make([]uint16, len(tensor))
		for k, v := range tensor {
			half[k] = float16.Fromfloat32(v).Bits()
		}
		in = unsafe.Pointer(unsafe.SliceData(half))
	}
	b, err := s.Bind(1, uintptr(in), uintptr(unsafe.Pointer(unsafe.SliceData(out))))
	if err != nil {
		return nil, err
	}
	defer b.Close()
	err = b.Run()
	runtime.KeepAlive(in) // C has its address only
	return out, err
}
