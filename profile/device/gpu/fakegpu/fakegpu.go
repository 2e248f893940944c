// Package fakegpu lets tests run the GPU stages on a machine without a GPU: fakes of NVIDIA's libraries,
// built with g++ when a test first needs them. They check every argument, do the work on the CPU (device
// memory is the host's, the kernels are the real ones' text, nvJPEG is libjpeg-turbo, ONNX Runtime's
// CUDA provider is its CPU provider), fail on demand, and count what is not freed. Their times mean
// nothing.
package fakegpu

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"vsim/profile/device/dl"
	"vsim/profile/device/gpu/kernel"
	"vsim/profile/device/native"
	"vsim/profile/device/native/nativetest"
)

//go:embed cxx
var sources embed.FS

// Name is how the fake driver calls GPU 0.
const Name = "vsim fake GPU 0"

// GPU controls the fakes. There is one in a process.
type GPU struct {
	t   testing.TB
	gpu *dl.Library
	ort *dl.Library

	abandoned bool
	Path      string // of the library that is CUDA driver, NVRTC, nvJPEG and NVML in one
	ORT       string // of ONNX Runtime with the fake CUDA provider
}

// libraries are built once in a process.
var libraries = sync.OnceValues(build)

// realLibraries are what the fakes stand on: found once, before the fakes take their places.
var realLibraries = sync.OnceValues(func() (paths [2]string, err error) {
	if paths[0], err = native.Find(native.TurboJPEG, ""); err == nil {
		paths[1], err = native.Find(native.ONNXRuntime, "")
	}
	return paths, err
})

// Use makes the fakes the libraries that native.Find finds, until the test ends. Then nothing may have
// been left allocated, and no call may have had a wrong argument, unless the test failed before.
func Use(t testing.TB) *GPU {
	t.Helper()
	dir, beneath := found(t)
	g := &GPU{t: t, Path: filepath.Join(dir, "libfakegpu.so")}
	g.gpu = g.open(g.Path, "fake_cuda_reset", "fake_fail", "fake_calls", "fake_complaint", "fake_forgive", "fake_heal", "fake_leaks", "fake_turbo", "fake_engines", "fake_events", "fake_devices", "fake_state")
	g.ORT = filepath.Join(dir, "libonnxruntime.so.1")
	g.ort = g.open(g.ORT, "fake_ort", "fake_ort_options", "fake_plan", "fake_slow")
	g.call("fake_turbo", beneath[0])
	g.ort.Call("fake_ort", uintptr(unsafe.Pointer(dl.CString(beneath[1]))))
	g.gpu.Call("fake_cuda_reset")
	g.State(0, 1)
	g.Engines(0)
	g.Planning(0)
	g.Slow(0)
	for _, lib := range []native.Lib{native.CUDA, native.NVRTC, native.NVJPEG, native.NVML} {
		t.Setenv(lib.Env, g.Path)
	}
	t.Setenv(native.CUDNN.Env, g.Path)
	t.Setenv(native.CUFFT.Env, g.Path)
	t.Setenv(native.ONNXRuntime.Env, g.ORT)
	t.Cleanup(g.check)
	return g
}

func (g *GPU) open(path string, functions ...string) *dl.Library {
	lib, err := dl.Open("fake", path, functions...)
	if err != nil {
		g.t.Fatal(err)
	}
	return lib
}

func (g *GPU) call(function, text string) uintptr {
	return g.gpu.Call(function, uintptr(unsafe.Pointer(dl.CString(text))))
}

// check is what must hold at the end of every test.
func (g *GPU) check() {
	g.t.Helper()
	if g.t.Failed() {
		return
	}
	if text := g.Complaint(); text != "" {
		g.t.Errorf("a wrong argument: %s", text)
	}
	if text := dl.String(g.gpu.Call("fake_leaks")); text != "" && !g.abandoned {
		g.t.Errorf("not freed: %s", text)
	}
}

