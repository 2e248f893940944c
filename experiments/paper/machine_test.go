package paper

import (
	"testing"

	"vsim/sim/golden"
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

// TestSpansAreSpans: no equation gave less than nothing.
func TestSpansAreSpans(t *testing.T) {
	for _, f := range Fitted() {
		if !(f.Value > 0) {
			t.Errorf("%s is %v %s", f.Name, f.Value, f.Unit)
		}
	}
}
