package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vsim/profile"
)

// archive is a campaign's with a small profile of a GPU of that name.
func archive(t *testing.T, gpu string) string {
	t.Helper()
	p := &profile.Profile{Name: gpu, Origin: profile.Measured, Provenance: profile.Provenance{Date: "2026-11-27T00:00:00Z", CPU: "A CPU", Cores: 16, GPU: gpu + ", 79.2 GiB, compute capability 9.0"}}
	for _, k := range []profile.Key{{Stage: "h2d", Resource: "link", SizeBytes: 4096}, {Stage: "infer", Resource: "gpu", Model: "m", Batch: 1}, {Stage: "infer", Resource: "gpu", Model: "m", Batch: 8}, {Stage: "decode", Resource: "gpu", Image: "medium"}} {
		p.Services = append(p.Services, profile.Service{Key: k, N: 9, MeanNs: 1e6, Probabilities: []float64{0, 1}, QuantilesNs: []float64{1e6, 1e6}})
	}
	text, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	out := tar.NewWriter(z)
	for _, step := range []func() error{
		func() error {
			return out.WriteHeader(&tar.Header{Name: "quick.toml", Mode: 0o644, Size: int64(len(text))})
		},
		func() error { _, err := out.Write(text); return err }, out.Close, z.Close,
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "results.tgz")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// The command says what it wrote, what is missing, and the lines of the other machine's file, which it leaves alone.
func TestLandSaysWhatItDid(t *testing.T) {
	root := t.TempDir()
	machine := "[gpu]\nmodel = \"old\"\nprofile = \"old-published\"\n"
	if err := os.MkdirAll(filepath.Join(root, "hardware", "profiles"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "hardware", "8gpu.toml"), []byte(machine), 0o644); err != nil {
		t.Fatal(err)
	}
	var out, errOut bytes.Buffer
	if code := run([]string{"-root", root, archive(t, "NVIDIA Test")}, &out, &errOut); code != 0 || errOut.Len() > 0 {
		t.Fatalf("exit %d, %s", code, &errOut)
	}
	for _, want := range []string{
		"wrote   " + filepath.Join(root, "hardware/profiles/nvidia-test-measured.toml"), "wrote   " + filepath.Join(root, "hardware/1gpu-nvidia-test.toml"),
		"experiments/accuracy/nvidia-test/README.md", "missing no live case", "hardware/8gpu.toml is as it was",
		`line 2, [gpu]: model = "NVIDIA Test" (now "old")`, `line 3, [gpu]: profile = "nvidia-test-measured" (now "old-published")`, `new in [gpu]: memory = "79.2GiB"`,
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
	if text, err := os.ReadFile(filepath.Join(root, "hardware", "8gpu.toml")); err != nil || string(text) != machine {
		t.Errorf("%v, the other machine's file is now %q", err, text)
	}
}

// The fake GPU is not landed unless a test asks for it, and then only where the test says.
func TestLandRefusesTheFake(t *testing.T) {
	fake, root := archive(t, "vsim fake GPU 0"), t.TempDir()
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"-root", root, fake}, 2, "is not vsim's repository"},
		{[]string{"-root", "../../..", fake}, 2, "the fakes' times mean nothing"},
		{[]string{"-allow-fake", fake}, 2, "usage: "},
		{[]string{}, 2, "usage: "},
		{[]string{"-root", "../../..", "no.tgz"}, 2, "no.tgz: cannot be read"},
		{[]string{"-allow-fake", "-root", root, fake}, 0, ""},
	} {
		var out, errOut bytes.Buffer
		if code := run(c.args, &out, &errOut); code != c.code || !strings.Contains(errOut.String(), c.want) {
			t.Errorf("%q: exit %d, stderr %q", c.args, code, &errOut)
		}
		if _, err := os.Stat(filepath.Join(root, "hardware")); (err == nil) != (c.code == 0) {
			t.Errorf("%q: %v", c.args, err)
		}
	}
}
