package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSimulatePlots(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mm1.svg")
	code, out, errOut := vsim("simulate", "../../experiments/examples/mm1.toml", "--plot", path)
	if code != 0 || !strings.Contains(out, "Bottleneck") {
		t.Fatalf("exit %d, %s\n%s", code, errOut, out)
	}
	if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), "</svg>") {
		t.Errorf("%v, %.100s", err, text)
	}
	code, _, errOut = vsim("simulate", "../../experiments/examples/mm1.toml", "--plot", "mm1.gif")
	if code != 2 || !strings.Contains(errOut, "--plot mm1.gif: the file's name must end in .svg, .png, .pdf") {
		t.Errorf("exit %d, %s", code, errOut)
	}
}
