package paper

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"vsim/sim"
)

// Server is what a server is tuned by, step 6 of figure 3.
type Server struct {
	Preprocess  int // preprocess.instances
	Inference   int // inference.instances
	MaxBatch    int // batcher.max_batch, of images
	Concurrency int // workload.concurrency, of clients
}

// Keys are overrides that make a scenario's server this one.
func (s Server) Keys() []string {
	return []string{fmt.Sprintf("preprocess.instances=%d", s.Preprocess), fmt.Sprintf("inference.instances=%d", s.Inference),
		fmt.Sprintf("batcher.max_batch=%d", s.MaxBatch), fmt.Sprintf("workload.concurrency=%d", s.Concurrency)}
}

const (
	tunedFile = "fig3-tuned.toml"
	nearBest  = 0.01 // servers so near the best are as good, and the smallest of them is taken
	nearFirst = 0.02 // servers so near the best of a quick look are looked at closely
)

// quick and close are how well throughput is known, at the first look and at the second.
var (
	quick = []string{"run.p99_goal=1", "run.replications=4", "run.max_events=100000"}
	close = []string{"run.p99_goal=1", "run.replications=4", "run.max_events=400000"}
)

// Tuned searches the server of step 6 of figure 3: among those within 1 % of the largest throughput the one with the fewest
// instances, then with the smallest batch, then with the lowest concurrency. It predicts all of them quickly, and those that come
// out near the best once more.
func Tuned(ctx context.Context, lab *Lab) (Server, error) {
	t, err := tune(ctx, lab)
	if err != nil {
		return Server{}, err
	}
	return t.best, nil
}

// tuning is a search and what it has found.
type tuning struct {
	best  Server
	rate  sim.Estimate // throughput of the best, images/s
	top   sim.Estimate // the largest throughput of all, images/s
	looks int          // servers predicted quickly
	close int          // of them those predicted once more
}

func tune(ctx context.Context, lab *Lab) (tuning, error) {
	all := servers()
	first, err := rates(ctx, lab, all, quick)
	if err != nil {
		return tuning{}, err
	}
	few := within(all, first, nearFirst)
	second, err := rates(ctx, lab, few, close)
	if err != nil {
		return tuning{}, err
	}
	best := slices.MinFunc(within(few, second, nearBest), smaller)
	return tuning{best: best, rate: second[slices.Index(few, best)], top: slices.MaxFunc(second, byValue), looks: len(all), close: len(few)}, nil
}

// servers are all that the search looks at. A batch is no larger than the number of clients, who have a request each.
func servers() (out []Server) {
	for preprocess := 1; preprocess <= 4; preprocess++ {
		for inference := 1; inference <= 4; inference++ {
			for batch := 8; batch <= 128; batch *= 2 {
				for clients := max(16, batch); clients <= 512; clients *= 2 {
					out = append(out, Server{preprocess, inference, batch, clients})
				}
			}
		}
	}
	return out
}

// rates are the servers' throughputs, images/s.
func rates(ctx context.Context, lab *Lab, servers []Server, goals []string) ([]sim.Estimate, error) {
	points := make([]Point, len(servers))
	for i, s := range servers {
		points[i] = At(tunedFile, append(s.Keys(), goals...)...)
	}
	predictions, err := lab.Predict(ctx, points...)
	if err != nil {
		return nil, err
	}
	out := make([]sim.Estimate, len(servers))
	for i, p := range predictions {
		out[i] = images(p)
	}
	return out, nil
}

// within are the servers of which the throughput is at most so much below the largest.
func within(servers []Server, rates []sim.Estimate, part float64) (out []Server) {
	least := (1 - part) * slices.MaxFunc(rates, byValue).Value
	for i, s := range servers {
		if rates[i].Value >= least {
			out = append(out, s)
		}
	}
	return out
}

func byValue(a, b sim.Estimate) int { return cmp.Compare(a.Value, b.Value) }

// smaller orders servers: fewer instances, smaller batches, fewer clients, fewer preprocessing instances.
func smaller(a, b Server) int {
	return cmp.Or(cmp.Compare(a.Preprocess+a.Inference, b.Preprocess+b.Inference), cmp.Compare(a.MaxBatch, b.MaxBatch),
		cmp.Compare(a.Concurrency, b.Concurrency), cmp.Compare(a.Preprocess, b.Preprocess))
}

// images is a throughput in images/s.
func images(p *sim.Prediction) sim.Estimate {
	if p.ItemsPerS != nil {
		return *p.ItemsPerS
	}
	return p.ThroughputRPS
}
