// Package campaign only tests what runs on GPU machines: its shell script, with a recorder in place of vsim.
package campaign

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/experiments/validate"
)

// recorder stands in for vsim: it notes how it was called, writes what -o names, fails at what FAIL names (a pattern), at
// what PARTIAL names in the words of SAYS, and hangs at what HANG names, deaf to SIGINT where DEAF is set.
const recorder = `#!/bin/sh
echo "$*" >>"$CALLS"
echo "result of $1, $VSIM_ORT_LIB"
for last; do :; done
case "$*" in *" -o "*.toml) echo "$*" >"$last" ;; *" -o "*) mkdir -p "$last" && echo "{}" >"$last/report.json" ;; esac
[ -n "$HANG" ] && case "$*" in *$HANG*)
	[ -n "$DEAF" ] && trap '' INT
	echo $$ >>"$CALLS.hanging"
	sleep 60
esac
[ -n "$FAIL" ] && case "$*" in *$FAIL*) echo "no such GPU" >&2; exit 1; esac
[ -n "$SHORT" ] && case "$*" in *$SHORT*) echo "vsim: the budget ended: it is marked incomplete" >&2; exit 1; esac
[ -n "$PARTIAL" ] && case "$*" in *$PARTIAL*) echo "$SAYS" >&2; exit 1; esac
exit 0
`

// call is one call of the script, with folders of its own unless a test gives two calls the same.
type call struct {
	t              *testing.T
	kit, out, work string
	calls          string // file of the recorder's
	env            []string
}

func newCall(t *testing.T, env ...string) *call {
	t.Helper()
	for _, program := range []string{"bash", "tar", "timeout", "flock"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
	dir := t.TempDir()
	c := &call{t: t, kit: filepath.Join(dir, "kit"), out: filepath.Join(dir, "out"), work: filepath.Join(dir, "work"), calls: filepath.Join(dir, "calls"), env: env}
	c.program(filepath.Join(c.kit, "vsim"), recorder)
	c.program(filepath.Join(dir, "bin", "python3"), "#!/bin/sh\necho \"python3 $*\" >>\"$CALLS\"\n")
	c.env = append([]string{"PATH=" + filepath.Join(dir, "bin") + ":" + os.Getenv("PATH"), "GRACE_S=1"}, env...)
	return c
}

func (c *call) program(path, text string) {
	c.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		c.t.Fatal(err)
	}
}

func (c *call) command() *exec.Cmd {
	c.t.Helper()
	if _, err := os.ReadFile("gpu.sh"); err != nil { // also tells go test what the result depends on
		c.t.Fatal(err)
	}
	cmd := exec.Command("bash", "gpu.sh", c.kit, c.out)
	cmd.Env = append(append(os.Environ(), "CALLS="+c.calls, "WORK="+c.work), c.env...)
	return cmd
}

// run runs the script to its end, and gives what it printed and its exit code.
func (c *call) run() (printed string, code int) {
	c.t.Helper()
	text, err := c.command().CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		c.t.Fatal(err)
	}
	if exit != nil {
		code = exit.ExitCode()
	}
	return string(text), code
}

// called gives how the recorder was called, a line each.
func (c *call) called() []string {
	text, _ := os.ReadFile(c.calls)
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// archive gives the files of OUT/results.tgz, which must be whole, and nil where there is none.
func (c *call) archive() map[string]string {
	c.t.Helper()
	f, err := os.Open(filepath.Join(c.out, "results.tgz"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		c.t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		c.t.Fatal(err)
	}
	files := map[string]string{}
	for in := tar.NewReader(z); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			c.t.Fatal(err)
		}
		var text bytes.Buffer
		if _, err := io.Copy(&text, in); err != nil {
			c.t.Fatal(err)
		}
		files[strings.TrimSuffix(h.Name, "/")] = text.String()
	}
	if _, err := io.Copy(io.Discard, z); err != nil { // up to the checksum
		c.t.Fatal(err)
	}
	return files
}

// left names the files in OUT.
func (c *call) left() (names []string) {
	entries, err := os.ReadDir(c.out)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func wantIn(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in\n%s", part, text)
		}
	}
}

// Best things come first, and all that they leave is in two files.
func TestStepsComeBestFirst(t *testing.T) {
	t.Parallel() // they mostly wait
	c := newCall(t)
	printed, code := c.run()
	if code != 0 {
		t.Errorf("exit %d\n%s", code, printed)
	}
	want := []string{
		"doctor", "profile --gpu 0 --quick --images medium --batches 1,8 --budget 4s -o smoke.toml", "probe --gpu 0 --json",
		"profile --gpu 0 --quick --batches 1,2,4,8,16,32 --budget 60s -o quick.toml", "validate ", "python3 ", "profile --gpu 0 --quick --images medium --model resnet50-fp16 ",
	}
	called := c.called()
	for i, w := range want {
		if len(called) <= i || !strings.HasPrefix(called[i], w) {
			t.Fatalf("call %d should begin with %q:\n%s", i, w, strings.Join(called, "\n"))
		}
	}
	wantIn(t, called[4], "once.toml --gpu 0 --quick --limit 200s --json -o validate")
	files := c.archive()
	for _, name := range []string{"doctor.txt", "doctor.done", "smoke.toml", "quick.toml", "validate/report.json", "validate.log", "smi.txt", "env.txt", "libs.txt", "machine.txt", "log.txt", "kit.txt"} {
		if _, ok := files[name]; !ok {
			t.Errorf("the archive lacks %s", name)
		}
	}
	if got := c.left(); !slices.Equal(got, []string{"log.txt", "results.tgz"}) {
		t.Errorf("OUT has %v", got)
	}
	wantIn(t, printed, "result of doctor", "doctor: begins, at most 60 s, at ", "quick: begins, at most 150 s, at ", "failed: none; skipped: none; left out: none")
}

