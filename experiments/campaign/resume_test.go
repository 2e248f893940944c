package campaign

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// then is a second call: another OUT and WORK, going on from the first one's archive.
func (c *call) then(env ...string) *call {
	c.t.Helper()
	next := newCall(c.t, env...)
	next.env = append(next.env, "RESUME="+filepath.Join(c.out, "results.tgz"))
	return next
}

// A step that fails is said and does not stop the others; a second call, on a fresh machine, does that step only.
func TestFailureStopsNothingAndIsDoneAgain(t *testing.T) {
	t.Parallel() // they mostly wait
	c := newCall(t, "FAIL=quick.toml", "SHORT=smoke.toml")
	printed, code := c.run()
	if code != 1 {
		t.Errorf("exit %d", code)
	}
	wantIn(t, printed, "quick: failed (exit 1) after ", "no such GPU", "validate: done", "failed: quick;", "smoke: done")
	again := c.then()
	printed, code = again.run()
	if code != 0 {
		t.Errorf("exit %d", code)
	}
	wantIn(t, printed, "going on from "+filepath.Join(c.out, "results.tgz"), "doctor: done before", "smoke: done before", "quick: done after", "done: quick; cut: none; failed: none")
	if got := again.called(); len(got) != 1 || !strings.HasSuffix(got[0], "quick.toml") {
		t.Errorf("calls %q", got)
	}
	files := again.archive()
	if files["quick.toml"] == "" || files["quick.1.toml"] == "" || files["quick.1.log"] != "no such GPU\n" || files["validate/report.json"] == "" {
		t.Errorf("archive %v", files)
	}
}

// whileHanging starts the script and waits until a step hangs and the archive holds it.
func (c *call) whileHanging(step string) *exec.Cmd {
	c.t.Helper()
	cmd := c.command()
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { // what the killed script leaves behind
		text, _ := os.ReadFile(c.calls + ".hanging")
		for _, pid := range strings.Fields(string(text)) {
			if n, err := strconv.Atoi(pid); err == nil {
				_ = syscall.Kill(n, syscall.SIGKILL)
			}
		}
	})
	for range 600 {
		if files := c.archive(); files[step+".txt"] != "" {
			return cmd
		}
		time.Sleep(50 * time.Millisecond)
	}
	c.t.Fatalf("no archive with %s.txt came", step)
	return nil
}

// Killed at any moment, the script leaves a whole archive from which another call goes on.
func TestKilledScriptLeavesAWholeArchive(t *testing.T) {
	t.Parallel() // they mostly wait
	c := newCall(t, "HANG=quick.toml", "PACK_S=1")
	cmd := c.whileHanging("quick")
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if got := c.left(); !slices.Contains(got, "results.tgz") || len(got) > 8 {
		t.Errorf("OUT has %v", got)
	}
	again := c.then("STEPS=doctor quick")
	printed, code := again.run()
	if code != 0 {
		t.Errorf("exit %d", code)
	}
	wantIn(t, printed, "doctor: done before", "quick: done after")
	if files := again.archive(); !strings.Contains(files["quick.1.txt"], "result of profile") || files["quick.done"] != "" || files["quick.toml"] == "" {
		t.Errorf("archive %v", files)
	}
}

// On a machine that is still there, a second call goes on from what WORK holds, which is newer than any archive.
func TestSecondCallOnTheSameMachine(t *testing.T) {
	t.Parallel() // they mostly wait
	c := newCall(t, "FAIL=probe", "STEPS=doctor probe")
	c.run()
	c.env = append(c.env, "FAIL=")
	c.out += "-second"
	printed, code := c.run()
	if code != 0 {
		t.Errorf("exit %d", code)
	}
	wantIn(t, printed, "going on from what "+c.work+" holds", "doctor: done before", "done: probe;")
	if got := c.called(); len(got) != 3 {
		t.Errorf("calls %q", got)
	}
}

// Results of another GPU, or an archive that is cut off, are not gone on from; nothing of them is lost.
func TestWhatIsNotResumed(t *testing.T) {
	t.Parallel() // they mostly wait
	smi := func(c *call, name string) {
		c.program(filepath.Join(filepath.Dir(c.kit), "bin", "nvidia-smi"), "#!/bin/sh\necho '"+name+"'\n")
	}
	c := newCall(t, "STEPS=doctor")
	smi(c, "NVIDIA First")
	c.run()
	if err := os.RemoveAll(c.work); err != nil {
		t.Fatal(err)
	}
	smi(c, "NVIDIA Second")
	printed, _ := c.run()
	wantIn(t, printed, "is of another GPU, NVIDIA First; beginning anew", "doctor: done after")
	if got := c.left(); !slices.Equal(got, []string{"log.txt", "results-earlier.tgz", "results.tgz"}) {
		t.Errorf("OUT has %v", got)
	}
	path := filepath.Join(c.out, "results.tgz")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text[:len(text)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	printed, _ = c.then("STEPS=doctor").run()
	wantIn(t, printed, "is no whole archive; beginning anew", "doctor: done after")
}
