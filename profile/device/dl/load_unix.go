//go:build darwin || freebsd || linux

package dl

import "github.com/ebitengine/purego"

// load opens a library for other libraries too (RTLD_GLOBAL): ONNX Runtime's CUDA provider finds cuDNN
// by name once it is open.
func load(path string) (uintptr, error) {
	return purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_GLOBAL)
}

// symbol gives a function's address, 0 when the library has none of that name.
func symbol(handle uintptr, name string) uintptr {
	address, err := purego.Dlsym(handle, name)
	if err != nil {
		return 0
	}
	return address
}
