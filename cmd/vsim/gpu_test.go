package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vsim/profile"
	"vsim/profile/device/cache"
	"vsim/profile/device/gpu/fakegpu"
	"vsim/profile/device/infer"
	"vsim/profile/device/native"
	"vsim/profile/device/nvml"
	"vsim/profile/measure/gpu/probe"
	"vsim/profile/measure/machine"
)

// useFake puts the fakes in place. The CPU's inference opens the real ONNX Runtime first: a process has one,
// and the doctor, which looks at both, would open the fake for the CPU's tests too.
func useFake(t *testing.T) *fakegpu.GPU {
	t.Helper()
	if path, err := native.Find(native.ONNXRuntime, ""); err == nil && machine.CGO {
		if err := infer.Open(path); err != nil {
			t.Fatal(err)
		}
	}
	return fakegpu.Use(t)
}

// doctorSays runs the doctor, which must end well, and checks its lines.
func doctorSays(t *testing.T, lines ...string) {
	t.Helper()
	code, out, errOut := vsim("doctor")
	if code != 0 || errOut != "" {
		t.Fatalf("exit %d, stderr %q", code, errOut)
	}
	for _, want := range lines {
		if !strings.Contains(words(out), words(want)) {
			t.Errorf("stdout lacks %q:\n%s", want, out)
		}
	}
}

// words is a text without the width of its columns.
func words(text string) string { return strings.Join(strings.Fields(text), " ") }

// cardLine is the doctor's line of a fake GPU, up to what NVML adds.
const cardLine = "GPU 0              found: " + fakegpu.Name + ", 4.0 GiB, compute capability 9.0, 4 multiprocessors, 2 copy engines, "

func TestDoctorDescribesTheGPUs(t *testing.T) {
	useFake(t)
	doctorSays(t, cardLine, "CUDA driver        found: CUDA 13.0 in ", "NVRTC              found: 13.0 in ", "nvJPEG             found: 13.0.0 in ",
		"cuDNN found: ", "cuFFT found: ", "ONNX Runtime CUDA found: ",
		"GPU 0 preprocesses works: kernels compiled, a picture decoded on the multiprocessors in two phases", "GPU 0 infers works: mobilenetv2 ran, the first time in ")
}

// A GPU with engines decodes in two phases beside them; an nvJPEG that cannot says what it lacks.
func TestDoctorTellsTheWaysOfDecoding(t *testing.T) {
	fake := useFake(t)
	fake.Engines(7)
	doctorSays(t, "a picture decoded on the hardware engines (7), and on the multiprocessors in two phases")
	path := fake.Without("nvjpegDecodeJpegHost")
	doctorSays(t, "nvJPEG found: 13.0.0 without decoding in two phases (nvJPEG: "+path+" has no nvjpegDecodeJpegHost: another version is needed) in "+path,
		"GPU 0 note found: decoding in one call, its phases on the CPU and the GPU not apart: nvJPEG: "+path+" has no nvjpegDecodeJpegHost")
}

// A GPU that the driver does not show is said; the rest is still listed.
func TestDoctorGoesOnAfterAFailure(t *testing.T) {
	fake := useFake(t)
	fake.Fail("cuInit", 100, 0)
	t.Setenv(native.NVJPEG.Env, "/no/such/nvjpeg")
	doctorSays(t, "CUDA driver        missing: CUDA: cuInit: CUDA_ERROR_NO_DEVICE (no CUDA-capable device is detected)",
		"nvJPEG             missing: nvJPEG not found: VSIM_NVJPEG_LIB names /no/such/nvjpeg", "NVRTC              found")
}

// What is found may still not work: the doctor tries it, says what fails and exits with 1.
func TestDoctorTriesTheGPU(t *testing.T) {
	for function, c := range map[string]struct {
		code int
		want string
	}{
		"nvrtcCompileProgram": {6, "GPU 0 preprocesses  fails: resize: NVRTC: nvrtcCompileProgram: NVRTC_ERROR_COMPILATION"},
		"nvjpegCreateEx":      {6, "GPU 0 preprocesses  fails: decode: nvJPEG: nvjpegCreateEx: NVJPEG_STATUS_EXECUTION_FAILED"},
		"SessionOptionsAppendExecutionProvider_CUDA_V2": {1, "GPU 0 infers        fails: infer: model "},
		"RunWithBinding":           {1, "GPU 0 infers        fails: infer: model "},
		"cuDevicePrimaryCtxRetain": {2, "GPU 0 opens        fails: CUDA: cuDevicePrimaryCtxRetain: CUDA_ERROR_OUT_OF_MEMORY"},
	} {
		t.Run(function, func(t *testing.T) {
			useFake(t).Fail(function, c.code, 0)
			code, out, errOut := vsim("doctor")
			if code != 1 || !strings.Contains(words(out), words(c.want)) || !strings.Contains(errOut, "tried out and failed: GPU 0 ") || strings.Count(errOut, "\n") != 1 {
				t.Errorf("exit %d, stderr %q, stdout lacks %q:\n%s", code, errOut, c.want, out)
			}
		})
	}
}

