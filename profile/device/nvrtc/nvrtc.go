// Package nvrtc compiles CUDA C for the GPU at hand with NVIDIA's runtime compiler (libnvrtc,
// docs.nvidia.com/cuda/nvrtc), opened at run time.
package nvrtc

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"unsafe"

	"vsim/profile/device/dl"
)

var functions = []string{
	"nvrtcVersion", "nvrtcGetErrorString", "nvrtcCreateProgram", "nvrtcDestroyProgram", "nvrtcCompileProgram",
	"nvrtcGetCUBINSize", "nvrtcGetCUBIN", "nvrtcGetProgramLogSize", "nvrtcGetProgramLog",
}

// Compiler is the loaded library.
type Compiler struct{ lib *dl.Library }

// Open loads the library at path, see native.Find. Compiling needs no GPU. NVRTC opens its builtins by name in the middle of
// its work, wherever the loader searches: those beside it are opened first.
func Open(path string) (*Compiler, error) {
	builtins, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "libnvrtc-builtins.so.*"))
	for _, b := range builtins {
		if _, err := dl.Open("NVRTC", b); err != nil {
			return nil, err
		}
	}
	lib, err := dl.Open("NVRTC", path, functions...)
	if err != nil {
		return nil, err
	}
	return &Compiler{lib}, nil
}

//go:uintptrescapes
func (c *Compiler) call(function string, args ...uintptr) error {
	code := int32(c.lib.Call(function, args...))
	if code == 0 {
		return nil
	}
	return fmt.Errorf("NVRTC: %s: %s", function, dl.String(c.lib.Call("nvrtcGetErrorString", uintptr(code))))
}

// Version is the library's, such as "13.0".
func (c *Compiler) Version() (string, error) {
	var major, minor int32
	err := c.call("nvrtcVersion", uintptr(unsafe.Pointer(&major)), uintptr(unsafe.Pointer(&minor)))
	return fmt.Sprintf("%d.%d", major, minor), err
}

// Compile makes machine code (cubin) of CUDA C for GPUs of a compute capability (major, minor). name
// stands in the messages of the compiler, whose first lines are in the error.
func (c *Compiler) Compile(name, source string, compute [2]int) (image []byte, err error) {
	var program uintptr
	if err := c.call("nvrtcCreateProgram", uintptr(unsafe.Pointer(&program)), uintptr(unsafe.Pointer(dl.CString(source))),
		uintptr(unsafe.Pointer(dl.CString(name))), 0, 0, 0); err != nil {
		return nil, err
	}
	defer c.call("nvrtcDestroyProgram", uintptr(unsafe.Pointer(&program)))
	options := []*byte{dl.CString(fmt.Sprintf("--gpu-architecture=sm_%d%d", compute[0], compute[1]))}
	err = c.call("nvrtcCompileProgram", program, uintptr(len(options)), uintptr(unsafe.Pointer(&options[0])))
	runtime.KeepAlive(options)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, c.log(program))
	}
	return c.read("nvrtcGetCUBIN", program)
}

// log is what the compiler said of the program, its first three lines in one.
func (c *Compiler) log(program uintptr) string {
	text, err := c.read("nvrtcGetProgramLog", program)
	if err != nil {
		return err.Error()
	}
	var lines []string
	for line := range strings.Lines(dl.Text(text)) {
		if words := strings.Fields(line); len(words) > 0 {
			lines = append(lines, strings.Join(words, " "))
		}
	}
	return strings.Join(lines[:min(3, len(lines))], "; ")
}

// read calls a pair of functions: one that tells a size, one that fills a buffer of it.
func (c *Compiler) read(function string, program uintptr) ([]byte, error) {
	var size uintptr
	if err := c.call(function+"Size", program, uintptr(unsafe.Pointer(&size))); err != nil {
		return nil, err
	}
	out := make([]byte, max(size, 1))
	return out, c.call(function, program, uintptr(unsafe.Pointer(&out[0])))
}
