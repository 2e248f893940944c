package ort

import (
	"cmp"
	"fmt"
	"strconv"
	"unsafe"

	"vsim/profile/device/dl"
)

// Binding ties a session's input and output to memory for one batch size.
type Binding struct {
	s       *Session
	batch   int
	io      uintptr
	options uintptr
	values  [2]uintptr // OrtValue of input and output
}

// Bind ties addresses of at least Input.SizeBytes(batch) and Output.SizeBytes(batch) bytes to the
// session: on its GPU, or on the host for a session on the CPU. They must stay valid until Close.
func (s *Session) Bind(batch int, input, output uintptr) (*Binding, error) {
	if batch < 1 || s.Input.Shape[0] > 0 && s.Input.Shape[0] != int64(batch) {
		return nil, s.fault(fmt.Errorf("a batch of %d does not fit its input %v", batch, s.Input.Shape))
	}
	b := &Binding{s: s, batch: batch}
	if err := b.make(input, output); err != nil {
		b.Close()
		return nil, b.fault(err)
	}
	return b, nil
}

func (b *Binding) make(input, output uintptr) error {
	s, r := b.s, b.s.r
	if err := r.call(createIoBinding, s.handle, uintptr(unsafe.Pointer(&b.io))); err != nil {
		return err
	}
	for i, v := range []struct {
		Value
		bind    function
		address uintptr
	}{{s.Input, bindInput, input}, {s.Output, bindOutput, output}} {
		shape := v.At(b.batch)
		if err := r.call(createTensorWithDataAsOrtValue, s.memory, v.address, uintptr(v.SizeBytes(b.batch)), uintptr(unsafe.Pointer(&shape[0])),
			uintptr(len(shape)), uintptr(v.Element), uintptr(unsafe.Pointer(&b.values[i]))); err != nil {
			return err
		}
		if err := r.call(v.bind, b.io, uintptr(unsafe.Pointer(dl.CString(v.Name))), b.values[i]); err != nil {
			return err
		}
	}
	return b.runOptions()
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
