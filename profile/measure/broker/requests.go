package broker

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"vsim/profile/device/broker"
	"vsim/profile/measure"
)

// send hands a request over, and gives its acknowledgements.
func (l *lane) send() *acks {
	a := expect(l.batch)
	for range l.batch {
		l.producer.Send(l.values.next(l.size), a.done)
	}
	return a
}

// produce sends a request and waits until it is acknowledged: the time that it took, ns.
func (l *lane) produce(ctx context.Context) (ns float64, err error) {
	began := measure.Now()
	a := l.send()
	if err := l.flush(ctx); err != nil {
		return 0, err
	}
	if err := a.wait(ctx); err != nil {
		return 0, err
	}
	return float64(a.at - began), nil
}

// flush sends what lingers: the producer of Kafka sees that a batch is full when the next message comes.
func (l *lane) flush(ctx context.Context) error {
	if l.batch == 1 {
		return nil
	}
	return l.producer.Flush(ctx)
}

// fetch takes the messages of a request: the moment when the last was there. What is fetched beyond them is for the next.
func (l *lane) fetch(ctx context.Context) (m []broker.Message, at time.Duration, err error) {
	for len(l.fetched) < l.batch {
		more, err := l.consumer.Fetch(ctx)
		if err != nil {
			return nil, 0, err
		}
		l.fetches++
		l.fetched = append(l.fetched, more...)
	}
	at = measure.Now()
	l.requests++
	m, l.fetched = l.fetched[:l.batch:l.batch], l.fetched[l.batch:]
	for i := range m {
		if len(m[i].Value) != l.size {
			return nil, 0, fmt.Errorf("a message of %d bytes came back with %d", l.size, len(m[i].Value))
		}
	}
	return m, at, nil
}

// take fetches a request and acknowledges it: the times of both, ns.
func (l *lane) take(ctx context.Context) (fetchNs, ackNs float64, err error) {
	began := measure.Now()
	m, at, err := l.fetch(ctx)
	if err != nil {
		return 0, 0, err
	}
	called := measure.Now()
	err = l.consumer.Ack(ctx, m)
	return float64(at - began), float64(measure.Now() - called), err
}

// deliver sends n requests one after the other to a consumer that waits for each, and tells of each how long it took to be there.
// wait comes before each, and returns once the consumer waits.
func (l *lane) deliver(ctx context.Context, n int, wait func(), took func(ns float64)) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	arrived, acked := make(chan time.Duration, 1), make(chan struct{}, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		stop(l.receive(ctx, n, arrived, acked))
	}()
	defer func() { stop(nil); <-ended }()
	for range n {
		wait()
		began := measure.Now()
		a := l.send()
		if err := l.flush(ctx); err != nil {
			return cmp.Or(context.Cause(ctx), err)
		}
		select {
		case at := <-arrived:
			took(float64(at - began))
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if err := a.wait(ctx); err != nil {
			return err
		}
		select {
		case <-acked:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// settled waits until a consumer that has acknowledged waits at the broker again.
func (l *lane) settled() { time.Sleep(l.settle) }

// receive is the consumer of deliver.
func (l *lane) receive(ctx context.Context, n int, arrived chan<- time.Duration, acked chan<- struct{}) error {
	for range n {
		m, at, err := l.fetch(ctx)
		if err != nil {
			return err
		}
		arrived <- at
		if err := l.consumer.Ack(ctx, m); err != nil {
			return err
		}
		acked <- struct{}{}
	}
	<-ctx.Done() // an end before the last was taken in would be an error
	return nil
}

// stream sends n requests with as many in flight as the producer may have.
func (l *lane) stream(ctx context.Context, n int) error {
	var sent []*acks
	for i := range n {
		if i > l.inFlight+1 { // one more is full, and one is being filled
			if err := sent[i-l.inFlight-2].wait(ctx); err != nil {
				return err
			}
			sent[i-l.inFlight-2] = nil
		}
		sent = append(sent, l.send())
	}
	if err := l.flush(ctx); err != nil {
		return err
	}
	for _, a := range sent[max(0, n-l.inFlight-2):] {
		if err := a.wait(ctx); err != nil {
			return err
		}
	}
	return nil
}
