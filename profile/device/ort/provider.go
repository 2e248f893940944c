package ort

import (
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"vsim/profile/device/dl"
)

// providers are the files that must lie beside the library for it to run on a GPU.
var providers = []string{"libonnxruntime_providers_shared.so", "libonnxruntime_providers_cuda.so"}

// CheckCUDA says what the library at path lacks to run on a GPU: its CUDA provider, or a library that
// this needs. nil when nothing is missing. (The provider opens some libraries only in the middle of its
// work: cuDNN and cuFFT are the caller's to look for, see native.CUDNN.)
func CheckCUDA(path string) error {
	dir := filepath.Dir(path)
	for _, name := range providers {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("ONNX Runtime's CUDA provider: no %s in %s: put the %s of the same version of ONNX Runtime there, "+
				"for 1.29 with CUDA 13 those in Plugins/Linux/x64 of `npm pack com.github.asus4.onnxruntime.linux-x64-gpu@0.4.9`",
				name, dir, strings.Join(providers, " and "))
		}
	}
	cuda := filepath.Join(dir, providers[1])
	file, err := elf.Open(cuda)
	if err != nil {
		return fmt.Errorf("ONNX Runtime's CUDA provider: %s: %w", cuda, err)
	}
	defer file.Close()
	needed, err := file.ImportedLibraries()
	if err != nil {
		return fmt.Errorf("ONNX Runtime's CUDA provider: %s: %w", cuda, err)
	}
	var missing []string
	for _, soname := range needed {
		if soname == providers[0] {
			continue // ONNX Runtime itself opens it first
		}
		if _, err := dl.Open(soname, soname); err != nil {
			missing = append(missing, soname)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("ONNX Runtime's CUDA provider: it needs %s: install the CUDA toolkit and cuDNN, or NVIDIA's Python packages, and put their folders into LD_LIBRARY_PATH",
			strings.Join(missing, ", "))
	}
	return nil
}
