package paper

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"vsim/sim"
)

// TestOverwrittenPointsAreRefused: a figure whose own keys --set takes would name its points by what they are not, and a claim
// that throughput is flat would hold for points that are all the same.
func TestOverwrittenPointsAreRefused(t *testing.T) {
	for _, c := range []struct{ figure, set string }{{"fig9", "gpu.count=2"}, {"fig5", "workload.concurrency=64"}, {"fig7", " times.infer = 1ms"}, {"fig9", "gpu={count = 2}"}} {
		f, _ := Named(c.figure)
		_, err := new(Report).Add(context.Background(), &Lab{Set: []string{c.set, "run.max_events=1000"}}, f)
		key := strings.TrimSpace(strings.Split(c.set, "=")[0])
		if unasked := new(Unasked); !errors.As(err, &unasked) || !strings.Contains(err.Error(), "--set "+key) {
			t.Errorf("%s with %s: %v", c.figure, c.set, err)
		}
	}
	l := &Lab{Set: []string{"run.max_events=1000", "link.latency=7us"}}
	if err := l.overwritten(At("", "gpu.count=2", "run.max_events=5000", "link.bandwidth=9GB/s")); err != nil {
		t.Error(err)
	}
}

// TestNothingHoldsThatIsNotKnown: no direction or bound holds for a ratio that is infinite or not a number, or has such an end.
func TestNothingHoldsThatIsNotKnown(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, e := range []sim.Estimate{{Value: inf, Low: inf, High: inf}, {Value: nan, Low: nan, High: nan}, {Value: 2, Low: 2, High: inf}, {Value: nan, Low: 2, High: 3},
		{Value: -inf, Low: -inf, High: -inf}, {Value: 0.5, Low: -inf, High: inf}, RatioOf(sim.Estimate{Value: 1, Low: 1, High: 1}, sim.Estimate{}), RatioOf(sim.Estimate{}, sim.Estimate{})} {
		for name, q := range map[string]Quantity{"More": More("", e), "Less": Less("", e), "AtLeast": AtLeast("", "", 1, e), "notLess": notLess("", e)} {
			if q.Holds {
				t.Errorf("%s holds for %v", name, e)
			}
		}
		if known(e.Value) {
			continue
		}
		for name, q := range map[string]Quantity{"Near": Near("", "", 1, e), "Between": Between("", "", 0, 1, e), "flat": flat("", 1, e), "atMost": atMost("", "", 1, e)} {
			if q.Holds {
				t.Errorf("%s holds for %v", name, e)
			}
		}
	}
}
