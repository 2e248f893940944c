package paper

import (
	"math"
	"testing"

	"vsim/profile"
	"vsim/sim/golden"
	"vsim/sim/scenario"
)

// TestProfileIsCurrent: the embedded profile is what the claims and published figures give.
func TestProfileIsCurrent(t *testing.T) {
	text, err := Paper().Profile().Encode()
	if err != nil {
		t.Fatal(err)
	}
	head := "# Made by go test ./experiments/paper -run ProfileIsCurrent -update; do not edit.\n"
	golden.Check(t, "../../hardware/profiles/"+ProfileName+".toml", append([]byte(head), text...))
}

// TestSlowdownsAreTheMachines: the factors that stand in the machine's file are those of the published figures.
func TestSlowdownsAreTheMachines(t *testing.T) {
	m := Paper()
	s, err := scenario.Load("1gpu-rtx4090", scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, slow := range s.CPU.Slowdown {
		each := m.Contended
		if slow.Stage == profile.HuffmanStage {
			each = m.Threads
		}
		for i, n := range slow.Neighbours {
			if want := 1 + n*each; math.Abs(slow.Factors[i]-want) > 0.001*want {
				t.Errorf("%s beside %g %s: %g, want %.4f", slow.Stage, n, slow.Beside, slow.Factors[i], want)
			}
		}
	}
}

// TestSpansAreSpans: no equation gave less than nothing.
func TestSpansAreSpans(t *testing.T) {
	for _, f := range Fitted() {
		if !(f.Value > 0) {
			t.Errorf("%s is %v %s", f.Name, f.Value, f.Unit)
		}
	}
}
