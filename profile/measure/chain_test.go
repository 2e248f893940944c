package measure

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"vsim/profile"
)

// counting is a chain of a job that does next to nothing but count.
func counting(n *int) *Chain {
	return &Chain{Keys: []profile.Key{{Stage: "count", Resource: "cpu"}}, Job: func(b *Burst) error {
		t := Now()
		*n++
		b.Add(0, t)
		return nil
	}}
}

func TestBurstEndsAtItsTimeOrItsCount(t *testing.T) {
	n := 0
	c := counting(&n)
	b, err := c.run(t.Context(), 0, time.Hour)
	if err == nil && len(b[0]) != maxBurstSamples {
		t.Errorf("%d samples, want %d", len(b[0]), maxBurstSamples)
	}
	if b, err = c.run(t.Context(), 0, 0); err != nil || len(b[0]) != 1 {
		t.Errorf("%d samples of a burst of no time, error %v; want one sample", len(b[0]), err)
	}
}

// TestShortJobsWarmUp: what comes before a burst is not kept, and is one job where a job takes longer than warming up.
func TestShortJobsWarmUp(t *testing.T) {
	n := 0
	c := counting(&n)
	b, err := c.run(t.Context(), time.Hour, 0)
	if err != nil || n != maxBurstSamples+1 || len(b[0]) != 1 {
		t.Errorf("%d jobs, %d kept, error %v; want as many as a burst has at most, and one that is kept", n, len(b[0]), err)
	}
	n, c.typical = 0, 2*time.Hour
	if _, err := c.run(t.Context(), time.Hour, 0); err != nil || n != 2 {
		t.Errorf("%d long jobs, error %v; want one to warm up and one that is kept", n, err)
	}
}

func TestBurstIsDroppedWhenInterruptedOrBroken(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	n := 0
	if _, err := counting(&n).run(ctx, 0, time.Hour); !errors.Is(err, context.Canceled) || n > 1 {
		t.Errorf("%d jobs after the interruption, error %v", n, err)
	}
	broken := errors.New("broken")
	c := &Chain{Keys: make([]profile.Key, 1), Job: func(*Burst) error { return broken }}
	if _, err := c.run(t.Context(), 0, time.Hour); !errors.Is(err, broken) {
		t.Errorf("error %v, want the job's", err)
	}
}

// TestNeighboursRunWhileMeasured: each of the k has done a job before the measured call begins, goes on
// during it, and none does afterwards.
func TestNeighboursRunWhileMeasured(t *testing.T) {
	const size, k = 4, 3
	var done [size]atomic.Int64
	c := &Crew{}
	t.Cleanup(c.close)
	for i := range size {
		c.Jobs = append(c.Jobs, func() error { done[i].Add(1); time.Sleep(100 * time.Microsecond); return nil })
	}
	err := c.during(k, func() error {
		for i := range k {
			before := done[i].Load()
			if before == 0 {
				t.Errorf("neighbour %d had not begun", i)
			}
			for done[i].Load() == before { // hangs, to be ended by the test's limit, if it does not run
				time.Sleep(time.Millisecond)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	after := done[0].Load() + done[1].Load() + done[2].Load()
	time.Sleep(2 * time.Millisecond)
	if again := done[0].Load() + done[1].Load() + done[2].Load(); again != after {
		t.Errorf("%d jobs after the end", again-after)
	}
	if done[k].Load() != 0 {
		t.Error("a neighbour that was not asked for ran")
	}
}

func TestNeighboursErrorComesBack(t *testing.T) {
	broken := errors.New("broken")
	c := &Crew{Jobs: []func() error{func() error { return broken }}}
	t.Cleanup(c.close)
	if err := c.during(1, func() error { return nil }); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	mine := errors.New("mine")
	if err := c.during(1, func() error { return mine }); !errors.Is(err, mine) {
		t.Errorf("error %v, want the measured call's", err)
	}
}
