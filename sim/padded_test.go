package sim

import (
	"strings"
	"testing"

	"vsim/sim/scenario"
)

// TestTheOnlyPublishedBatch: where smaller batches are padded to it, a prediction warns that they look slower than they are.
func TestTheOnlyPublishedBatch(t *testing.T) {
	for machine, want := range map[string]bool{"aws-p5-4xlarge": true, "aws-g6-xlarge": false} {
		p, err := Predict(t.Context(), File(machine, scenario.Options{Set: []string{"run.max_events=100000"}}), Options{NoWhatIf: true, NoPI: true})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(strings.Join(p.Warnings, "\n"), "infer: published are the times of batches of 2048 alone"); got != want {
			t.Errorf("%s: %q", machine, p.Warnings)
		}
	}
}