// A GPU on which nothing can be inferred fails, although nobody could try.
func TestDoctorOfAGPUWithoutAProvider(t *testing.T) {
	useFake(t)
	t.Setenv(native.CUDNN.Env, "/no/such/cudnn")
	code, out, errOut := vsim("doctor")
	if code != 1 || !strings.Contains(words(out), "cuDNN missing: ") || !strings.Contains(words(out), "GPU 0 infers fails: ") || !strings.Contains(errOut, "tried out and failed: GPU 0 infers") {
		t.Errorf("exit %d, stderr %q, stdout:\n%s", code, errOut, out)
	}
}

// needFakeGPU puts the fakes in place, and keeps what is generated in a folder of the test.
func needFakeGPU(t *testing.T) *fakegpu.GPU {
	t.Helper()
	fake := useFake(t)
	t.Setenv(cache.Env, t.TempDir())
	return fake
}

// TestProfileGPU runs the whole command on the fake GPU. Its times mean nothing; the file names the GPU
// that the driver named, says what it lacks, and can be read.
func TestProfileGPU(t *testing.T) {
	needFakeGPU(t)
	path := filepath.Join(t.TempDir(), "gpu.toml")
	code, out, errOut := vsim("profile", "--gpu", "0", "--quick", "--images", "small", "--model", fakegpu.Model(t), "--batches", "1,2", "--budget", "200ms", "-o", path)
	if code != 1 || !strings.Contains(errOut, "the budget ended: "+path+" is marked incomplete; not measured: ") {
		t.Fatalf("exit %d, stderr %q", code, errOut)
	}
	p, err := profile.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Services) == 0 || (len(p.Energy) > 0) != nvml.Built || len(p.Footprints) == 0 || p.Provenance.Complete || !strings.HasPrefix(p.Provenance.GPU, fakegpu.Name) {
		t.Errorf("%d services, %d energies, %d footprints, complete %v, GPU %q", len(p.Services), len(p.Energy), len(p.Footprints), p.Provenance.Complete, p.Provenance.GPU)
	}
	for _, want := range []string{"infer", "tiny", path} {
		if !strings.Contains(out, want) {
			t.Errorf("stdout lacks %q:\n%s", want, out)
		}
	}
}

// With engines, too, the whole command runs, and the phases stand beside the engines' decoding; without, they are decoding.
func TestProfileGPUInTwoPhases(t *testing.T) {
	for engines, stages := range map[int][2]string{0: {"huffman", "decode"}, 7: {"huffman-phased", "decode-phased"}} {
		t.Run(fmt.Sprint(engines), func(t *testing.T) {
			needFakeGPU(t).Engines(engines)
			path := filepath.Join(t.TempDir(), "gpu.toml")
			code, out, errOut := vsim("profile", "--gpu", "0", "--quick", "--images", "small", "--model", fakegpu.Model(t), "--batches", "1,2", "--budget", "3s", "-o", path)
			p, err := profile.Load(path)
			if err != nil {
				t.Fatalf("exit %d, stderr %q, %v", code, errOut, err)
			}
			for _, batch := range []int{0, 2} {
				host := profile.Key{Stage: stages[0], Resource: "cpu", Image: "small", Batch: batch}
				rest := profile.Key{Stage: stages[1], Resource: "gpu", Image: "small", Batch: batch}
				if p.Find(host) == nil || p.Find(rest) == nil {
					t.Errorf("no %s or no %s at batch %d", stages[0], stages[1], batch)
				}
			}
			if !strings.Contains(out, stages[0]) {
				t.Errorf("stdout lacks %s:\n%s", stages[0], out)
			}
		})
	}
}

// The command that a profile's output names works with it, whatever the profile has of models, images and batches.
func TestAProfileIsUsedAsItSays(t *testing.T) {
	needFakeGPU(t)
	path := filepath.Join(t.TempDir(), "gpu.toml")
	_, out, _ := vsim("profile", "--gpu", "0", "--quick", "--images", "small", "--model", fakegpu.Model(t), "--batches", "1,3", "--budget", "3s", "-o", path)
	_, command, found := strings.Cut(out, "use it: vsim ")
	if !found {
		t.Fatalf("no command in:\n%s", out)
	}
	args := append(strings.Fields(command), "--set", "workload.concurrency=6")
	if code, out, errOut := vsim(args...); code != 0 || !strings.Contains(out, "tiny on small images") {
		t.Errorf("%v: exit %d, stderr %q, stdout:\n%s", args, code, errOut, out)
	}
}

