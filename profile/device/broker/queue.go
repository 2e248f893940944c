package broker

import (
	"context"
	"sync"
	"time"
)

// queue holds the messages that wait to be sent to Redis.
type queue struct {
	batchBytes, room int
	linger           time.Duration

	mu       sync.Mutex
	change   sync.Cond
	waiting  []item
	bytes    int // of those that wait
	open     int // messages that are not done
	flushing int // calls that wait until none are open: a batch that is not full goes
	closed   bool
}

type item struct {
	value []byte
	done  func(error)
	since time.Time // set when there is a linger
}

func newQueue(c Config) *queue {
	q := &queue{batchBytes: c.BatchBytes, room: bufferBytes, linger: c.Linger}
	q.change.L = &q.mu
	return q
}

// put adds a message, after waiting for room; a message larger than the room waits until there is no other.
func (q *queue) put(value []byte, done func(error)) {
	it := item{value: value, done: done}
	q.mu.Lock()
	for !q.closed && q.bytes > 0 && q.bytes+len(value) > q.room {
		q.change.Wait()
	}
	if q.closed {
		q.mu.Unlock()
		done(ErrClosed)
		return
	}
	if q.linger > 0 {
		it.since = time.Now()
		time.AfterFunc(q.linger, q.wake)
	}
	q.waiting = append(q.waiting, it)
	q.bytes += len(value)
	q.open++
	q.change.Broadcast()
	q.mu.Unlock()
}

func (q *queue) wake() {
	q.mu.Lock()
	q.change.Broadcast()
	q.mu.Unlock()
}

// take waits for a batch that is due and gives it in the order of put: as many messages as fit, at least one. It gives nil
// when the queue is closed.
func (q *queue) take(batch []item) []item {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		n, bytes, full := q.fit()
		if q.closed {
			return nil
		}
		if n > 0 && (full || q.flushing > 0 || q.linger == 0 || time.Since(q.waiting[0].since) >= q.linger) {
			batch = append(batch[:0], q.waiting[:n]...)
			rest := copy(q.waiting, q.waiting[n:])
			clear(q.waiting[rest:])
			q.waiting = q.waiting[:rest]
			q.bytes -= bytes
			q.change.Broadcast()
			return batch
		}
		q.change.Wait()
	}
}

// fit counts the messages at the front that make a batch, and tells whether there is no room for one more.
func (q *queue) fit() (n, bytes int, full bool) {
	for _, it := range q.waiting {
		if n > 0 && bytes+len(it.value) > q.batchBytes {
			return n, bytes, true
		}
		n, bytes = n+1, bytes+len(it.value)
	}
	return n, bytes, bytes >= q.batchBytes
}

// finish says that the messages of a batch are done.
func (q *queue) finish(batch []item, err func(i int) error) {
	for i, it := range batch {
		it.done(err(i))
	}
	q.mu.Lock()
	q.open -= len(batch)
	q.change.Broadcast()
	q.mu.Unlock()
}

func (q *queue) flush(ctx context.Context) error {
	stop := context.AfterFunc(ctx, q.wake)
	defer stop()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.flushing++
	defer func() { q.flushing-- }()
	q.change.Broadcast()
	for q.open > 0 && ctx.Err() == nil {
		q.change.Wait()
	}
	if q.open > 0 {
		return ctx.Err()
	}
	return nil
}

// close ends take, and all messages that wait.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	left := q.waiting
	q.waiting, q.bytes = nil, 0
	q.change.Broadcast()
	q.mu.Unlock()
	q.finish(left, func(int) error { return ErrClosed })
}
