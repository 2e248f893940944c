package sim

import (
	"reflect"
	"strings"
	"testing"
)

// padded is one client of a server with room for four: copying takes 1 ms a request, the model 2 ms and 1 ms more
// for each request that it is run with, at 100 W.
const padded = `
[[resource]]
name = "card"
type = "gpu"
active_power = "100W"
[[stage]]
name = "model"
max_batch = 4
ALLOWED
steps = [{name = "copy", service = "1ms", each = true}, {name = "infer", resource = "card", service = {mean = "2ms", per_image = "1ms"}}]
[workload]
concurrency = 1
`

// A lone client's batches are of one request. Padded to n they take 1 + 2 + n ms, of which the card works 2 + n.
func TestPaddedBatchesByHand(t *testing.T) {
	for allowed, n := range map[string]float64{"": 1, "allowed_batch_sizes = [4]": 4, "allowed_batch_sizes = [2, 4]": 2, "allowed_batch_sizes = [1, 4]": 1} {
		p := predicted(t, strings.Replace(padded, "ALLOWED", allowed, 1))
		if want := 1e3 / (3 + n); !near(p.ThroughputRPS.Value, want, 1e-3) {
			t.Errorf("%q: %v/s, want %v", allowed, p.ThroughputRPS.Value, want)
		}
		if want := 1e-3 * (3 + n); !near(p.LatencyS.Mean.Value, want, 1e-3) {
			t.Errorf("%q: a mean latency of %v s, want %v", allowed, p.LatencyS.Mean.Value, want)
		}
		if want := 0.1 * (2 + n); p.EnergyJ == nil || !near(p.EnergyJ.GPU.Value, want, 1e-3) {
			t.Errorf("%q: energy %+v J a request, want %v", allowed, p.EnergyJ, want)
		}
		if got := p.Stages[0].MeanBatch.Value; got != 1 {
			t.Errorf("%q: batches of %v requests, want 1: padding is no request", allowed, got)
		}
	}
}

// Metamorphic: with every size allowed the prediction is the same to the last digit; the fewer sizes, the slower.
func TestAllowedSizesAreMonotone(t *testing.T) {
	open := strings.Replace(padded, "concurrency = 1", "rate = '150/s'", 1)
	last := 0.0
	for i, allowed := range []string{"", "[1, 2, 3, 4]", "[1, 2, 4]", "[2, 4]", "[4]"} {
		if allowed != "" {
			allowed = "allowed_batch_sizes = " + allowed
		}
		p, plain := predicted(t, strings.Replace(open, "ALLOWED", allowed, 1)), predicted(t, strings.Replace(open, "ALLOWED", "", 1))
		if same := reflect.DeepEqual(numbers(t, p), numbers(t, plain)); same != (i < 2) {
			t.Errorf("%q: the same prediction as without: %v", allowed, same)
		}
		if p.LatencyS.Mean.Value < last {
			t.Errorf("%q: a mean latency of %v s, with more sizes %v", allowed, p.LatencyS.Mean.Value, last)
		}
		last = p.LatencyS.Mean.Value
	}
}
