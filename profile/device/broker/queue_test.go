package broker

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"
)

func filled(c Config, sizes ...int) (*queue, *atomic.Int32) {
	q := newQueue(c)
	failed := new(atomic.Int32)
	for _, n := range sizes {
		q.put(make([]byte, n), func(err error) {
			if err != nil {
				failed.Add(1)
			}
		})
	}
	return q, failed
}

func sizes(batch []item) (out []int) {
	for _, it := range batch {
		out = append(out, len(it.value))
	}
	return out
}

func TestBatchTakesWhatFits(t *testing.T) {
	q, _ := filled(Config{BatchBytes: 100}, 40, 40, 40, 300, 10)
	for _, want := range [][]int{{40, 40}, {40}, {300}, {10}} {
		got := sizes(q.take(nil))
		if len(got) != len(want) || got[0] != want[0] {
			t.Errorf("batch of messages of %v bytes, want %v", got, want)
		}
	}
	if q.bytes != 0 || len(q.waiting) != 0 {
		t.Errorf("%d bytes in %d messages are left", q.bytes, len(q.waiting))
	}
}

func TestFullBatchDoesNotLinger(t *testing.T) {
	q, _ := filled(Config{BatchBytes: 100, Linger: time.Minute}, 60, 60)
	if got := sizes(q.take(nil)); len(got) != 1 {
		t.Errorf("batch of messages of %v bytes, want the first alone", got)
	}
	took := make(chan []int)
	go func() { took <- sizes(q.take(nil)) }()
	q.put(make([]byte, 40), func(error) {})
	if got := <-took; len(got) != 2 {
		t.Errorf("batch of messages of %v bytes, want both when they fill it", got)
	}
}

func TestBatchGoesAfterItsLinger(t *testing.T) {
	q, _ := filled(Config{BatchBytes: 100, Linger: 20 * time.Millisecond}, 10)
	put := q.waiting[0].since
	q.take(nil)
	if waited := time.Since(put); waited < 20*time.Millisecond {
		t.Errorf("it went after %v", waited)
	}
}

// A put waits while the queue is full; a message larger than the queue goes in when that is empty.
func TestPutWaitsForRoom(t *testing.T) {
	q, _ := filled(Config{BatchBytes: 1})
	q.room = 100
	q.put(make([]byte, 500), func(error) {})
	in := make(chan bool)
	go func() {
		q.put(make([]byte, 50), func(error) {})
		close(in)
	}()
	select {
	case <-in:
		t.Error("a message was put into a full queue")
	case <-time.After(20 * time.Millisecond):
	}
	q.take(nil)
	<-in
}

func TestCloseEndsPutAndTake(t *testing.T) {
	q, failed := filled(Config{BatchBytes: 10, Linger: time.Minute}, 1, 1)
	took := make(chan []item)
	go func() { took <- q.take(nil) }()
	q.close()
	if got := <-took; got != nil {
		t.Errorf("take gave %d messages after close", len(got))
	}
	if failed.Load() != 2 {
		t.Errorf("%d messages of 2 failed", failed.Load())
	}
	q.put(nil, func(err error) {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("put after close: %v", err)
		}
	})
}
