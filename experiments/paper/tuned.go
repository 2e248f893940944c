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
	Preprocess      int // preprocess.instances
	PreprocessBatch int // preprocess.max_batch, of images
	Inference       int // inference.instances
	MaxBatch        int // batcher.max_batch, of images
	Concurrency     int // workload.concurrency, of clients
}

// Keys are overrides that make a scenario's server this one.
func (s Server) Keys() []string {
	return []string{fmt.Sprintf("preprocess.instances=%d", s.Preprocess), fmt.Sprintf("preprocess.max_batch=%d", s.PreprocessBatch), fmt.Sprintf("inference.instances=%d", s.Inference),
		fmt.Sprintf("batcher.max_batch=%d", s.MaxBatch), fmt.Sprintf("workload.concurrency=%d", s.Concurrency)}
}

const (
	tunedFile = "fig3-tuned.toml"    // step 6
	finalFile = "fig3-tensorrt.toml" // step 7, with whose server figures 4 to 9 serve
	nearBest  = 0.01                 // servers so near the best are as good, and the one with the least p99 is taken
	nearFirst = 0.02                 // of servers so near the best of a quick look
	closely   = 64                   // so many, of the least p99, are looked at closely
)

// quick and close are how well throughput is known, at the first look and at the second.
var (
	quick = []string{"run.p99_goal=1", "run.replications=4", "run.max_events=100000"}
	close = []string{"run.p99_goal=1", "run.replications=4", "run.max_events=400000"}
)

// Tuned searches the server of a scenario, step 6 or 7 of figure 3: among those within 1 % of the largest throughput the one with the least p99, and
// of those with the same the one with the fewest instances, then with the smallest batch. It predicts all of them quickly, and of those
// that come out near the best the quickest once more.
func Tuned(ctx context.Context, lab *Lab, file string) (Server, error) {
	t, err := tune(ctx, lab, file)
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

func tune(ctx context.Context, lab *Lab, file string) (tuning, error) {
	all := servers()
	first, err := look(ctx, lab, file, all, quick)
	if err != nil {
		return tuning{}, err
	}
	near := within(first, nearFirst)
	slices.SortFunc(near, better)
	few := serversOf(near[:min(len(near), closely)])
	second, err := look(ctx, lab, file, few, close)
	if err != nil {
		return tuning{}, err
	}
	best := slices.MinFunc(within(second, nearBest), better)
	return tuning{best: best.Server, rate: best.rate, top: slices.MaxFunc(second, byRate).rate, looks: len(all), close: len(few)}, nil
}

// looked is what a server does.
type looked struct {
	Server
	rate sim.Estimate // images/s
	p99S float64
}

// servers are all that the search looks at. A batch is no larger than the number of clients, who have a request each, and none of
// preprocessing is larger than one of inference.
func servers() (out []Server) {
	for preprocess := 1; preprocess <= 4; preprocess++ {
		for inference := 1; inference <= 4; inference++ {
			for batch := 8; batch <= 128; batch *= 2 {
				for first := 8; first <= batch; first *= 2 {
					for clients := max(16, batch); clients <= 512; clients *= 2 {
						out = append(out, Server{preprocess, first, inference, batch, clients})
					}
				}
			}
		}
	}
	return out
}

// look predicts servers.
func look(ctx context.Context, lab *Lab, file string, servers []Server, goals []string) ([]looked, error) {
	points := make([]Point, len(servers))
	for i, s := range servers {
		points[i] = At(file, append(s.Keys(), goals...)...)
	}
	predictions, err := lab.Predict(ctx, points...)
	if err != nil {
		return nil, err
	}
	out := make([]looked, len(servers))
	for i, p := range predictions {
		out[i] = looked{servers[i], images(p), p.LatencyS.P99.Value}
	}
	return out, nil
}

// within are the servers of which the throughput is at most so much below the largest.
func within(all []looked, part float64) (out []looked) {
	least := (1 - part) * slices.MaxFunc(all, byRate).rate.Value
	for _, l := range all {
		if l.rate.Value >= least {
			out = append(out, l)
		}
	}
	return out
}

func serversOf(all []looked) (out []Server) {
	for _, l := range all {
		out = append(out, l.Server)
	}
	return out
}

func byRate(a, b looked) int { return cmp.Compare(a.rate.Value, b.rate.Value) }

// better orders servers of about the same throughput: less p99, fewer instances, smaller batches, fewer clients, fewer preprocessing
// instances.
func better(a, b looked) int {
	return cmp.Or(cmp.Compare(a.p99S, b.p99S), cmp.Compare(a.Preprocess+a.Inference, b.Preprocess+b.Inference), cmp.Compare(a.MaxBatch, b.MaxBatch), cmp.Compare(a.PreprocessBatch, b.PreprocessBatch),
		cmp.Compare(a.Concurrency, b.Concurrency), cmp.Compare(a.Preprocess, b.Preprocess))
}

// images is a throughput in images/s.
func images(p *sim.Prediction) sim.Estimate {
	if p.ItemsPerS != nil {
		return *p.ItemsPerS
	}
	return p.ThroughputRPS
}
