package main

import (
	"strings"
	"testing"
)

func TestValidateTritonFlags(t *testing.T) {
	for want, args := range map[string][]string{
		"--measure 1ms: at least 100ms":           {"--measure", "1ms"},
		"--calibrate 1ms: at least 1s":            {"--calibrate", "1ms"},
		"--runs 1: at least 2 live runs of each":  {"--runs", "1"},
		`--case: no case has "65 clients" in its`: {"--case", "4 clients", "--case", "65 clients"},
		"takes no arguments, but got 1 arguments": {"out"},
	} {
		if code, _, errOut := vsim(append([]string{"validate", "triton"}, args...)...); code != 2 || !strings.Contains(errOut, want) || strings.Count(errOut, "\n") != 1 {
			t.Errorf("%q: exit %d, stderr %q, want %q", args, code, errOut, want)
		}
	}
}

// Where there is no Triton it says how to get one.
func TestValidateTritonWithoutTriton(t *testing.T) {
	t.Setenv("VSIM_TRITON", t.TempDir())
	if code, _, errOut := vsim("validate", "triton"); code != 1 || !strings.Contains(errOut, "make triton") || strings.Contains(errOut, "panic") {
		t.Errorf("exit %d, stderr %q", code, errOut)
	}
}

func TestValidateKnowsTriton(t *testing.T) {
	code, out, _ := vsim("validate", "triton", "--help")
	if code != 0 || !strings.Contains(out, "--quick") || !strings.Contains(out, "make triton") {
		t.Errorf("exit %d:\n%s", code, out)
	}
}