// Complaint is the first wrong argument of a call, "" for none.
func (g *GPU) Complaint() string { return dl.String(g.gpu.Call("fake_complaint")) }

// Forgive forgets the complaints: a test provoked them.
func (g *GPU) Forgive() { g.gpu.Call("fake_forgive") }

// Abandon heals a lost GPU, and forgives what was not freed: nobody can free on one.
func (g *GPU) Abandon() {
	g.Heal()
	g.abandoned = true
}

// Heal ends all failures.
func (g *GPU) Heal() { g.gpu.Call("fake_heal") }

// Empty is the path of a library without any function of NVIDIA's.
func Empty(t testing.TB) string {
	t.Helper()
	dir, err := libraries()
	if err != nil {
		nativetest.SkipOrFail(t, err)
	}
	return filepath.Join(dir, "libonnxruntime_providers_shared.so")
}

// Without puts an nvJPEG in place that lacks a function, until the test ends, and gives its path.
func (g *GPU) Without(function string) string {
	g.t.Helper()
	lib, err := os.ReadFile(g.Path)
	if err != nil {
		g.t.Fatal(err)
	}
	name := []byte("\x00" + function + "\x00")
	if !bytes.Contains(lib, name) {
		g.t.Fatalf("the fakes have no %s", function)
	}
	other := bytes.Clone(name)
	other[len(other)-2] = '_' // nobody asks for this name
	path := filepath.Join(g.t.TempDir(), filepath.Base(g.Path))
	if err := os.WriteFile(path, bytes.ReplaceAll(lib, name, other), 0o755); err != nil {
		g.t.Fatal(err)
	}
	g.t.Setenv(native.NVJPEG.Env, path)
	return path
}

// Fail lets a function of the libraries fail with a code from its call number after+1 on, until Heal.
func (g *GPU) Fail(function string, code, after int) { g.fail(function, code, after, math.MaxInt32) }

// FailOnce lets call number after+1 fail only.
func (g *GPU) FailOnce(function string, code, after int) { g.fail(function, code, after, 1) }

// Skip lets a function say that all went well, and do nothing, until Heal.
func (g *GPU) Skip(function string) { g.Fail(function, -1, 0) }

func (g *GPU) fail(function string, code, after, times int) {
	g.gpu.Call("fake_fail", uintptr(unsafe.Pointer(dl.CString(function))), uintptr(code), uintptr(after), uintptr(times))
}

// Calls counts the calls of a function since Use.
func (g *GPU) Calls(function string) int { return int(g.call("fake_calls", function)) }

// Events is what was done so far that takes long or depends on the thread, in order: planning a session for a batch size,
// capturing a CUDA graph, initialising an nvJPEG state.
func (g *GPU) Events() (out []Event) {
	for line := range strings.Lines(dl.String(g.gpu.Call("fake_events"))) {
		what, rest, _ := strings.Cut(strings.TrimSpace(line), ": ")
		e := Event{What: what}
		for _, word := range strings.Split(rest, ", ") {
			name, value, _ := strings.Cut(word, " ")
			n, err := strconv.Atoi(value)
			if err != nil {
				g.t.Fatalf("event %q: %v", line, err)
			}
			switch name {
			case "session":
				e.Session = n
			case "batch":
				e.Batch = n
			case "thread":
				e.Thread = n
			}
		}
		out = append(out, e)
	}
	return out
}

// Event is something that a library did; Session is 0 where none took part in it.
type Event struct {
	What                   string // Plan, Capture or Initialise
	Session, Batch, Thread int
}

// What an Event may be.
const (
	Plan       = "plan"               // of a session's convolutions, for a batch size
	Capture    = "capture"            // of a CUDA graph
	Initialise = "nvJPEG initialised" // a state, for a batch size
)

// Planning sets how long planning a session for a batch size takes, 0 at first.
func (g *GPU) Planning(d time.Duration) { g.ort.Call("fake_plan", uintptr(d.Microseconds())) }

