package broker

import (
	"context"
	"sync/atomic"
	"time"

	"vsim/profile/measure"
)

// acks counts the acknowledgements of the messages of a request.
type acks struct {
	left   atomic.Int64
	failed atomic.Pointer[error]
	at     time.Duration // of the last, once all has told
	all    chan struct{}
}

// expect makes ready for so many.
func expect(n int) *acks {
	a := &acks{all: make(chan struct{}, 1)}
	a.left.Store(int64(n))
	return a
}

// done takes in one.
func (a *acks) done(err error) {
	if err != nil {
		a.failed.CompareAndSwap(nil, &err)
	}
	if a.left.Add(-1) == 0 {
		a.at = measure.Now()
		a.all <- struct{}{}
	}
}

// wait waits for the last.
func (a *acks) wait(ctx context.Context) error {
	select {
	case <-a.all:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := a.failed.Load(); err != nil {
		return *err
	}
	return nil
}
