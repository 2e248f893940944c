package cuda

import (
	"unsafe"

	"vsim/profile/device/dl"
)

// Pointer is an address in the GPU's memory (CUdeviceptr).
type Pointer uintptr

// Buffer is memory on the GPU.
type Buffer struct {
	Pointer
	SizeBytes int
	ctx       *Context
}

// Alloc takes memory on the GPU; the error is an ErrOutOfMemory when there is not enough.
func (c *Context) Alloc(sizeBytes int) (*Buffer, error) {
	b := &Buffer{SizeBytes: sizeBytes, ctx: c}
	if err := c.call("cuMemAlloc_v2", uintptr(unsafe.Pointer(&b.Pointer)), uintptr(sizeBytes)); err != nil {
		return nil, err
	}
	return b, nil
}

// Free gives the memory back; a second Free, or one of nil, does nothing.
func (b *Buffer) Free() error {
	if b == nil || b.Pointer == 0 {
		return nil
	}
	err := b.ctx.call("cuMemFree_v2", uintptr(b.Pointer))
	if err == nil {
		b.Pointer = 0
	}
	return err
}

// Pinned is host memory that the GPU reads and writes by itself, without a staging copy.
type Pinned struct {
	Bytes []byte
	ctx   *Context
}

// AllocPinned takes page-locked host memory.
func (c *Context) AllocPinned(sizeBytes int) (*Pinned, error) {
	var address uintptr
	if err := c.call("cuMemHostAlloc", uintptr(unsafe.Pointer(&address)), uintptr(sizeBytes), 0); err != nil {
		return nil, err
	}
	return &Pinned{Bytes: unsafe.Slice((*byte)(dl.At(address)), sizeBytes), ctx: c}, nil
}

// Float32s gives the memory as numbers.
func (p *Pinned) Float32s() []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(p.Bytes))), len(p.Bytes)/4)
}

// Free gives the memory back, after which Bytes must not be touched; a second Free, or one of nil, does
// nothing.
func (p *Pinned) Free() error {
	if p == nil || p.Bytes == nil {
		return nil
	}
	err := p.ctx.call("cuMemFreeHost", uintptr(unsafe.Pointer(unsafe.SliceData(p.Bytes))))
	if err == nil {
		p.Bytes = nil
	}
	return err
}