// stepLine is a line of the script that is a step.
var stepLine = regexp.MustCompile(`(?m)^(?:always=1 )?(?:step|validate|profile) (\S+) [0-9]+ `)

// Every step of the script can be called, and is chosen by its name.
func TestEveryStepIsCalled(t *testing.T) {
	t.Parallel() // they mostly wait
	script, err := os.ReadFile("gpu.sh")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range stepLine.FindAllStringSubmatch(string(script), -1) {
		names = append(names, m[1])
	}
	if len(names) < 17 {
		t.Fatalf("steps %q", names)
	}
	c := newCall(t, "STEPS="+strings.Join(names, " "))
	printed, code := c.run()
	if code != 0 || len(c.called()) != len(names) {
		t.Errorf("exit %d, %d calls of %d\n%s", code, len(c.called()), len(names), printed)
	}
	wantIn(t, printed, "; done: "+strings.Join(names, " ")+"; partial: none; cut: none; failed: none; skipped: none; left out: none")
	files := c.archive()
	for _, name := range names {
		if _, done := files[name+".done"]; !done {
			t.Errorf("%s is not marked as done", name)
		}
	}
}

// Steps that all take their full limit, and are killed only after their grace, do not keep a call beyond its own limit.
func TestACallEndsInItsTime(t *testing.T) {
	t.Parallel() // they mostly wait
	for _, c := range []struct {
		deaf, step string
		limit      int
		cut        string
	}{{"", "3", 20, "cut: doctor smoke probe"}, {"1", "3", 20, "cut: doctor smoke probe"}, {"1", "600", 10, "cut: doctor; "}} {
		t.Run(fmt.Sprintf("deaf %s, steps of %s s", c.deaf, c.step), func(t *testing.T) {
			t.Parallel()
			printed, code := newCall(t, "HANG=*", "DEAF="+c.deaf, "STEP_S="+c.step, fmt.Sprintf("LIMIT_S=%d", c.limit)).run()
			if n := took(t, printed); n > c.limit+2 || code != 0 {
				t.Errorf("exit %d after %d s of %d\n%s", code, n, c.limit, printed)
			}
			wantIn(t, printed, c.cut, "; left out: ", " all-figures\n")
		})
	}
}

// A step is cut to the time that is left; what no time is left for is left out, and said.
func TestStepsAreCutToTheTimeLeft(t *testing.T) {
	t.Parallel() // they mostly wait
	c := newCall(t, "HANG=smoke.toml", "LIMIT_S=12")
	printed, code := c.run()
	if code != 0 {
		t.Errorf("exit %d\n%s", code, printed)
	}
	wantIn(t, printed, "doctor: done", "smoke: cut (exit 124)", "probe: no time left", "smoke: begins, at most ", "done: doctor; partial: none; cut: smoke; failed: none; skipped: none; left out: probe quick")
	if got := c.called(); len(got) != 2 {
		t.Errorf("calls %q", got)
	}
	if files := c.archive(); files["smoke.toml"] == "" || files["smoke.done"] != "" {
		t.Errorf("archive %v", files)
	}
}

// A step that does not hear SIGINT is killed, and the others run.
func TestDeafStepIsKilled(t *testing.T) {
	t.Parallel() // they mostly wait
	c := newCall(t, "HANG=quick.toml", "DEAF=1", "STEP_S=3", "STEPS=doctor quick validate")
	printed, code := c.run()
	if code != 0 {
		t.Errorf("exit %d\n%s", code, printed)
	}
	wantIn(t, printed, "quick: cut (exit 137)", "done: doctor validate; partial: none; cut: quick;")
	if files := c.archive(); files["validate/report.json"] == "" || !strings.Contains(files["quick.txt"], "result") {
		t.Errorf("archive %v", files)
	}
}

// The script's own cases can be read, infer on the GPU, and are few enough for one step.
func TestOnceHasFiveToEightCases(t *testing.T) {
	m, err := validate.Read("once.toml", nil, 4*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	models, onCPU, open := map[string]bool{}, 0, 0
	for _, c := range m.Cases {
		p := c.Scenario.Pipeline
		models[p.Model] = true
		if p.Preprocessing == "cpu" {
			onCPU++
		}
		if c.Load > 0 {
			open++
		}
		if p.Inference != "gpu" || c.Scenario.Batcher.MaxBatch > 32 || p.Images[0].Size != "medium" {
			t.Errorf("case %q: %+v, batch %d", c.Name, p, c.Scenario.Batcher.MaxBatch)
		}
	}
	if len(m.Cases) < 5 || len(m.Cases) > 8 || len(models) < 2 || onCPU == 0 || open == 0 {
		t.Errorf("%d cases, models %v, %d with CPU preprocessing, %d open", len(m.Cases), models, onCPU, open)
	}
}