// A GPU that is lost ends the command with the driver's words and the stage; the file has what was measured.
func TestProfileOfALostGPU(t *testing.T) {
	fake := needFakeGPU(t)
	path := filepath.Join(t.TempDir(), "gpu.toml")
	args := []string{"profile", "--gpu", "0", "--quick", "--images", "small", "--model", fakegpu.Model(t), "--batches", "1", "--budget", "1h", "-o", path}
	fake.Fail("cuEventSynchronize", 700, 3000) // well after set-up
	code, _, errOut := vsim(args...)
	if code != 1 || !strings.Contains(errOut, "CUDA_ERROR_ILLEGAL_ADDRESS (an illegal memory access was encountered); what was measured before is in "+path) || strings.Count(errOut, "\n") != 1 {
		t.Errorf("exit %d, stderr %q", code, errOut)
	}
	if p, err := profile.Load(path); err != nil || p.Provenance.Complete {
		t.Errorf("%v", err)
	}
	fake.Abandon()
}

func TestProfileGPUSaysWhatIsMissing(t *testing.T) {
	fake := needFakeGPU(t)
	out := filepath.Join(t.TempDir(), "gpu.toml")
	code, _, errOut := vsim("profile", "--gpu", "5", "-o", out)
	if code != 1 || !strings.Contains(errOut, "GPU 5: this machine has 1, numbered from 0") {
		t.Errorf("exit %d, stderr %q", code, errOut)
	}
	fake.Devices(0)
	if code, _, errOut := vsim("profile", "--gpu", "0", "-o", out); code != 1 || !strings.Contains(errOut, "no CUDA-capable device is detected") {
		t.Errorf("exit %d, stderr %q", code, errOut)
	}
	t.Setenv(native.NVJPEG.Env, "/no/such/nvjpeg")
	t.Setenv(native.CUDNN.Env, "/no/such/cudnn")
	code, _, errOut = vsim("profile", "--gpu", "0", "-o", out)
	if code != 2 || strings.Count(errOut, "\n") != 2 || !strings.Contains(errOut, "nvJPEG not found") || !strings.Contains(errOut, "cuDNN not found") {
		t.Errorf("exit %d, stderr %q", code, errOut)
	}
	if left, _ := os.ReadDir(filepath.Dir(out)); len(left) != 0 {
		t.Errorf("left behind %v", left)
	}
}

// Ctrl-C keeps what was measured, in a file that is marked incomplete.
func TestInterruptedGPUProfile(t *testing.T) {
	fake := needFakeGPU(t)
	path := filepath.Join(t.TempDir(), "gpu.toml")
	args := []string{"profile", "--gpu", "0", "--quick", "--images", "small", "--model", fakegpu.Model(t), "--batches", "1", "--budget", "1h", "-o", path}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for fake.Calls("cuEventSynchronize") < 6000 { // well after set-up and the first visit, of 2000 jobs at most
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	var out, errOut bytes.Buffer
	code := run(ctx, args, strings.NewReader(""), &out, &errOut)
	said := errOut.String()
	p, err := profile.Load(path)
	if err != nil {
		t.Fatalf("exit %d, stderr %q: %v", code, said, err)
	}
	errOut.Reset()
	if code := run(ctx, append(args[:len(args)-1:len(args)-1], filepath.Join(t.TempDir(), "other.toml")), strings.NewReader(""), &out, &errOut); code != 1 || errOut.String() != "vsim: interrupted during set-up: nothing was measured, no profile is written\n" {
		t.Errorf("interrupted before it began: exit %d, stderr %q", code, &errOut)
	}
	if code != 1 || p.Provenance.Complete || len(p.Services) == 0 || !strings.Contains(said, "interrupted: "+path+" is marked incomplete") {
		t.Errorf("exit %d, complete %v, %d services, stderr %q", code, p.Provenance.Complete, len(p.Services), said)
	}
}

// The probes print as they are answered, for people and as lines of JSON.
func TestProbe(t *testing.T) {
	needFakeGPU(t)
	code, out, errOut := vsim("probe", "--gpu", "0", "--model", fakegpu.Model(t))
	if code != 0 || errOut != "" || !strings.Contains(out, "plan switch (") || !strings.Contains(out, "tiny.onnx batch 8, more after the other size") {
		t.Errorf("exit %d, stderr %q, stdout:\n%s", code, errOut, out)
	}
	code, out, errOut = vsim("probe", "--model", "/no/such.onnx", "--json")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != 1 || !strings.Contains(errOut, "plan switch: /no/such.onnx: ") {
		t.Errorf("exit %d, stderr %q", code, errOut)
	}
	for _, line := range lines {
		var a probe.Answer
		if err := json.Unmarshal([]byte(line), &a); err != nil || a.Probe == "" {
			t.Errorf("%v: %s", err, line)
		}
	}
	if code, _, errOut := vsim("probe", "--gpu", "-1"); code != 2 || !strings.Contains(errOut, "--gpu -1: GPUs are counted from 0") {
		t.Errorf("exit %d, stderr %q", code, errOut)
	}
}
