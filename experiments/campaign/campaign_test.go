// Package campaign only tests its shell script, which runs on GPU machines.
package campaign

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// recorder stands in for vsim in the tests of the script: it notes how it was called, and fails at what FAIL names.
const recorder = `#!/bin/sh
echo "$@" >>"$CALLS"
case "$*" in *"$FAIL"*) [ -n "$FAIL" ] && { echo "no such GPU" >&2; exit 1; } ;; esac
echo result
`

// campaign runs the script with the recorder and gives what it printed and the calls so far.
func campaign(t *testing.T, dir, fail string) (printed, calls string, err error) {
	t.Helper()
	vsim := filepath.Join(dir, "vsim")
	if err := os.WriteFile(vsim, []byte(recorder), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadFile("gpu.sh"); err != nil { // also tells go test what the result depends on
		t.Fatal(err)
	}
	cmd := exec.Command("bash", "gpu.sh", vsim, filepath.Join(dir, "out"))
	cmd.Env = append(os.Environ(), "CALLS="+filepath.Join(dir, "calls"), "FAIL="+fail, "STEPS=doctor quick profile validate figure5")
	text, err := cmd.CombinedOutput()
	called, _ := os.ReadFile(filepath.Join(dir, "calls"))
	return string(text), string(called), err
}

// A step that fails is said and does not stop the others; the next run does that step only.
func TestCampaignGoesOnAndResumes(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	printed, calls, err := campaign(t, dir, "profile --gpu 0 -o")
	if err == nil || !strings.Contains(printed, "profile: failed after ") || !strings.Contains(printed, "no such GPU") || !strings.Contains(printed, "gpu.sh: failed: profile") {
		t.Errorf("%v\n%s", err, printed)
	}
	if n := strings.Count(calls, "\n"); n != 5 || !strings.Contains(calls, "validate gpu-figure5 --gpu 0 --quick --json") {
		t.Errorf("%d calls:\n%s", n, calls)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "out", "doctor.txt")); err != nil || string(text) != "result\n" {
		t.Errorf("doctor.txt: %q, %v", text, err)
	}
	printed, calls, err = campaign(t, dir, "")
	if err != nil || !strings.Contains(printed, "doctor: done before") || !strings.Contains(printed, "all done") {
		t.Errorf("%v\n%s", err, printed)
	}
	if n := strings.Count(calls, "\n"); n != 6 || !strings.HasSuffix(calls, "gpu.toml\n") {
		t.Errorf("%d calls after resuming:\n%s", n, calls)
	}
}

func TestCampaignNeedsABinary(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip(err)
	}
	text, err := exec.Command("bash", "gpu.sh", "no/such/vsim", t.TempDir()).CombinedOutput()
	if err == nil || !strings.Contains(string(text), "usage: ") {
		t.Errorf("%v: %s", err, text)
	}
}
