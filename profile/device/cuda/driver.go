// Package cuda is the part of the CUDA driver API (libcuda, docs.nvidia.com/cuda/cuda-driver-api) that
// vsim needs: contexts, memory, streams, events, copies, modules and launches. The driver is opened at
// run time; nothing is linked and no cgo is needed.
//
// A failed call is a Go error with the driver's own name and text for it. Errors are sticky where CUDA
// makes them so: after a lost device every later call fails too.
package cuda

import (
	"fmt"
	"unsafe"

	"vsim/profile/device/dl"
)

// functions are those of the library that this package calls. The names with _v2 are what cuda.h makes
// of the plain ones since CUDA 3.2 to 11; all of them are in every driver since CUDA 11.
var functions = []string{
	"cuInit", "cuDriverGetVersion", "cuGetErrorName", "cuGetErrorString",
	"cuDeviceGetCount", "cuDeviceGet", "cuDeviceGetName", "cuDeviceTotalMem_v2", "cuDeviceGetAttribute", "cuDeviceGetPCIBusId",
	"cuDevicePrimaryCtxRetain", "cuDevicePrimaryCtxRelease_v2", "cuCtxSetCurrent",
	"cuMemAlloc_v2", "cuMemFree_v2", "cuMemHostAlloc", "cuMemFreeHost", "cuMemGetInfo_v2",
	"cuMemcpyHtoDAsync_v2", "cuMemcpyDtoHAsync_v2",
	"cuStreamCreate", "cuStreamDestroy_v2", "cuStreamSynchronize",
	"cuEventCreate", "cuEventDestroy_v2", "cuEventRecord", "cuEventSynchronize", "cuEventElapsedTime",
	"cuModuleLoadData", "cuModuleUnload", "cuModuleGetFunction", "cuLaunchKernel",
}

// Driver is the loaded and initialised driver.
type Driver struct{ lib *dl.Library }

// Open loads the driver's library at path (see native.Find) and initialises it. Without a GPU the error
// is an ErrNoDevice.
func Open(path string) (*Driver, error) {
	lib, err := dl.Open("CUDA driver", path, functions...)
	if err != nil {
		return nil, err
	}
	d := &Driver{lib}
	return d, d.call("cuInit", 0)
}

// call calls a function that gives a CUresult.
//
//go:uintptrescapes
func (d *Driver) call(function string, args ...uintptr) error {
	code := int32(d.lib.Call(function, args...))
	if code == 0 {
		return nil
	}
	return &Error{Call: function, Code: code, Name: d.describe("cuGetErrorName", code), Text: d.describe("cuGetErrorString", code)}
}

// describe asks the driver for its words for a code.
func (d *Driver) describe(function string, code int32) string {
	var text uintptr
	if d.lib.Call(function, uintptr(code), uintptr(unsafe.Pointer(&text))) != 0 || text == 0 {
		return fmt.Sprintf("CUresult %d", code)
	}
	return dl.String(text)
}

// Version is the CUDA version that the driver supports, such as "13.0".
func (d *Driver) Version() (string, error) {
	var v int32
	if err := d.call("cuDriverGetVersion", uintptr(unsafe.Pointer(&v))); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d.%d", v/1000, v%1000/10), nil
}

// Info describes a GPU.
type Info struct {
	Index           int
	Name            string
	PCIBus          string // domain:bus:device.function, by which NVML knows it too
	MemoryBytes     uint64
	Compute         [2]int // compute capability, major and minor
	Multiprocessors int
	CopyEngines     int // transfers that can run at once, besides kernels
}

// String describes the GPU in one line.
func (i Info) String() string {
	return fmt.Sprintf("%s, %.1f GiB, compute capability %d.%d, %d multiprocessors, %d copy engines",
		i.Name, float64(i.MemoryBytes)/(1<<30), i.Compute[0], i.Compute[1], i.Multiprocessors, i.CopyEngines)
}

// Attributes of CUdevice_attribute (cuda.h).
const (
	attributeMultiprocessors = 16
	attributeCopyEngines     = 40
	attributeComputeMajor    = 75
	attributeComputeMinor    = 76
)

// Count is the number of GPUs.
func (d *Driver) Count() (int, error) {
	var n int32
	err := d.call("cuDeviceGetCount", uintptr(unsafe.Pointer(&n)))
	return int(n), err
}

// Device describes GPU number index, counted from 0.
func (d *Driver) Device(index int) (Info, error) {
	out := Info{Index: index}
	handle, err := d.device(index)
	if err != nil {
		return out, err
	}
	name, bus := make([]byte, 256), make([]byte, 32)
	for _, ask := range []func() error{
		func() error {
			return d.call("cuDeviceGetName", uintptr(unsafe.Pointer(&name[0])), uintptr(len(name)), handle)
		},
		func() error {
			return d.call("cuDeviceGetPCIBusId", uintptr(unsafe.Pointer(&bus[0])), uintptr(len(bus)), handle)
		},
		func() error { return d.call("cuDeviceTotalMem_v2", uintptr(unsafe.Pointer(&out.MemoryBytes)), handle) },
		func() error { return d.attribute(&out.Multiprocessors, attributeMultiprocessors, handle) },
		func() error { return d.attribute(&out.CopyEngines, attributeCopyEngines, handle) },
		func() error { return d.attribute(&out.Compute[0], attributeComputeMajor, handle) },
		func() error { return d.attribute(&out.Compute[1], attributeComputeMinor, handle) },
	} {
		if err := ask(); err != nil {
			return out, err
		}
	}
	out.Name, out.PCIBus = dl.Text(name), dl.Text(bus)
	return out, nil
}

func (d *Driver) device(index int) (uintptr, error) {
	var handle int32
	if err := d.call("cuDeviceGet", uintptr(unsafe.Pointer(&handle)), uintptr(index)); err != nil {
		n, countErr := d.Count()
		if countErr != nil {
			return 0, countErr
		}
		return 0, fmt.Errorf("GPU %d: this machine has %d, numbered from 0: %w", index, n, err)
	}
	return uintptr(handle), nil
}

func (d *Driver) attribute(into *int, attribute, device uintptr) error {
	var value int32
	err := d.call("cuDeviceGetAttribute", uintptr(unsafe.Pointer(&value)), attribute, device)
	*into = int(value)
	return err
}
