package compile

import (
	"math"
	"strings"
	"testing"

	"vsim/sim/engine/random"
	"vsim/sim/scenario"
)

const spreadText = `
[workload]
concurrency = 1
[servers]
gpus = 1
[[resource]]
name = "link"
type = "link"
bandwidth = "1GB/s"
[[stage]]
name = "a"
max_batch = 2
steps = [
  {name = "constant", service = "2ms"},
  {name = "table", service = {dist = "table", batches = [1, 2], means = ["1ms", "4ms"]}},
  {name = "own", service = {dist = "table", batches = [1, 2], means = ["1ms", "4ms"], cv = 0.5}},
  {name = "random", service = {dist = "exponential", mean = "2ms"}},
  {name = "bytes", resource = "link", service = {bytes = "1MB"}},
]
`

// TestSpread: an assumed spread is that of times known by their means alone; all others, and transfers in bytes, are
// left as they are. A note says that it is assumed. Without it nothing is.
func TestSpread(t *testing.T) {
	for _, spread := range []string{"0", "0.2"} {
		s, err := scenario.Parse("x.toml", []byte(spreadText), scenario.Options{Set: []string{"scaling.spread=" + spread, "run.jitter=0"}})
		if err != nil {
			t.Fatal(err)
		}
		built, err := Build(s, nil)
		if err != nil {
			t.Fatal(err)
		}
		note := "Assumed, not measured: times of which only the mean is known vary with a cv of 0.2 (scaling.spread; 0 is none)."
		if told := strings.Contains(strings.Join(built.Notes, "\n"), note); told != (spread != "0") {
			t.Errorf("spread %s: notes %q", spread, built.Notes)
		}
		want := map[string]float64{"own": 0.5, "random": 1}
		if spread != "0" {
			want["constant"], want["table"] = 0.2, 0.2
		}
		for i := range built.System.Pools[0].Steps {
			step := &built.System.Pools[0].Steps[i]
			for size, sampler := range step.Service.At[0] {
				mean, cv := moments(sampler)
				if math.Abs(cv-want[step.Name]) > 0.02*want[step.Name]+1e-9 {
					t.Errorf("spread %s: %s has a cv of %v, want %v", spread, step.Name, cv, want[step.Name])
				}
				if step.Name == "table" && math.Abs(mean/[]float64{1e6, 4e6}[size]-1) > 0.002 {
					t.Errorf("spread %s: the mean of %d is %v", spread, size+1, mean)
				}
			}
		}
	}
}

// moments are those of many draws.
func moments(s *random.Sampler) (mean, cv float64) {
	stream := random.NewStream(1, "moments", 0)
	const n = 400_000
	sum, squares := 0.0, 0.0
	for range n {
		x := float64(s.Draw(&stream))
		sum, squares = sum+x, squares+x*x
	}
	mean = sum / n
	return mean, math.Sqrt(max(squares/n-mean*mean, 0)) / mean
}
