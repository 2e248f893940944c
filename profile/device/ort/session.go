package ort

import (
	"fmt"
	"unsafe"

	"vsim/profile/device/dl"
	"vsim/profile/device/tensor"
	"vsim/profile/userfile"
)

// Session is a loaded model with one input whose first dimension is the batch. It is not safe for concurrent use.
type Session struct {
	Inputs, Outputs []tensor.Value
	r               *Runtime
	path            string
	cuda            *CUDA
	handle          uintptr
	memory          uintptr // OrtMemoryInfo of what is bound
	graphs          int     // CUDA graphs that bindings have been given
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

// describe learns the inputs and outputs, and where their memory is.
func (s *Session) describe() error {
	var err error
	if s.Inputs, err = s.values(sessionGetInputCount, sessionGetInputName, sessionGetInputTypeInfo); err != nil {
		return err
	}
	if s.Outputs, err = s.values(sessionGetOutputCount, sessionGetOutputName, sessionGetOutputTypeInfo); err != nil {
		return err
	}
	name, device := "Cpu", 0
	if s.cuda != nil {
		name, device = "Cuda", s.cuda.Device
	}
	const deviceAllocator, memTypeDefault = 0, 0 // OrtDeviceAllocator, OrtMemTypeDefault
	return s.r.call(createMemoryInfo, uintptr(unsafe.Pointer(dl.CString(name))), deviceAllocator, uintptr(device), memTypeDefault, uintptr(unsafe.Pointer(&s.memory)))
}

// values describes the inputs or the outputs.
func (s *Session) values(count, name, typeInfo function) (out []tensor.Value, err error) {
	var n uintptr
	if err := s.r.call(count, s.handle, uintptr(unsafe.Pointer(&n))); err != nil {
		return nil, err
	}
	for k := range n {
		v, err := s.value(k, name, typeInfo)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// value describes one of them; one that is no tensor has no element.
func (s *Session) value(k uintptr, name, typeInfo function) (v tensor.Value, err error) {
	var text, info, described uintptr
	if err := s.r.call(name, s.handle, k, s.r.allocator, uintptr(unsafe.Pointer(&text))); err != nil {
		return v, err
	}
	v.Name = dl.String(text)
	if err := s.r.call(allocatorFree, s.r.allocator, text); err != nil {
		return v, err
	}
	if err := s.r.call(typeInfo, s.handle, k, uintptr(unsafe.Pointer(&info))); err != nil {
		return v, err
	}
	defer s.r.release(releaseTypeInfo, &info)
	if err := s.r.call(castTypeInfoToTensorInfo, info, uintptr(unsafe.Pointer(&described))); err != nil || described == 0 {
		return v, err
	}
	v.Element, v.Shape, err = s.r.tensorInfo(described)
	return v, err
}

// tensorInfo reads an OrtTensorTypeAndShapeInfo.
func (r *Runtime) tensorInfo(info uintptr) (e tensor.Element, shape []int64, err error) {
	var dims uintptr
	if err := r.call(getTensorElementType, info, uintptr(unsafe.Pointer(&e))); err != nil {
		return e, nil, err
	}
	if err := r.call(getDimensionsCount, info, uintptr(unsafe.Pointer(&dims))); err != nil || dims == 0 {
		return e, nil, err
	}
	shape = make([]int64, dims)
	return e, shape, r.call(getDimensions, info, uintptr(unsafe.Pointer(&shape[0])), dims)
}

// Close frees the model; a second Close, or one of nil, does nothing. Its bindings are closed before.
func (s *Session) Close() {
	if s != nil {
		s.r.release(releaseMemoryInfo, &s.memory)
		s.r.release(releaseSession, &s.handle)
	}
}