// Slow lets every run of a model, on the host too, take so much longer.
func (g *GPU) Slow(d time.Duration) { g.ort.Call("fake_slow", uintptr(d.Microseconds())) }

// Engines sets the number of JPEG engines; without any the hardware backend is not supported.
func (g *GPU) Engines(n int) { g.gpu.Call("fake_engines", uintptr(n)) }

// Devices sets the number of GPUs, 1 at first.
func (g *GPU) Devices(n int) { g.gpu.Call("fake_devices", uintptr(n)) }

// State sets the bits that say why the clock is held down, and the number of processes on the GPU.
func (g *GPU) State(reasons uint64, processes int) {
	g.gpu.Call("fake_state", uintptr(reasons), uintptr(processes))
}

// ProviderOptions is what ONNX Runtime's CUDA provider was told last, "key=value " in order.
func (g *GPU) ProviderOptions() string { return dl.String(g.ort.Call("fake_ort_options")) }

// found gives the folder of the fakes and the libraries beneath them.
func found(t testing.TB) (dir string, beneath [2]string) {
	t.Helper()
	dir, err := libraries()
	if err != nil {
		nativetest.SkipOrFail(t, err)
	}
	if beneath, err = realLibraries(); err != nil {
		nativetest.SkipOrFail(t, err)
	}
	return dir, beneath
}

// Environment lets another process run on the fakes: the variables that name them and what they stand on. See cxx/fake.h for
// those that steer them.
func Environment(t testing.TB) []string {
	t.Helper()
	dir, beneath := found(t)
	out := []string{"FAKE_TURBOJPEG=" + beneath[0], "FAKE_ORT=" + beneath[1], native.TurboJPEG.Env + "=" + beneath[0],
		native.ONNXRuntime.Env + "=" + filepath.Join(dir, "libonnxruntime.so.1")}
	for _, lib := range []native.Lib{native.CUDA, native.NVRTC, native.NVJPEG, native.NVML, native.CUDNN, native.CUFFT} {
		out = append(out, lib.Env+"="+filepath.Join(dir, "libfakegpu.so"))
	}
	return out
}

// build compiles the fakes into a folder of the user's cache, named by their text.
func build() (dir string, err error) {
	if _, err := exec.LookPath("g++"); err != nil {
		return "", fmt.Errorf("the fake GPU libraries need g++: %w", err)
	}
	texts := map[string]string{"kernel.inc": strings.ReplaceAll(kernel.Source, `extern "C" `, "")}
	files, _ := sources.ReadDir("cxx")
	sum := sha256.New()
	for _, f := range files {
		text, _ := sources.ReadFile("cxx/" + f.Name())
		texts[f.Name()] = string(text)
		sum.Write(text)
	}
	sum.Write([]byte(kernel.Source))
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(cache, "vsim", fmt.Sprintf("fakegpu-%.8x", sum.Sum(nil)))
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	work, err := os.MkdirTemp(filepath.Dir(dir), "fakegpu-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(work, name), []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	if err := errors.Join(compile(work, "libfakegpu.so", "cuda.cc", "nvjpeg.cc", "phases.cc", "nvml.cc"), compile(work, "libonnxruntime.so.1", "ort.cc"),
		compile(work, "libonnxruntime_providers_cuda.so", "provider.cc"), compile(work, "libonnxruntime_providers_shared.so", "provider.cc")); err != nil {
		return "", err
	}
	if err := os.Rename(work, dir); err != nil && !errors.Is(err, os.ErrExist) {
		if _, statErr := os.Stat(dir); statErr != nil { // another test was first
			return "", err
		}
	}
	return dir, nil
}

func compile(dir, out string, in ...string) error {
	cmd := exec.Command("g++", append([]string{"-O2", "-std=c++17", "-fPIC", "-shared", "-o", out}, append(in, "-ldl", "-pthread")...)...)
	cmd.Dir = dir
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w: %s", out, err, text)
	}
	return nil
}
