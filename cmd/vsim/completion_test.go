package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCompletion: the script of every shell is printed, and names the program.
func TestCompletion(t *testing.T) {
	for _, s := range shells {
		code, out, errOut := vsim("completion", s.name)
		if code != 0 || errOut != "" || !strings.Contains(out, "__complete") || strings.Contains(out, `\u00`) {
			t.Errorf("%s: exit %d, %s\n%.300s", s.name, code, errOut, out)
		}
	}
	if code, _, errOut := vsim("completion", "tcsh"); code != 2 || !strings.Contains(errOut, `"tcsh" is no shell`) || strings.Count(errOut, "\n") != 1 {
		t.Errorf("exit %d, %s", code, errOut)
	}
	if code, _, errOut := vsim("completion"); code != 2 || strings.Count(errOut, "\n") != 1 {
		t.Errorf("exit %d, %s", code, errOut)
	}
}

// TestBashReadsItsScript: it is valid, as far as bash can tell without running it.
func TestBashReadsItsScript(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("SKIP: no bash here")
	}
	_, out, _ := vsim("completion", "bash")
	path := filepath.Join(t.TempDir(), "vsim.bash")
	if err := os.WriteFile(path, []byte(out), 0o644); err != nil {
		t.Fatal(err)
	}
	if text, err := exec.Command(bash, "-n", path).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, text)
	}
}

// TestCompletes: what a shell asks while somebody types.
func TestCompletes(t *testing.T) {
	for _, c := range []struct{ typed, want string }{
		{"comp", "compare"}, {"explain 8g", "8gpu"}, {"compare 8gpu 1", "1gpu-rtx4090"}, {"compare --set-b infer", "inference.instances="},
		{"simulate 8gpu --set workload.r", "workload.rate="}, {"simulate --profile rtx", "rtx4090-published"}, {"explain --pl", "--plot"},
		{"sweep 8gpu --vary gpu.c", "gpu.count="}, {"sweep 8gpu --job k", "kubernetes"},
	} {
		code, out, _ := vsim(append([]string{"__complete"}, strings.Fields(c.typed)...)...)
		if code != 0 || !strings.Contains(out, c.want) {
			t.Errorf("%q: exit %d, %q, want %q in it", c.typed, code, out, c.want)
		}
	}
}
