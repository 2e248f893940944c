package ort

import (
	"cmp"
	"fmt"
	"strconv"
	"unsafe"

	"vsim/profile/device/dl"
	"vsim/profile/device/tensor"
)

// Memory is where an input or output of a binding lies, and its shape.
type Memory struct {
	tensor.Value
	Address uintptr // 0, of an output: ONNX Runtime takes memory in each run, of the size that it finds
}

// Binding ties a session's input and outputs to memory for one batch size.
type Binding struct {
	s       *Session
	batch   int
	io      uintptr
	options uintptr
	values  []uintptr // OrtValues of input and outputs
	free    []*byte   // names of outputs that ONNX Runtime takes memory for
}

// Bind ties memory to the session's input and outputs: on its GPU, or on the host for a session on the CPU. It must be
// large enough for the shapes and stay valid until Close.
func (s *Session) Bind(batch int, input Memory, outputs []Memory) (*Binding, error) {
	b := &Binding{s: s, batch: batch}
	if err := b.make(input, outputs); err != nil {
		b.Close()
		return nil, b.fault(err)
	}
	return b, nil
}

func (b *Binding) make(input Memory, outputs []Memory) error {
	s, r := b.s, b.s.r
	if err := r.call(createIoBinding, s.handle, uintptr(unsafe.Pointer(&b.io))); err != nil {
		return err
	}
	if err := b.bind(bindInput, input); err != nil {
		return err
	}
	for _, m := range outputs {
		if m.Address != 0 {
			if err := b.bind(bindOutput, m); err != nil {
				return err
			}
		} else {
			b.free = append(b.free, dl.CString(m.Name))
		}
	}
	return cmp.Or(b.freeOutputs(), b.runOptions())
}

// freeOutputs lets ONNX Runtime take memory in the next run: what the last one took stays bound otherwise, in its shape.
func (b *Binding) freeOutputs() error {
	for _, name := range b.free {
		if err := b.s.r.call(bindOutputToDevice, b.io, uintptr(unsafe.Pointer(name)), b.s.memory); err != nil {
			return err
		}
	}
	return nil
}

func (b *Binding) bind(how function, m Memory) error {
	var value uintptr
	r, size := b.s.r, tensor.Count(m.Shape)*m.Element.SizeBytes()
	if len(m.Shape) == 0 {
		return fmt.Errorf("%s: a scalar cannot be bound", m.Name)
	}
	if err := r.call(createTensorWithDataAsOrtValue, b.s.memory, m.Address, uintptr(size), uintptr(unsafe.Pointer(&m.Shape[0])),
		uintptr(len(m.Shape)), uintptr(m.Element), uintptr(unsafe.Pointer(&value))); err != nil {
		return err
	}
	b.values = append(b.values, value)
	return r.call(how, b.io, uintptr(unsafe.Pointer(dl.CString(m.Name))), value)
}

// Outputs gives where the outputs of the last run lie, and their shapes, to be read before the next run.
func (b *Binding) Outputs() ([]Memory, error) {
	var list, n uintptr
	r := b.s.r
	if err := r.call(getBoundOutputValues, b.io, r.allocator, uintptr(unsafe.Pointer(&list)), uintptr(unsafe.Pointer(&n))); err != nil || n == 0 {
		return nil, b.fault(err)
	}
	values := append([]uintptr(nil), unsafe.Slice((*uintptr)(dl.At(list)), n)...)
	if err := r.call(allocatorFree, r.allocator, list); err != nil {
		return nil, b.fault(err)
	}
	out := make([]Memory, n)
	var err error
	for k := range values {
		out[k].Name = b.s.Outputs[k].Name
		err = cmp.Or(err, r.locate(values[k], &out[k]))
		r.release(releaseValue, &values[k]) // the binding holds it too
	}
	return out, b.fault(err)
}

// locate reads an OrtValue.
func (r *Runtime) locate(value uintptr, m *Memory) (err error) {
	var info uintptr
	if err := r.call(getTensorTypeAndShape, value, uintptr(unsafe.Pointer(&info))); err != nil {
		return err
	}
	defer r.release(releaseTensorTypeAndShapeInfo, &info)
	if m.Element, m.Shape, err = r.tensorInfo(info); err != nil {
		return err
	}
	return r.call(getTensorMutableData, value, uintptr(unsafe.Pointer(&m.Address)))
}

// runOptions lets a run return when its work is in the stream, not when it is done, and numbers the
// CUDA graph of this batch size (0 is ONNX Runtime's own).
func (b *Binding) runOptions() error {
	s, r := b.s, b.s.r
	if err := r.call(createRunOptions, uintptr(unsafe.Pointer(&b.options))); err != nil || s.cuda == nil {
		return err
	}
	err := r.entry(addRunConfigEntry, b.options, "disable_synchronize_execution_providers", "1")
	if s.cuda.Graph {
		s.graphs++
		err = cmp.Or(err, r.entry(addRunConfigEntry, b.options, "gpu_graph_id", strconv.Itoa(s.graphs)))
	}
	return err
}

// Run runs the model on what lies in the input. On a GPU it returns when the work has been put into the
// session's stream; on the CPU when it is done.
func (b *Binding) Run() error {
	if err := b.freeOutputs(); err != nil {
		return b.fault(err)
	}
	return b.fault(b.s.r.call(runWithBinding, b.s.handle, b.options, b.io))
}

func (b *Binding) fault(err error) error {
	if err == nil {
		return nil
	}
	return b.s.fault(fmt.Errorf("batch %d: %w", b.batch, err))
}

// Close frees the binding; a second Close, or one of nil, does nothing.
func (b *Binding) Close() {
	if b == nil {
		return
	}
	b.s.r.release(releaseIoBinding, &b.io)
	b.s.r.release(releaseRunOptions, &b.options)
	for i := range b.values {
		b.s.r.release(releaseValue, &b.values[i])
	}
}
