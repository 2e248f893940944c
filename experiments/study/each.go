package study

import (
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"

	"vsim/sim"
)

// Outcome is what became of a point: a prediction, or the reason why there is none.
type Outcome struct {
	Prediction *sim.Prediction
	Err        error
}

// Each predicts n points on all cores and hands the outcomes over in their order, one at a time, as soon as they and
// all before them are there. It ends with the context's error, or with the first that done returns; outcomes that come
// after it are lost.
func Each(ctx context.Context, n int, predict func(ctx context.Context, i int) (*sim.Prediction, error), done func(i int, o Outcome) error) error {
	cores := runtime.GOMAXPROCS(0)
	ready := make([]chan Outcome, n)
	for i := range ready {
		ready[i] = make(chan Outcome, 1)
	}
	ahead := make(chan struct{}, 4*cores) // points that are begun and not handed over yet
	g, ctx := errgroup.WithContext(ctx)
	next := make(chan int)
	g.Go(func() error {
		defer close(next)
		for i := range n {
			select {
			case ahead <- struct{}{}:
			case <-ctx.Done():
				return ctx.Err()
			}
			select {
			case next <- i:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	for range cores {
		g.Go(func() error {
			for i := range next {
				p, err := predict(ctx, i)
				if ctx.Err() != nil {
					return ctx.Err()
				}
				ready[i] <- Outcome{p, err}
			}
			return nil
		})
	}
	g.Go(func() error {
		for i := range n {
			select {
			case o := <-ready[i]:
				if err := done(i, o); err != nil {
					return err
				}
				<-ahead
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	return g.Wait()
}
