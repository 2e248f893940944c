package campaign

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// pack makes the recorder's kit as it travels: vsim.xz, and a bundle whose env.sh names a library.
func (c *call) pack() {
	c.t.Helper()
	script := `set -e; cd "$1"; mkdir rt; echo 'export VSIM_ORT_LIB=/bundle/ort.so' >rt/env.sh
tar -cf runtime.tar -C rt env.sh; xz vsim runtime.tar; rm -r rt`
	if _, err := exec.LookPath("xz"); err != nil {
		c.t.Skip(err)
	}
	if text, err := exec.Command("bash", "-c", script, "pack", c.kit).CombinedOutput(); err != nil {
		c.t.Fatalf("%v: %s", err, text)
	}
}

// The kit is unpacked with xz, or with Python where xz is missing; the bundle's libraries are used.
func TestKitIsUnpacked(t *testing.T) {
	t.Parallel() // they mostly wait
	for _, missing := range []bool{false, true} {
		c := newCall(t, "STEPS=doctor", "VSIM_ORT_LIB=")
		c.pack()
		if missing {
			bin := filepath.Join(filepath.Dir(c.kit), "bin")
			c.program(filepath.Join(bin, "xz"), "#!/bin/sh\nexit 127\n")
			if err := os.Remove(filepath.Join(bin, "python3")); err != nil {
				t.Fatal(err)
			}
		}
		if printed, code := c.run(); code != 0 {
			t.Errorf("xz missing %v: exit %d\n%s", missing, code, printed)
		}
		if got := c.archive()["doctor.txt"]; got != "result of doctor, /bundle/ort.so\n" {
			t.Errorf("xz missing %v: doctor said %q", missing, got)
		}
	}
}

// A library that the caller names is used, whatever the bundle's env.sh sets.
func TestCallersLibrariesCount(t *testing.T) {
	t.Parallel() // they mostly wait
	c := newCall(t, "STEPS=doctor", "VSIM_ORT_LIB=/my/ort.so")
	c.pack()
	c.run()
	if got := c.archive()["doctor.txt"]; got != "result of doctor, /my/ort.so\n" {
		t.Errorf("doctor said %q", got)
	}
}

// A kit that cannot be unpacked is said; a wrong command line too, before anything is done.
func TestWhatIsNoKit(t *testing.T) {
	t.Parallel() // they mostly wait
	c := newCall(t)
	c.pack()
	c.program(filepath.Join(c.kit, "vsim.xz"), "not compressed")
	printed, code := c.run()
	if code != 1 {
		t.Errorf("exit %d", code)
	}
	wantIn(t, printed, "unpack: failed: the kit in "+c.kit)
	for env, want := range map[string]string{"RESUME=/no/such": "RESUME=/no/such is no file", "LIMIT_S=9m": "LIMIT_S, STEP_S, GRACE_S, PACK_S and GPU are whole numbers, not 9m",
		"STEP_S=090": "whole numbers, not 090", "STEPS=doctor quik": "STEPS names quik, which is no step"} {
		printed, code := newCall(t, env).run()
		if code != 2 {
			t.Errorf("%s: exit %d", env, code)
		}
		wantIn(t, printed, want, "usage: ")
	}
	full := newCall(t)
	full.out = "/dev/full/out"
	if printed, code := full.run(); code != 2 || !strings.Contains(printed, "usage: ") {
		t.Errorf("a folder that cannot be made: exit %d\n%s", code, printed)
	}
	text, err := exec.Command("bash", "gpu.sh", t.TempDir(), t.TempDir()).CombinedOutput()
	if err == nil {
		t.Error("a folder without vsim was taken for a kit")
	}
	wantIn(t, string(text), "has neither vsim.xz nor an executable vsim")
}

// The kit holds the binary and the bundle, made anew only when its maker is newer; more than may travel is an error.
func TestKitIsPacked(t *testing.T) {
	t.Parallel() // they mostly wait
	for _, program := range []string{"bash", "xz", "git"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
	if err := exec.Command("git", "rev-parse").Run(); err != nil {
		t.Skip("not a git work tree")
	}
	c := newCall(t)
	dir := filepath.Dir(c.kit)
	kit, binary, bundler := filepath.Join(dir, "packed"), filepath.Join(c.kit, "vsim"), filepath.Join(dir, "bundler")
	c.program(bundler, "#!/bin/sh\necho bundled >>\"$0.calls\"; echo libraries >\"$1\"\n")
	kitSh := func(bundler string, env ...string) (string, error) {
		if _, err := os.ReadFile("kit.sh"); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("bash", "kit.sh", kit, binary, bundler)
		cmd.Env = append(os.Environ(), env...)
		text, err := cmd.CombinedOutput()
		return string(text), err
	}
	printed, err := kitSh("")
	if err != nil {
		t.Fatal(err, printed)
	}
	wantIn(t, printed, "WARNING: the kit has no libraries: ", "has no runtime.tar.xz, and there is no bundler", ", without libraries and ", "of 64 MiB")
	for range 2 {
		if printed, err := kitSh(bundler); err != nil || strings.Contains(printed, "without libraries") {
			t.Fatal(err, printed)
		}
	}
	if calls, err := os.ReadFile(bundler + ".calls"); err != nil || string(calls) != "bundled\n" {
		t.Errorf("%v: the bundler was called: %q", err, calls)
	}
	if text, err := exec.Command("xz", "-dc", filepath.Join(kit, "vsim.xz")).Output(); err != nil || string(text) != recorder {
		t.Errorf("%v: vsim.xz holds %.60q", err, text)
	}
	printed, err = kitSh(bundler, "MAX_MIB=0")
	if err == nil {
		t.Error("nothing may travel, and the kit was packed")
	}
	wantIn(t, printed, "too much")
}
