// Package native finds the shared libraries that vsim opens at run time. It opens nothing itself
// and needs no cgo.
package native

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Lib describes one shared library and the places where it may be.
type Lib struct {
	Name   string // as people call it
	Env    string // environment variable that names the file
	Flag   string // command-line flag that names the file, "" when there is none
	Folder string // folder inside .deps, where `make deps` puts it
	Soname string // file name, also what the system's loader knows it by
	Older  string // another file name that will do, "" for none
	Get    string // how to get it, "" for `make deps`
}

// The libraries of the CPU stages.
var (
	ONNXRuntime = Lib{Name: "ONNX Runtime", Env: "VSIM_ORT_LIB", Flag: "--ort-lib", Folder: "onnxruntime", Soname: "libonnxruntime.so.1"}
	TurboJPEG   = Lib{Name: "libjpeg-turbo", Env: "VSIM_TURBOJPEG_LIB", Folder: "turbojpeg", Soname: "libturbojpeg.so.0"}
)

// The libraries of the GPU stages. CUDA, NVML and NVCUVID are NVIDIA's driver; the others come with the CUDA toolkit and
// cuDNN, or as Python packages of NVIDIA's whose folders LD_LIBRARY_PATH then must name. nvJPEG is CUDA 13.0's: newer ones
// want newer drivers than most machines have.
var (
	CUDA    = Lib{Name: "CUDA driver", Env: "VSIM_CUDA_LIB", Soname: "libcuda.so.1", Get: driver}
	NVML    = Lib{Name: "NVML", Env: "VSIM_NVML_LIB", Soname: "libnvidia-ml.so.1", Get: driver}
	NVRTC   = Lib{Name: "NVRTC", Env: "VSIM_NVRTC_LIB", Soname: "libnvrtc.so.13", Older: "libnvrtc.so.12", Get: toolkit("nvidia-cuda-nvrtc")}
	NVJPEG  = Lib{Name: "nvJPEG", Env: "VSIM_NVJPEG_LIB", Soname: "libnvjpeg.so.13", Older: "libnvjpeg.so.12", Get: toolkit("nvidia-nvjpeg==13.0.4.44")}
	CUDNN   = Lib{Name: "cuDNN", Env: "VSIM_CUDNN_LIB", Soname: "libcudnn.so.9", Get: toolkit("nvidia-cudnn-cu13")}
	NVCUVID = Lib{Name: "NVIDIA's video decoder", Env: "VSIM_NVCUVID_LIB", Soname: "libnvcuvid.so.1", Get: driver}
	CUFFT   = Lib{Name: "cuFFT", Env: "VSIM_CUFFT_LIB", Soname: "libcufft.so.12", Get: toolkit("nvidia-cufft")}
)

const driver = "install NVIDIA's driver"

func toolkit(pythonPackage string) string {
	return "install the CUDA toolkit, or `pip install " + pythonPackage + "` and put its lib folder into LD_LIBRARY_PATH"
}

// ErrNotFound is wrapped by the error of [Find] when no place has the library.
var ErrNotFound = errors.New("not found")

// Find gives the path of lib. The order is: explicit (a flag's value, "" for none), the
// environment variable, .deps of the tree around the working directory, .deps around the
// executable, the system. A path that a person named and that is not there is an error at once:
// falling through would measure another library than the one asked for. The error says where Find
// looked and how to go on.
func Find(lib Lib, explicit string) (string, error) {
	if explicit != "" {
		return named(lib, explicit, lib.Flag)
	}
	if path := os.Getenv(lib.Env); path != "" {
		return named(lib, path, lib.Env)
	}
	trees := inTrees(lib)
	for _, path := range append(trees, inSystem(lib)...) {
		if isFile(path) {
			return path, nil
		}
	}
	places := "the system's library folders"
	if len(trees) > 0 {
		places = strings.Join(folders(trees), ", ") + " or " + places
	}
	return "", fmt.Errorf("%s %w (no %s in %s): %s, or name the file: %s",
		lib.Name, ErrNotFound, strings.Join(lib.names(), " or "), places, lib.get(), lib.remedy())
}

// get says how to get the library.
func (l Lib) get() string {
	return cmp.Or(l.Get, "run `make deps`")
}

// names are the file names that will do, the best first.
func (l Lib) names() []string {
	if l.Older == "" {
		return []string{l.Soname}
	}
	return []string{l.Soname, l.Older}
}

// named checks a path that came from a flag or a variable.
func named(lib Lib, path, source string) (string, error) {
	if source == "" {
		source = "the given path"
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("%s %w: %s names %s, which does not exist; correct it, or leave it out and %s",
			lib.Name, ErrNotFound, source, path, lib.get())
	case err != nil:
		return "", fmt.Errorf("%s: %s: %w", lib.Name, source, err)
	case info.IsDir():
		return "", fmt.Errorf("%s %w: %s names the folder %s; name the file, for example %s",
			lib.Name, ErrNotFound, source, path, filepath.Join(path, lib.Soname))
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s %w: %s names %s, which is no regular file; name the file %s", lib.Name, ErrNotFound, source, path, lib.Soname)
	}
	return path, nil
}

func (l Lib) remedy() string {
	if l.Flag == "" {
		return l.Env + "=PATH"
	}
	return l.Flag + " PATH or " + l.Env + "=PATH"
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func folders(paths []string) []string {
	var out []string
	for _, path := range paths {
		if dir := filepath.Dir(path); !slices.Contains(out, dir) {
			out = append(out, dir)
		}
	}
	return out
}
