// Package native finds the shared libraries that vsim opens at run time. It opens nothing itself
// and needs no cgo.
package native

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Lib describes one shared library and the places where it may be.
type Lib struct {
	Name   string // as people call it
	Env    string // environment variable that names the file
	Flag   string // command-line flag that names the file, "" when there is none
	Folder string // folder inside .deps, where `make deps` puts it
	Soname string // file name, also what the system's loader knows it by
}

// The libraries of the CPU stages.
var (
	ONNXRuntime = Lib{"ONNX Runtime", "VSIM_ORT_LIB", "--ort-lib", "onnxruntime", "libonnxruntime.so.1"}
	TurboJPEG   = Lib{"libjpeg-turbo", "VSIM_TURBOJPEG_LIB", "", "turbojpeg", "libturbojpeg.so.0"}
)

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
	for _, path := range append(trees, inSystem(lib.Soname)...) {
		if isFile(path) {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s %w (no %s in %s or the system's library folders): run `make deps`, or name the file: %s",
		lib.Name, ErrNotFound, lib.Soname, strings.Join(folders(trees), ", "), lib.remedy())
}

// named checks a path that came from a flag or a variable.
func named(lib Lib, path, source string) (string, error) {
	if source == "" {
		source = "the given path"
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("%s %w: %s names %s, which does not exist; correct it, or leave it out and run `make deps`",
			lib.Name, ErrNotFound, source, path)
	case err != nil:
		return "", fmt.Errorf("%s: %s: %w", lib.Name, source, err)
	case info.IsDir():
		return "", fmt.Errorf("%s %w: %s names the folder %s; name the file, for example %s",
			lib.Name, ErrNotFound, source, path, filepath.Join(path, lib.Soname))
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
	return err == nil && !info.IsDir()
}

func folders(paths []string) []string {
	var out []string
	for _, path := range paths {
		out = append(out, filepath.Dir(path))
	}
	return out
}
