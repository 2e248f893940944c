// Package local starts NVIDIA's Triton Inference Server on loopback: the one that `make triton` fetches, with its Python
// backend. It ends with the process that started it.
package local

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"vsim/profile/device/native"
)

// complete is written when all of Triton has been fetched; it names the Python whose libraries the Python backend runs on.
var complete = native.Lib{Name: "Triton", Env: "VSIM_TRITON_COMPLETE", Folder: "triton/python", Soname: "complete", Get: get}

const (
	// Env is the variable that names the folder with Triton, as `make triton` fills .deps/triton.
	Env = "VSIM_TRITON"
	get = "run `make triton`"
)

// Program is a Triton that can be started.
type Program struct {
	Folder string // with what `make triton` fetched
	server string // tritonserver
	home   string // of the Python
	lib    string // folder of its shared library
}

// Find finds Triton in the folder that VSIM_TRITON names, or in .deps/triton of the tree around the working directory or around
// the executable. The error says what is missing and how to get it.
func Find() (Program, error) {
	folder := os.Getenv(Env)
	if folder == "" {
		file, err := native.Find(complete, "")
		if err != nil {
			return Program{}, fmt.Errorf("no Triton: %w in .deps/triton: %s, or name a folder: %s=PATH", native.ErrNotFound, get, Env)
		}
		folder = filepath.Dir(filepath.Dir(file))
	}
	folder, err := filepath.Abs(folder)
	if err != nil {
		return Program{}, err
	}
	p := Program{Folder: folder, server: filepath.Join(folder, "python/pytriton/tritonserver/bin/tritonserver")}
	python, err := os.ReadFile(filepath.Join(folder, "python", complete.Soname))
	if err == nil {
		_, err = os.Stat(p.server)
	}
	if err != nil {
		return Program{}, fmt.Errorf("the Triton in %s is not complete: %w; %s", folder, err, get)
	}
	executable, _, _ := strings.Cut(string(python), "\n")
	return p, p.readPython(executable)
}

// readPython asks the Python that Triton was fetched with where its parts are: the Python backend has it in its own process.
func (p *Program) readPython(python string) error {
	const ask = `import sys, sysconfig as c; print(sys.base_prefix, c.get_config_var("LIBDIR"), c.get_config_var("INSTSONAME"), sep="\n")`
	out, err := exec.Command(python, "-I", "-c", ask).Output()
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if err != nil || len(lines) != 3 {
		return fmt.Errorf("the Triton in %s was fetched with Python %s, which does not run (%v): remove the folder and %s", p.Folder, python, err, get)
	}
	p.home, p.lib = lines[0], lines[1]
	return nil
}

// PythonPath is the folder of Triton's Python packages: its client, ONNX Runtime, NumPy and Pillow.
func (p Program) PythonPath() string { return filepath.Join(p.Folder, "python") }

// Package is the Python package that Triton comes in, for example "nvidia-pytriton 0.7.0"; "" if that is not known. A server that
// runs tells its own version.
func (p Program) Package() string {
	found, _ := filepath.Glob(filepath.Join(p.PythonPath(), "nvidia_pytriton-*.dist-info"))
	if len(found) != 1 {
		return ""
	}
	version := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(found[0]), "nvidia_pytriton-"), ".dist-info")
	return "nvidia-pytriton " + version
}

// environment is this process's but for what Python and the loader read.
func (p Program) environment() []string {
	own := []string{"PYTHONPATH=", "PYTHONHOME=", "LD_LIBRARY_PATH="}
	env := slices.DeleteFunc(os.Environ(), func(kv string) bool {
		return slices.ContainsFunc(own, func(k string) bool { return strings.HasPrefix(kv, k) })
	})
	return append(env, own[0]+p.PythonPath(), own[1]+p.home, own[2]+p.lib)
}
