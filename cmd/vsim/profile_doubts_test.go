package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"vsim/profile"
)

// TestProfileCommandSaysHowTheMachineWas, once, of a neighbour and of drift, and nothing of a quiet machine.
func TestProfileCommandSaysHowTheMachineWas(t *testing.T) {
	said := func(c profile.Conditions, speed ...float64) string {
		p := &profile.Profile{Name: "p", Origin: profile.Measured, Provenance: profile.Provenance{Complete: true, Conditions: c},
			Services: []profile.Service{{Key: profile.Key{Stage: "decode", Resource: "cpu", Image: "small"}, N: 9, MeanNs: 1e6, Probabilities: []float64{0, 1}, QuantilesNs: []float64{1e6, 1e6}}},
			Drift:    &profile.Drift{Job: "a job", JobNs: 1, AtS: []float64{0, 1}, Speed: speed}}
		cmd, out := newProfile(), &bytes.Buffer{}
		cmd.SetOut(out)
		if err := saveProfile(cmd, filepath.Join(t.TempDir(), "p.toml"), p); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if got := said(profile.Conditions{}, 0.99, 1.01); strings.Contains(got, "neighbour") || strings.Contains(got, "speed") {
		t.Errorf("of a quiet machine:\n%s", got)
	}
	got := said(profile.Conditions{OtherCores: 1.3, Disturbed: 1, By: []string{profile.OtherProcesses}}, 0.8, 1.2)
	for _, want := range []string{
		"! this profile was measured beside a busy neighbour: other processes (1.3 cores on average) disturbed 100 % of the bursts that count",
		"! drift: the machine's speed went from 0.80 to 1.20 of its mean",
	} {
		if strings.Count(got, want) != 1 {
			t.Errorf("should say once %q:\n%s", want, got)
		}
	}
}
