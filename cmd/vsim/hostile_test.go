//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Every kind of file that a user names may be a pipe that nobody writes to, or a device without an end.
func TestWhatIsNoRegularFileIsRefusedAtOnce(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe.toml")
	for _, name := range []string{pipe, filepath.Join(dir, "a.jpg"), filepath.Join(dir, "a.onnx")} {
		if err := syscall.Mkfifo(name, 0o644); err != nil {
			t.Skip(err)
		}
	}
	const machine = "[[stage]]\nname = 's'\nservice = '1ms'\n"
	for _, bad := range []string{pipe, "/dev/zero"} {
		named := map[string]string{
			"hardware": "hardware = '" + bad + "'", "profile": "profile = '" + bad + "'\n" + machine, "trace": machine + "[workload]\nfile = '" + bad + "'",
		}
		all := [][]string{{"simulate", bad}, {"simulate", "2cpu", "--profile", pipe}, {"calibrate", bad, bad}, {"validate", bad}}
		for key, text := range named {
			file := filepath.Join(dir, key+".toml")
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			all = append(all, []string{"simulate", file})
		}
		for _, args := range all {
			wantLine(t, args, "not a regular file")
		}
	}
	wantLine(t, []string{"profile", "--cpu", "--ort-lib", pipe}, "no regular file")
}

// wantLine wants exit code 2 and one line with a text.
func wantLine(t *testing.T, args []string, want string) {
	t.Helper()
	code, out, errOut := vsim(args...)
	if code != 2 || out != "" || strings.Count(errOut, "\n") != 1 || !strings.Contains(errOut, want) {
		t.Errorf("%.300q: exit %d, stdout %.300q, stderr %.600q; want exit 2 and one line with %q", args, code, out, errOut, want)
	}
}

func TestTextsThatNestDeepAreRefused(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"array":  "hardware = " + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000),
		"inline": "cpu = " + strings.Repeat("{a = ", 10_000) + "1" + strings.Repeat("}", 10_000),
		"dotted": "pipeline." + strings.Repeat("a.", 20_000) + "a = 1",
	} {
		file := filepath.Join(dir, name+".toml")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"simulate", file}, {"simulate", "8gpu", "--set", text}, {"validate", file}, {"simulate", "8gpu", "--profile", file}} {
			wantLine(t, args, "more than 64 deep")
		}
	}
}

func TestEmptyFlagsAreRefused(t *testing.T) {
	for _, args := range [][]string{
		{"profile", "--cpu", "--model="}, {"profile", "--cpu", "--model", ""}, {"profile", "--cpu", "--model", "a,,b"}, {"profile", "--cpu", "--images="},
		{"profile", "--cpu", "--ort-lib="}, {"profile", "--cpu", "-o", ""}, {"profile", "--gpu", "0", "-o", ""}, {"validate", "-o", ""},
		{"validate", "--ort-lib="}, {"probe", "--model="}, {"doctor", "--ort-lib="}, {"simulate", "8gpu", "--profile="}, {"calibrate", "a", "b", "-o", " "},
	} {
		wantLine(t, args, "it is empty; give it a value or leave it out")
	}
}

func TestNumbersThatNoMachineHasAreRefused(t *testing.T) {
	for want, args := range map[string][]string{
		"--batches 1000000: a number from 1 to 4096": {"--batches", "1000000"},
		"--threads 100000: a number from 1 to 1024":  {"--threads", "100000"},
		"--batches 0: a number from 1":               {"--batches", "0"},
		"--images: 65 of them, the limit is 64":      {"--images", strings.Repeat("a,", 64) + "a"},
	} {
		wantLine(t, append([]string{"profile", "--cpu"}, args...), want)
	}
}

func TestALibraryThatIsNoneIsWrongInput(t *testing.T) {
	text := filepath.Join(t.TempDir(), "libonnxruntime.so.1")
	if err := os.WriteFile(text, []byte("text"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"profile", "--cpu", "--ort-lib", "/no/such"}, {"validate", "--ort-lib", "/no/such"}, {"profile", "--cpu", "--ort-lib", text}} {
		if code, _, errOut := vsim(args...); code != 2 || !strings.Contains(errOut, "ONNX Runtime") {
			t.Errorf("%q: exit %d, %s", args, code, errOut)
		}
	}
	t.Setenv("VSIM_CUDA_LIB", "/no/such")
	for _, args := range [][]string{{"profile", "--gpu", "0"}, {"probe"}} {
		if code, _, errOut := vsim(args...); code != 2 || !strings.Contains(errOut, "CUDA driver not found") {
			t.Errorf("%q: exit %d, %s", args, code, errOut)
		}
	}
}

