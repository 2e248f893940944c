package predict

import (
	"strings"
	"testing"

	"vsim/sim/engine"
	"vsim/sim/engine/random"
)

// TestOneBatchHasEverybody: where a batch takes all clients, a second worker never has anything to do; where batches are
// smaller, or most of the clients are elsewhere, it has.
func TestOneBatchHasEverybody(t *testing.T) {
	thinking := engine.Source{Clients: 8, Think: must(random.Exponential(50e6))}
	for name, c := range map[string]struct {
		source       engine.Source
		workers, max int
		stages       int
		want         string
	}{
		"all in one":     {engine.Source{Clients: 8}, 2, 8, 1, "queue: all 8 clients fit into one batch, of 8 in the mean, so that only one of 2 workers has something to do at a time; for more to work, lower stage.queue.max_batch to 4 or raise workload.concurrency"},
		"three workers":  {engine.Source{Clients: 8}, 3, 32, 1, "one of 3 workers has something to do at a time; for more to work, lower stage.queue.max_batch to 2 or"},
		"two halves":     {engine.Source{Clients: 8}, 2, 4, 1, ""},
		"twice as many":  {engine.Source{Clients: 16}, 2, 8, 1, ""},
		"one worker":     {engine.Source{Clients: 8}, 1, 8, 1, ""},
		"one client":     {engine.Source{Clients: 1}, 2, 8, 1, ""},
		"they think":     {thinking, 2, 8, 1, ""},
		"an open loop":   {poisson(500), 2, 8, 1, ""},
		"another before": {engine.Source{Clients: 8}, 2, 8, 2, ""},
	} {
		sys := queue(c.workers, c.source)
		sys.Pools[0].Batch.Max = c.max
		row := make([]*random.Sampler, c.max)
		for i := range row {
			row[i] = exponentialMs
		}
		sys.Pools[0].Steps[0].Service.At = [][]*random.Sampler{row}
		if c.stages > 1 {
			sys.Pools = append([]engine.Pool{{Name: "before", Workers: 1, Steps: []engine.Step{{Name: "work", Resource: []int{0}, Service: engine.Service{At: [][]*random.Sampler{{exponentialMs}}}}}}}, sys.Pools...)
			sys.Route = append(sys.Route, engine.Node{Pools: []int{1}})
		}
		p := run(t, sys, Options{NoWhatIf: true, MaxEvents: 400_000})
		var got []string
		for _, w := range p.Warnings {
			if strings.Contains(w, "fit into one batch") {
				got = append(got, w)
			}
		}
		if (len(got) == 1) != (c.want != "") || len(got) > 0 && !strings.Contains(got[0], c.want) {
			t.Errorf("%s: warnings %q, want %q", name, got, c.want)
		}
	}
}
