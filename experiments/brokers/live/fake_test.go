package live

import (
	"context"
	"errors"
	"sync"

	"vsim/profile/device/broker"
)

// fakeLink is a broker in memory whose messages can be lost, refused and repeated.
type fakeLink struct {
	queue  chan broker.Message
	mu     sync.Mutex
	sent   int
	acked  int
	become func(n int) fate // of the nth message, from 0 on; nil: all arrive
}

// fate is what becomes of a message.
type fate int

const (
	arrives fate = iota
	vanishes
	isRefused
	comesTwice
	hangs // nobody ever says what became of it
)

func newFake(become func(n int) fate) *fakeLink {
	return &fakeLink{queue: make(chan broker.Message, 1<<16), become: become}
}

func (l *fakeLink) NewProducer() (broker.Producer, error) { return fakeProducer{l}, nil }

func (l *fakeLink) NewConsumers(n int) (out []broker.Consumer, err error) {
	for range n {
		out = append(out, fakeConsumer{l})
	}
	return out, nil
}

type fakeProducer struct{ *fakeLink }

var errRefused = errors.New("refused")

func (p fakeProducer) Send(value []byte, done func(error)) {
	p.mu.Lock()
	n := p.sent
	p.sent++
	p.mu.Unlock()
	what := arrives
	if p.become != nil {
		what = p.become(n)
	}
	m := broker.Message{Value: value}
	switch what {
	case isRefused:
		go done(errRefused)
		return
	case hangs:
		return
	case comesTwice:
		p.queue <- m
		p.queue <- m
	case arrives:
		p.queue <- m
	}
	go done(nil)
}

func (p fakeProducer) Flush(ctx context.Context) error { return nil }
func (p fakeProducer) Close()                          {}

type fakeConsumer struct{ *fakeLink }

// Fetch takes what there is, three messages at most: more than a batch of the tests has.
func (c fakeConsumer) Fetch(ctx context.Context) (out []broker.Message, err error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case m := <-c.queue:
		out = append(out, m)
	}
	for len(out) < 3 {
		select {
		case m := <-c.queue:
			out = append(out, m)
		default:
			return out, nil
		}
	}
	return out, nil
}

func (c fakeConsumer) Ack(_ context.Context, m []broker.Message) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.acked += len(m)
	return nil
}

func (c fakeConsumer) Close() {}
