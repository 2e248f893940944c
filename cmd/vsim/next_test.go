package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vsim/profile"
	"vsim/profile/device/cache"
	"vsim/profile/device/gpu/fakegpu"
	"vsim/profile/device/photo"
)

// own makes a folder with a person's model and pictures in it, named as on a person's disk: mine.onnx, a graph of the
// catalogue with its weights, and my pictures, a folder of JPEG files.
func own(t *testing.T) (network, pictures string) {
	t.Helper()
	dir, made := t.TempDir(), t.TempDir()
	graph, err := cache.Model(made, "mobilenetv2", 1)
	if err != nil {
		t.Fatal(err)
	}
	weights := strings.TrimSuffix(graph, ".onnx") + ".weights"
	network, pictures = filepath.Join(dir, "mine.onnx"), filepath.Join(dir, "my pictures")
	for from, to := range map[string]string{graph: network, weights: filepath.Join(dir, filepath.Base(weights))} {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	return network, folder(t, pictures)
}

// folder makes a folder of pictures.
func folder(t *testing.T, path string) string {
	t.Helper()
	files, err := photo.Set(t.Context(), t.TempDir(), "small", 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	for i, file := range files {
		if err := os.WriteFile(filepath.Join(path, string(rune('a'+i))+".jpg"), file, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// printed is the command behind a mark in what vsim printed, as a shell takes it apart.
func printed(t *testing.T, text, mark string) []string {
	t.Helper()
	_, rest, found := strings.Cut(text, mark+"vsim ")
	if !found {
		t.Fatalf("no command behind %q in:\n%s", mark, text)
	}
	line, _, _ := strings.Cut(rest, "\n")
	var words []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			words = append(words, part)
			continue
		}
		words = append(words, strings.Fields(part)...)
	}
	return words
}

// works runs a printed command, which must predict what want says. A few clients suffice.
func works(t *testing.T, args []string, want string) {
	t.Helper()
	args = append(args, "--set", "workload.concurrency=3", "--set", "run.p99_goal=1")
	if code, out, errOut := vsim(args...); code != 0 || !strings.Contains(out, want) {
		t.Errorf("%q: exit %d, stderr %q, stdout:\n%s\nwant %q", args, code, errOut, out, want)
	}
}

// The command that a profile of a person's own model and pictures prints works as it is, and so does the profile alone
// with a machine that vsim knows.
func TestTheNextCommandWorks(t *testing.T) {
	needNative(t)
	network, pictures := own(t)
	path := filepath.Join(t.TempDir(), "cpu.toml")
	_, out, errOut := vsim("profile", "--cpu", "--model", network, "--images", pictures, "--batches", "1,2", "--budget", "2s", "-o", path)
	const want = "mine on my pictures images"
	command := printed(t, out, "use it: ")
	if len(command) != 2 || command[1] != strings.TrimSuffix(path, ".toml")+"-machine.toml" {
		t.Errorf("command %q, stderr %q", command, errOut)
	}
	works(t, command, want)
	works(t, []string{"simulate", "2cpu", "--profile", path}, want)

	p, err := profile.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Provenance.Files; got["mine"] != network || got["my pictures"] != pictures {
		t.Errorf("the profile knows %v", got)
	}
}

// Of several models and image sets the printed command names one each; without, the error says which keys to set, and
// the command that it prints works, too.
func TestTheNextCommandChooses(t *testing.T) {
	needNative(t)
	network, pictures := own(t)
	path := filepath.Join(t.TempDir(), "cpu.toml")
	_, out, _ := vsim("profile", "--cpu", "--model", network+",deit-tiny", "--images", pictures+","+folder(t, filepath.Join(t.TempDir(), "more")),
		"--batches", "1,2", "--budget", "3s", "-o", path)
	const want = "mine on my pictures images"
	works(t, printed(t, out, "use it: "), want)

	code, out, errOut := vsim("simulate", "2cpu", "--profile", path)
	lines := strings.Split(strings.TrimSpace(errOut), "\n")
	if code != 2 || out != "" || len(lines) != 3 || !strings.Contains(lines[0], "pipeline.model: is not set, and profile ") || !strings.Contains(lines[1], "pipeline.image: is not set, and profile ") {
		t.Fatalf("exit %d, stderr:\n%s", code, errOut)
	}
	works(t, printed(t, lines[2], "for example: "), want)
}

// A machine file that a person has made his own is not written over.
func TestAnEditedMachineIsKept(t *testing.T) {
	needNative(t)
	network, pictures := own(t)
	path := filepath.Join(t.TempDir(), "cpu.toml")
	machine := strings.TrimSuffix(path, ".toml") + "-machine.toml"
	if err := os.WriteFile(machine, []byte("name = \"mine\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, out, _ := vsim("profile", "--cpu", "--model", network, "--images", pictures, "--batches", "1", "--budget", "1ms", "-o", path)
	if text, err := os.ReadFile(machine); err != nil || string(text) != "name = \"mine\"\n" {
		t.Errorf("it has become %q (%v)", text, err)
	}
	if !strings.Contains(out, machine+" is there and not of vsim profile; remove it") || strings.Contains(out, "use it") {
		t.Errorf("stdout:\n%s", out)
	}
}

// The same on a GPU, with pictures in a folder whose sizes no paper knows.
func TestTheNextCommandWorksOnAGPU(t *testing.T) {
	needFakeGPU(t)
	path, pictures := filepath.Join(t.TempDir(), "gpu.toml"), folder(t, filepath.Join(t.TempDir(), "pictures"))
	_, out, _ := vsim("profile", "--gpu", "0", "--quick", "--images", pictures, "--model", fakegpu.Model(t), "--batches", "1,3", "--budget", "3s", "-o", path)
	command := printed(t, out, "use it: ")
	if len(command) != 2 {
		t.Errorf("command %q", command)
	}
	works(t, command, "tiny on pictures images")
	works(t, []string{"simulate", "8gpu", "--profile", path}, "tiny on pictures images")
}
