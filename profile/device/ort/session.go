package ort

import (
	"fmt"
	"unsafe"

	"vsim/profile/device/dl"
	"vsim/profile/device/limits"
	"vsim/profile/device/tensor"
	"vsim/profile/userfile"
)

// Value describes an input or an output. A dimension of -1 is free.
type Value struct {
	Name    string
	Element tensor.Element
	Shape   []int64
}

// At is the value's shape with a batch size in the place of the first dimension.
func (v Value) At(batch int) []int64 {
	shape := append([]int64(nil), v.Shape...)
	shape[0] = int64(batch)
	return shape
}

// SizeBytes is the size of the value for a batch.
func (v Value) SizeBytes(batch int) int {
	n := v.Element.SizeBytes()
	for _, d := range v.At(batch) {
		n *= int(d)
	}
	return n
}

// Session is a loaded model with one input and one output whose first dimension is the batch. It is not
// safe for concurrent use.
type Session struct {
	Input, Output Value
	r             *Runtime
	path          string
	cuda          *CUDA
	handle        uintptr
	memory        uintptr // OrtMemoryInfo of what is bound
	graphs        int     // CUDA graphs that bindings have been given
}

// NewSession loads the ONNX model at path, to run on a GPU, or on the CPU where cuda is nil.
func (r *Runtime) NewSession(path string, cuda *CUDA) (*Session, error) {
	if err := userfile.Check(path, userfile.MaxModelBytes); err != nil {
		return nil, fmt.Errorf("model %s: %w", path, userfile.Reason(err))
	}
	options, err := r.sessionOptions(cuda)
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", path, err)
	}
	defer r.release(releaseSessionOptions, &options)
	s := &Session{r: r, path: path, cuda: cuda}
	if err := r.call(createSession, r.env, uintptr(unsafe.Pointer(dl.CString(path))), options, uintptr(unsafe.Pointer(&s.handle))); err != nil {
		return nil, s.fault(err)
	}
	if err := s.describe(); err != nil {
		s.Close()
		return nil, s.fault(err)
	}
	return s, nil
}

func (s *Session) fault(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("model %s: %w", s.path, err)
}

// describe learns the input and the output, and where their memory is.
func (s *Session) describe() error {
	var err error
	if s.Input, err = s.only("input", sessionGetInputCount, sessionGetInputName, sessionGetInputTypeInfo); err != nil {
		return err
	}
	if s.Output, err = s.only("output", sessionGetOutputCount, sessionGetOutputName, sessionGetOutputTypeInfo); err != nil {
		return err
	}
	name, device := "Cpu", 0
	if s.cuda != nil {
		name, device = "Cuda", s.cuda.Device
	}
	const deviceAllocator, memTypeDefault = 0, 0 // OrtDeviceAllocator, OrtMemTypeDefault
	return s.r.call(createMemoryInfo, uintptr(unsafe.Pointer(dl.CString(name))), deviceAllocator, uintptr(device), memTypeDefault, uintptr(unsafe.Pointer(&s.memory)))
}

// only describes the single input or output.
func (s *Session) only(what string, count, name, typeInfo function) (v Value, err error) {
	var n, text, info, tensor, dims uintptr
	if err := s.r.call(count, s.handle, uintptr(unsafe.Pointer(&n))); err != nil {
		return v, err
	}
	if n != 1 {
		return v, fmt.Errorf("it has %d %ss; a served model has one", n, what)
	}
	if err := s.r.call(name, s.handle, 0, s.r.allocator, uintptr(unsafe.Pointer(&text))); err != nil {
		return v, err
	}
	v.Name = dl.String(text)
	if err := s.r.call(allocatorFree, s.r.allocator, text); err != nil {
		return v, err
	}
	if err := s.r.call(typeInfo, s.handle, 0, uintptr(unsafe.Pointer(&info))); err != nil {
		return v, err
	}
	defer s.r.release(releaseTypeInfo, &info)
	if err := s.r.call(castTypeInfoToTensorInfo, info, uintptr(unsafe.Pointer(&tensor))); err != nil {
		return v, err
	}
	if tensor == 0 {
		return v, fmt.Errorf("its %s %s is no tensor", what, v.Name)
	}
	if err := s.r.call(getTensorElementType, tensor, uintptr(unsafe.Pointer(&v.Element))); err != nil {
		return v, err
	}
	if err := s.r.call(getDimensionsCount, tensor, uintptr(unsafe.Pointer(&dims))); err != nil {
		return v, err
	}
	v.Shape = make([]int64, max(dims, 1))
	if err := s.r.call(getDimensions, tensor, uintptr(unsafe.Pointer(&v.Shape[0])), dims); err != nil {
		return v, err
	}
	return v, s.check(what, v)
}

// check refuses what cannot be bound: a type that is no float, a dimension besides the batch that is free.
func (s *Session) check(what string, v Value) error {
	fixed := len(v.Shape) > 1
	for _, d := range v.Shape[1:] {
		fixed = fixed && d > 0
	}
	if v.Element.SizeBytes() == 0 || !fixed {
		return fmt.Errorf("its %s %s is of type %d and shape %v; it must be float32 or float16, and only the batch may be free", what, v.Name, v.Element, v.Shape)
	}
	if _, err := limits.Picture(v.Shape, v.Element.SizeBytes()); err != nil {
		return fmt.Errorf("its %s %s is %v: %w", what, v.Name, v.Shape, err)
	}
	return nil
}

// Close frees the model; a second Close, or one of nil, does nothing. Its bindings are closed before.
func (s *Session) Close() {
	if s != nil {
		s.r.release(releaseMemoryInfo, &s.memory)
		s.r.release(releaseSession, &s.handle)
	}
}
