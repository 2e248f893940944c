package predict

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/gonum/stat"

	"vsim/sim/engine"
)

// Replayed is what a live run shows whose traffic is known: the means of the numbers that runs show which differ in
// service times alone. Latencies are seconds.
type Replayed struct {
	ThroughputRPS, DroppedShare, MeanS, P50S, P99S float64
}

// Replay simulates live runs of a length, after a warm-up as they have, with the arrivals and classes that a load draws from
// a seed (package load). Comparing it with such a run leaves out that traffic differs by chance from run to run: common random numbers (Law 2015,
// Simulation Modeling and Analysis, 5th edition, 11.2).
func Replay(ctx context.Context, sys *engine.System, seed uint64, span time.Duration) (Replayed, error) {
	same := *sys
	same.TrafficSeed = seed
	way := plan{warmUp: warmUp(span), span: span, events: defaultEvents}
	all := make([]shown, replicates)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(cores())
	for i := range all {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			_, w, err := way.simulate(&same, i)
			all[i].see(&w)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return Replayed{}, err
	}
	mean := func(of func(*shown) float64) float64 {
		var values []float64
		for i := range all {
			values = append(values, of(&all[i]))
		}
		return stat.Mean(values, nil)
	}
	return Replayed{
		ThroughputRPS: mean(func(o *shown) float64 { return o.throughput }),
		DroppedShare:  mean(func(o *shown) float64 { return o.dropped }),
		MeanS:         1e-9 * mean(func(o *shown) float64 { return o.mean }),
		P50S:          1e-9 * mean(func(o *shown) float64 { return o.quantiles[0] }),
		P99S:          1e-9 * mean(func(o *shown) float64 { return o.quantiles[3] }),
	}, nil
}
