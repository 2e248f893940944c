package cuda

import (
	"runtime"
	"unsafe"

	"vsim/profile/device/dl"
)

// Module is code for the GPU.
type Module struct {
	handle uintptr
	ctx    *Context
}

// Kernel is a function of a module.
type Kernel struct {
	handle uintptr
	ctx    *Context
}

// LoadModule loads an image that NVRTC has compiled (cubin, or PTX with a 0 at its end).
func (c *Context) LoadModule(image []byte) (*Module, error) {
	m := &Module{ctx: c}
	err := c.call("cuModuleLoadData", uintptr(unsafe.Pointer(&m.handle)), uintptr(unsafe.Pointer(unsafe.SliceData(image))))
	runtime.KeepAlive(image)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// Kernel finds a kernel by the name that it has in extern "C".
func (m *Module) Kernel(name string) (*Kernel, error) {
	k := &Kernel{ctx: m.ctx}
	if err := m.ctx.call("cuModuleGetFunction", uintptr(unsafe.Pointer(&k.handle)), m.handle, uintptr(unsafe.Pointer(dl.CString(name)))); err != nil {
		return nil, err
	}
	return k, nil
}

// Close unloads the module; a second Close, or one of nil, does nothing.
func (m *Module) Close() error {
	if m == nil || m.handle == 0 {
		return nil
	}
	err := m.ctx.call("cuModuleUnload", m.handle)
	if err == nil {
		m.handle = 0
	}
	return err
}

// Launch runs a kernel on a grid of blocks of threads, each x, y, z. params are pointers to the
// arguments, in the order of the kernel's parameters; their values are read before Launch returns.
func (s *Stream) Launch(k *Kernel, grid, block [3]int, params ...unsafe.Pointer) error {
	err := s.ctx.call("cuLaunchKernel", k.handle,
		uintptr(grid[0]), uintptr(grid[1]), uintptr(grid[2]), uintptr(block[0]), uintptr(block[1]), uintptr(block[2]),
		0, s.Handle, uintptr(unsafe.Pointer(unsafe.SliceData(params))), 0)
	runtime.KeepAlive(params)
	return err
}
