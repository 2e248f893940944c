package recency

import (
	"math"
	"testing"

	"vsim/sim/engine/event"
)

// How idle a thread was lately halves with every 32 ms of work, and comes back as fast.
func TestIdle(t *testing.T) {
	var i Idle
	for _, c := range []struct {
		at    event.Time
		works bool
		want  float64
	}{{5 * Half, true, 1}, {6 * Half, false, 0.5}, {8 * Half, true, 0.875}, {9 * Half, false, 0.4375}} {
		if got := i.At(c.at); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("at %v: idle for %v, want %v", c.at, got, c.want)
		}
		i.Turn(c.at, c.works)
	}
}