func TestErrorsAreCutAndCannotMoveTheCursor(t *testing.T) {
	var b bytes.Buffer
	lines := make([]string, 3900)
	for i := range lines {
		lines[i] = fmt.Sprint("fault ", i)
	}
	complain(&b, errors.New(strings.Join(lines, "\n")))
	if got := b.String(); strings.Count(got, "\n") != 21 || !strings.HasSuffix(got, "vsim: fault 19\nvsim: and 3880 more\n") {
		t.Errorf("%q", got)
	}
	b.Reset()
	complain(&b, errors.New("a \x1b[31m b \x9b c \u202e d \xff é"))
	if got, want := b.String(), "vsim: a \\x1b[31m b \ufffd c \\u202e d \ufffd é\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	b.Reset()
	complain(&b, errors.New(strings.Repeat("é", 1<<20)+": the rule"))
	if got := b.String(); len(got) > 2*mostCharacters+100 || !strings.HasSuffix(got, ": the rule\n") {
		t.Errorf("%d bytes: %.100q", len(got), got)
	}
	name := filepath.Join(t.TempDir(), "name.toml")
	for text, want := range map[string]string{
		"hardware = '8gpu'\nname = '" + strings.Repeat("x", 1<<20) + "'":          "name.toml:2: name = ",
		"hardware = '8gpu'\n" + strings.Repeat("x", 1<<20) + " = 1":               "unknown key",
		"hardware = '8gpu'\nname = \"a\\u001b[31mb\"":                             "must have no control characters",
		"hardware = '8gpu'\n\"a\\u001b[31mb\" = 1":                                `a\x1b[31mb: unknown key`,
		"hardware = '8gpu'\npipeline.model = '" + strings.Repeat("x", 2000) + "'": "at most 1024",
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		code, _, errOut := vsim("simulate", name)
		if code != 2 || !strings.Contains(errOut, want) || strings.Contains(errOut, "\x1b") || len(errOut) > 3000 {
			t.Errorf("%.60q: exit %d, %d bytes, %.500q", text, code, len(errOut), errOut)
		}
	}
}

// Neither does a configuration or the name of a file, in what vsim import says of it.
func TestImportCannotMoveTheCursor(t *testing.T) {
	for text, want := range map[string]string{
		"name: \"a\\x1b[31m\"":           `name = "a\x1b[31m`,
		"instance_group { \x1b[31m: 2 }": `outside of a string`,
		"platform: \"\u202e\" instance_group { host_policy: \"\\n\\x1b[2J\" }": `\x1b[2J": left out`,
	} {
		if _, _, errOut := vsim("import", "triton", config(t, "m", text), "--times", "1ms"); strings.ContainsAny(errOut, "\x1b\u202e\u009b") || !strings.Contains(errOut, want) {
			t.Errorf("%q prints %q, want %q in it", text, errOut, want)
		}
	}
	if code, _, errOut := vsim("import", "triton", config(t, "\x1b[31m", `name: "m" response_cache { enable: true }`), "--times", "1ms"); code != 0 ||
		strings.Contains(errOut, "\x1b") || !strings.Contains(errOut, `\x1b[31m/config.pbtxt:1: response_cache.enable = true: left out`) {
		t.Errorf("exit %d, %q", code, errOut)
	}
	if _, _, errOut := vsim("import", "triton", "no/\x1b[31m.pbtxt"); strings.Contains(errOut, "\x1b") || strings.Count(errOut, "\n") != 1 {
		t.Errorf("%q", errOut)
	}
}

func TestListsHaveALimit(t *testing.T) {
	file := filepath.Join(t.TempDir(), "many.toml")
	most := map[string]int{"stage": 250, "outage": 1000}
	for list, table := range map[string]string{
		"stage":  "[[stage]]\nname = 's%d'\nservice = '1ms'\n",
		"outage": "[[outage]]\nmtbf = '1s' # %d\nmttr = '1ms'\n",
	} {
		var text strings.Builder
		for i := range 5000 {
			fmt.Fprintf(&text, table, i)
		}
		if err := os.WriteFile(file, []byte("hardware = '8gpu'\n"+text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		code, _, errOut := vsim("simulate", file)
		if code != 2 || !strings.Contains(errOut, fmt.Sprintf("%s: has 5000 elements; at most %d", list, most[list])) {
			t.Errorf("%s: exit %d, %.500q", list, code, errOut)
		}
	}
}
