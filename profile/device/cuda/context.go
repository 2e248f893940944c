package cuda

import (
	"runtime"
	"unsafe"
)

// Context is the primary context of a GPU: the one that ONNX Runtime and nvJPEG use as well, so that
// all three share memory and streams.
type Context struct {
	*Driver
	device uintptr
	handle uintptr
}

// Context retains the primary context of GPU number index; Close releases it.
func (d *Driver) Context(index int) (*Context, error) {
	device, err := d.device(index)
	if err != nil {
		return nil, err
	}
	c := &Context{Driver: d, device: device}
	if err := d.call("cuDevicePrimaryCtxRetain", uintptr(unsafe.Pointer(&c.handle)), device); err != nil {
		return nil, err
	}
	return c, nil
}

// Close releases the context. What is still allocated in it is lost once nobody holds it any more.
func (c *Context) Close() error { return c.call("cuDevicePrimaryCtxRelease_v2", c.device) }

// Bind makes the context current on this goroutine, which it keeps on one thread of the system until
// release is called: CUDA remembers the context by thread. All calls of this package, nvJPEG's and
// ONNX Runtime's that follow need it. It is cheap enough for every job.
func (c *Context) Bind() (release func(), err error) {
	runtime.LockOSThread()
	if err := c.call("cuCtxSetCurrent", c.handle); err != nil {
		runtime.UnlockOSThread()
		return nil, err
	}
	return runtime.UnlockOSThread, nil
}

// MemoryBytes tells how much of the GPU's memory is free, and how much there is.
func (c *Context) MemoryBytes() (free, total uint64, err error) {
	err = c.call("cuMemGetInfo_v2", uintptr(unsafe.Pointer(&free)), uintptr(unsafe.Pointer(&total)))
	return free, total, err
}
