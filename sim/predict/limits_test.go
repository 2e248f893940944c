package predict

import (
	"context"
	"strings"
	"testing"
	"time"
)

// TestLimitsEndAStudy: a latency that is above its limit beyond doubt ends a study early, and one that is below changes nothing.
func TestLimitsEndAStudy(t *testing.T) {
	run := func(limits ...MostLatency) *Prediction {
		t.Helper()
		sys := queue(1, poisson(900)) // M/M/1 of 1 ms at load 0.9: p99 is 46 ms
		p, err := Run(context.Background(), sys, bare(sys), Options{NoWhatIf: true, NoPI: true, P99Goal: 0.02, Limits: limits}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	whole := run()
	for _, most := range []time.Duration{20 * time.Millisecond, 60 * time.Millisecond} {
		p := run(MostLatency{0.5, time.Second}, MostLatency{0.99, most})
		above := most < 46*time.Millisecond
		if ended := len(p.Warnings) > 0 && strings.Contains(p.Warnings[0], "the 0.99 quantile of latency is above 20ms"); ended != above {
			t.Errorf("p99 below %v: %q", most, p.Warnings)
		}
		if above && (p.LatencyS.P99.Low <= most.Seconds() || p.Run.Events > whole.Run.Events/4) {
			t.Errorf("p99 below %v: %v after %d events, %d without a limit", most, p.LatencyS.P99, p.Run.Events, whole.Run.Events)
		}
		if !above && (p.LatencyS != whole.LatencyS || p.Run.Events != whole.Run.Events) {
			t.Errorf("p99 below %v: %v, %v without a limit", most, p.LatencyS, whole.LatencyS)
		}
	}
}
