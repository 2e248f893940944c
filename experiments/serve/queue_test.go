package serve

import (
	"testing"
	"testing/synctest"
	"time"
)

// taken is a batch that a worker took: its size, and when, since the start.
type taken struct {
	size int
	at   time.Duration
}

func worker(q *queue, busy time.Duration) <-chan taken {
	out := make(chan taken, 100)
	start := time.Now()
	go func() {
		for {
			batch := q.take(nil)
			if len(batch) == 0 {
				close(out)
				return
			}
			out <- taken{len(batch), time.Since(start)}
			time.Sleep(busy)
		}
	}()
	return out
}

func expect(t *testing.T, got <-chan taken, want ...taken) {
	t.Helper()
	for _, w := range want {
		if g := <-got; g != w {
			t.Errorf("took %d after %v, want %d after %v", g.size, g.at, w.size, w.at)
		}
	}
}

// finish closes the queue and waits for its worker.
func finish(q *queue, got <-chan taken) {
	q.close()
	for range got {
	}
}

// The rules are those of sim.Batch; time here is that of the test's bubble, so that it is exact.

func TestDelayIsPaidWhileAWorkerIdles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(4, 10*time.Millisecond)
		got := worker(q, 0)
		time.Sleep(time.Millisecond)
		q.put(&request{})
		time.Sleep(2 * time.Millisecond)
		q.put(&request{})
		expect(t, got, taken{2, 11 * time.Millisecond})
		finish(q, got)
	})
}

func TestFullBatchGoesBeforeTheDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(2, time.Second)
		got := worker(q, 0)
		for range 3 {
			time.Sleep(time.Millisecond)
			q.put(&request{})
		}
		expect(t, got, taken{2, 2 * time.Millisecond}, taken{1, 1003 * time.Millisecond})
		finish(q, got)
	})
}

func TestWithoutDelayBatchesFormOnlyBehindABusyWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(8, 0)
		got := worker(q, 5*time.Millisecond)
		for range 4 {
			time.Sleep(time.Millisecond)
			q.put(&request{})
		}
		expect(t, got, taken{1, time.Millisecond}, taken{3, 6 * time.Millisecond})
		finish(q, got)
	})
}

func TestQueueHandsOutInOrderAndNothingTwice(t *testing.T) {
	q := newQueue(3, 0)
	const n = 5000
	seen := 0
	for i := range n {
		q.put(&request{class: i})
		if i%7 == 6 {
			for _, r := range q.take(nil) {
				if r.class != seen {
					t.Fatalf("request %d came as number %d", r.class, seen)
				}
				seen++
			}
		}
	}
	for seen < n {
		for _, r := range q.take(nil) {
			if r.class != seen {
				t.Fatalf("request %d came as number %d", r.class, seen)
			}
			seen++
		}
	}
}

func TestClosedQueueLetsWorkersGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(2, time.Hour)
		a, b := worker(q, 0), worker(q, 0)
		q.put(&request{})
		synctest.Wait()
		q.close()
		if _, ok := <-a; ok {
			t.Error("a closed queue gave a batch")
		}
		if _, ok := <-b; ok {
			t.Error("a closed queue gave a batch")
		}
	})
}
