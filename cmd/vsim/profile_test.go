package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vsim/profile"
	"vsim/profile/device/cache"
	"vsim/profile/device/native"
	"vsim/profile/device/native/nativetest"
	"vsim/profile/measure/machine"
)

func TestProfileRefusesWrongFlags(t *testing.T) {
	for want, args := range map[string][]string{
		"counted from 0":      {"--gpu", "-1"},
		"either --cpu or":     {},
		"or --gpu N":          {"--cpu", "--gpu", "0"},
		"leave it out":        {"--gpu", "0", "--threads", "2"},
		"-o no/where/p.toml":  {"--cpu", "-o", "no/where/p.toml"},
		"a time above 0":      {"--cpu", "--budget", "-1s"},
		"takes no arguments":  {"--cpu", "file"},
		"invalid argument":    {"--cpu", "--batches", "one"},
		"unknown flag: --cup": {"--cup"},
		"each 1 to 16384":     {"--cpu", "--input-size", "320"},
		"rgb or bgr":          {"--cpu", "--colour-order", "grb"},
		"one for all colours": {"--cpu", "--mean", "1,2"},
		`"x" is no number`:    {"--cpu", "--mean", "0.1,x"},
		"divided by it":       {"--cpu", "--std", "0"},
		"argmax and nms":      {"--cpu", "--postprocessing", "softmax"},
		"--scale 0":           {"--cpu", "--scale", "0"},
	} {
		code, out, errOut := vsim(append([]string{"profile"}, args...)...)
		if code != 2 || out != "" || !strings.Contains(errOut, want) || strings.Count(errOut, "\n") != 1 {
			t.Errorf("%q: exit %d, stdout %q, stderr %q; want exit 2 and one line with %q", args, code, out, errOut, want)
		}
	}
}

// needNative skips without the libraries, and keeps what is generated in a folder of the test.
func needNative(t *testing.T) {
	t.Helper()
	if !machine.CGO {
		nativetest.SkipOrFail(t, errors.New("measuring needs cgo"))
	}
	nativetest.Require(t, native.ONNXRuntime)
	nativetest.Require(t, native.TurboJPEG)
	t.Setenv(cache.Env, t.TempDir())
}

func TestProfileNamesTheBadFile(t *testing.T) {
	needNative(t)
	dir := t.TempDir()
	png, broken := filepath.Join(dir, "png.jpg"), filepath.Join(dir, "broken.onnx")
	for path, data := range map[string]string{png: "\x89PNG\r\n\x1a\n", broken: "not a model"} {
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for want, args := range map[string][]string{
		png:            {"--images", dir},
		broken:         {"--model", broken},
		"did you mean": {"--model", "resnet"},
		"huge":         {"--images", "huge"},
	} {
		out := filepath.Join(t.TempDir(), "p.toml")
		code, _, errOut := vsim(append([]string{"profile", "--cpu", "--quick", "-o", out}, args...)...)
		if code != 2 || !strings.Contains(errOut, want) || strings.Count(errOut, "\n") != 1 {
			t.Errorf("%q: exit %d, stderr %q; want exit 2 and one line with %q", args, code, errOut, want)
		}
		if left, _ := os.ReadDir(filepath.Dir(out)); len(left) != 0 {
			t.Errorf("%q: left behind %v", args, left)
		}
	}
}

// TestProfileWritesAFile measures one burst; what is written can be read, and what it lacks is said.
func TestProfileWritesAFile(t *testing.T) {
	needNative(t)
	path := filepath.Join(t.TempDir(), "cpu.toml")
	code, out, errOut := vsim("profile", "--cpu", "--quick", "--images", "small", "--batches", "1", "--budget", "1ms", "-o", path)
	if code != 1 || !strings.Contains(errOut, "the budget ended: "+path+" is marked incomplete; not measured: infer") {
		t.Fatalf("exit %d, stderr %q", code, errOut)
	}
	p, err := profile.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Services) == 0 || p.Services[0].Image != "small" {
		t.Errorf("services %+v", p.Services)
	}
	for _, want := range []string{"decode", "small", path} {
		if !strings.Contains(out, want) {
			t.Errorf("stdout lacks %q:\n%s", want, out)
		}
	}
}

// TestInterruptedProfile is cancelled some time after measuring has begun: exit code 1, an incomplete
// file that can be read, and a line that says what it lacks.
func TestInterruptedProfile(t *testing.T) {
	needNative(t)
	path := filepath.Join(t.TempDir(), "cpu.toml")
	interruptProfile(t, time.Second, path, "--cpu", "--quick", "--images", "small", "--batches", "1")
}

// interruptProfile cancels a profile so long after its start, later where set-up alone takes that long, and wants what was measured
// in the file.
func interruptProfile(t *testing.T, wait time.Duration, path string, args ...string) {
	t.Helper()
	args = append([]string{"profile", "--budget", "1h", "-o", path}, args...)
	for ; ; wait *= 2 {
		ctx, cancel := context.WithTimeout(t.Context(), wait)
		var out, errOut bytes.Buffer
		code := run(ctx, args, strings.NewReader(""), &out, &errOut)
		cancel()
		if code == 1 && strings.Contains(errOut.String(), "no profile is written") && wait < time.Minute {
			continue
		}
		p, err := profile.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if code != 1 || p.Provenance.Complete || !strings.Contains(errOut.String(), "interrupted: "+path+" is marked incomplete") {
			t.Errorf("exit %d, complete %v, stderr %q", code, p.Provenance.Complete, &errOut)
		}
		return
	}
}

func TestDoctorSaysWhatThereIs(t *testing.T) {
	t.Setenv(cache.Env, "/some/cache")
	code, out, errOut := vsim("doctor")
	if code != 0 || errOut != "" {
		t.Fatalf("exit %d, stderr %q", code, errOut)
	}
	for _, want := range []string{"CPU", "cores", "memory", "load", "cgo", "/some/cache", "ONNX Runtime", "libjpeg-turbo", "CUDA driver", "NVML"} {
		if !strings.Contains(out, want) {
			t.Errorf("stdout lacks %q:\n%s", want, out)
		}
	}
}

// TestDoctorSaysHowToGetWhatIsMissing names a library that is not there.
func TestDoctorSaysHowToGetWhatIsMissing(t *testing.T) {
	code, out, _ := vsim("doctor", "--ort-lib", "/no/such/lib.so")
	if code != 0 || !strings.Contains(out, "missing") || !strings.Contains(out, "/no/such/lib.so") {
		t.Errorf("exit %d, stdout:\n%s", code, out)
	}
}
