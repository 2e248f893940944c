package campaign

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"vsim/experiments/campaign/results"
	"vsim/profile"
	"vsim/profile/device/cache"
	"vsim/profile/device/gpu/fakegpu"
)

// binary is the vsim that travels: with NVML, as the Makefile builds it.
func binary(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vsim")
	cmd := exec.Command("go", "build", "-tags", "nvml", "-o", path, "vsim/cmd/vsim")
	cmd.Env = append(os.Environ(), "CGO_CFLAGS=-O2 -g -Wno-deprecated-declarations", "CGO_LDFLAGS=-Wl,-z,lazy")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return path
}

// onFakes is a call of the script with the real vsim on the fake GPU, which computes nothing: its batches take 0.1 ms a picture. PyTorch
// is not there.
func onFakes(t *testing.T, vsim string, env ...string) *call {
	t.Helper()
	c := newCall(t, env...)
	text, err := os.ReadFile(vsim)
	if err != nil {
		t.Fatal(err)
	}
	c.program(filepath.Join(c.kit, "vsim"), string(text))
	dir, err := cache.Dir()
	if err != nil {
		t.Fatal(err)
	}
	fakes := append(fakegpu.Environment(t), "FAKE_COMPUTE=0", "FAKE_RUN_US=100", "FAKE_PLAN_US=1000", cache.Env+"="+dir)
	c.env = append(fakes, c.env...)
	return c
}

// has reads a file of the archive that the call gave back.
func (c *call) has(name string) string {
	c.t.Helper()
	return c.archive()[name]
}

// took is when the script said that it was done, in seconds.
func took(t *testing.T, printed string) int {
	t.Helper()
	m := regexp.MustCompile(`gpu.sh: at (\d+) s; done`).FindStringSubmatch(printed)
	if m == nil {
		t.Fatalf("it did not end:\n%s", printed)
	}
	n, _ := strconv.Atoi(m[1])
	return n
}

// The whole call on the fakes, in two: every step leaves its result, and each call ends in its time. (A GPU of a processor's two
// cores takes longer to set up than a GPU: the cases have a call for themselves.)
func TestTheWholeCallOnTheFakes(t *testing.T) {
	c := onFakes(t, binary(t), "LIMIT_S=80", "STEP_S=18", "STEPS=doctor smoke probe quick")
	first, _ := c.run()
	c.env = append(c.env, "LIMIT_S=150", "STEP_S=130", "STEPS=doctor smoke validate")
	second, _ := c.run()
	if a, b := took(t, first), took(t, second); a > 80 || b > 150 {
		t.Errorf("%d s of 80 and %d s of 150", a, b)
	}
	wantIn(t, second, "going on from", "doctor: done after", "smoke: done before")
	if !strings.Contains(c.has("doctor.txt"), "GPU 0 infers") || strings.Count(c.has("probe.txt"), "\n") != 7 {
		t.Errorf("doctor:\n%s\nprobe:\n%s\n%s", c.has("doctor.txt"), c.has("probe.txt"), first)
	}
	for _, name := range []string{"smoke.toml", "quick.toml", "validate/profile.toml"} {
		if p, err := profile.Parse(name, []byte(c.has(name))); err != nil || len(p.Services) == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	var report struct {
		Cases []struct{ Name, Metric string }
	}
	if err := json.Unmarshal([]byte(c.has("validate/report.json")), &report); err != nil || len(report.Cases) == 0 || c.has("validate/live.jsonl") == "" {
		t.Errorf("report: %v, %+v\n%s", err, report, second)
	}
	c.lands()
}

// lands puts the archive into a folder of the test, as make gpu-results does into the repository.
func (c *call) lands() {
	c.t.Helper()
	a, err := results.Open(filepath.Join(c.out, "results.tgz"))
	if err != nil {
		c.t.Fatal(err)
	}
	l, err := a.Land(results.Options{AllowFake: true})
	if err != nil {
		c.t.Fatal(err)
	}
	for _, m := range l.Missing {
		if strings.Contains(m, "probe") {
			c.t.Errorf("missing: %s", m)
		}
	}
	root := c.t.TempDir()
	if err := l.Write(root); err != nil {
		c.t.Fatal(err)
	}
	for _, pattern := range []string{"hardware/profiles/*-measured.toml", "hardware/*gpu-*.toml", "experiments/accuracy/*/README.md", "experiments/accuracy/*/report.json", "experiments/accuracy/*/probe.jsonl"} {
		if found, _ := filepath.Glob(filepath.Join(root, pattern)); len(found) != 1 {
			c.t.Errorf("%s: %v", pattern, found)
		}
	}
}

// Whatever goes wrong on the machine, the call gives back what did not depend on it.
func TestTheCallSurvives(t *testing.T) {
	vsim := binary(t)
	for name, c := range map[string]struct {
		env   []string
		there map[string]string // files, and what they hold
	}{
		"no nvJPEG":                           {[]string{"VSIM_NVJPEG_LIB=/no/such/nvjpeg"}, map[string]string{"smoke.toml": `stage = "infer"`, "doctor.txt": "GPU 0 infers"}},
		"no CUDA provider":                    {[]string{"FAKE_FAIL=SessionOptionsAppendExecutionProvider_CUDA_V2 1 0"}, map[string]string{"smoke.toml": `stage = "decode"`, "doctor.txt": "GPU 0 preprocesses"}},
		"out of memory":                       {[]string{"FAKE_FAIL=cuMemAlloc_v2 2 40"}, map[string]string{"smoke.toml": `stage = "infer"`, "probe.txt": `"probe":"capture"`}},
		"no NVML":                             {[]string{"VSIM_NVML_LIB=/no/such/nvml"}, map[string]string{"smoke.toml": `stage = "infer"`, "doctor.txt": "no energy"}},
		"the device is lost, again and again": {[]string{"FAKE_FAIL=cuEventRecord 719 4000"}, map[string]string{"smoke.toml": `stage = "infer"`, "doctor.txt": "GPU 0 infers"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			call := onFakes(t, vsim, append(c.env, "LIMIT_S=100", "STEP_S=25", "STEPS=doctor smoke probe")...)
			printed, _ := call.run()
			if n := took(t, printed); n > 100 {
				t.Errorf("it took %d s of 100", n)
			}
			for file, want := range c.there {
				if !strings.Contains(call.has(file), want) {
					t.Errorf("%s lacks %s:\n%s\n%s", file, want, call.has(file), printed)
				}
			}
		})
	}
}
