package main

import (
	"path/filepath"
	"strings"
	"testing"

	"vsim/profile/device/gpu/fakegpu"
)

// A model whose file fixes the batch at 1 is measured at 1, and it is said once.
func TestProfileOfAFixedBatch(t *testing.T) {
	needNative(t)
	out := filepath.Join(t.TempDir(), "p.toml")
	_, text, errOut := vsim("profile", "--cpu", "--quick", "--model", fakegpu.FixedModel(t), "--images", "small", "--batches", "1,4", "--budget", "300ms", "-o", out)
	if strings.Count(text, "! fixed: its file fixes the batch at 1; other batches were left out\n") != 1 || strings.Contains(errOut, "batch 4") {
		t.Errorf("stdout %q, stderr %q", text, errOut)
	}
}
