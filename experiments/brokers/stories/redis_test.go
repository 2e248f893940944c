package stories

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vsim/profile/device/broker"
)

func playRedis(t *testing.T, p *play, address, key string, tape *tape) {
	ctx := context.Background()
	w := newWire(t, address, tape, p.slow)
	go w.serve(w.redis)
	const size = 200
	config := broker.Config{Broker: p.broker, Address: w.Addr().String(), Topic: key}
	if s := p.rules.Send; s != nil {
		config.BatchBytes = s.Max * size
	} else {
		config.FetchMax = p.rules.Fetch.Max
	}
	topic, err := broker.Open(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	defer topic.Close()
	producer, err := topic.NewProducer()
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	done := func(err error) {
		if err != nil {
			t.Error(err)
		}
	}
	producer.Send(mark(0, size), done)
	if err := producer.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	var consumer sync.WaitGroup
	if p.rules.Fetch != nil {
		consumers, err := topic.NewConsumers(p.rules.Workers)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		left := atomic.Int64{}
		left.Store(int64(len(p.sends)))
		for _, c := range consumers {
			defer c.Close()
			consumer.Go(func() {
				if err := p.consume(ctx, c, &left); ctx.Err() == nil {
					done(err)
				}
				stop() // the others wait for nothing
			})
		}
		time.Sleep(100 * ms)
	}
	p.perform(tape, func(number int) { producer.Send(mark(number, size), done) })
	tape.await(acked, len(p.sends))
	consumer.Wait()
}

// consume takes messages as long as some are left.
func (p *play) consume(ctx context.Context, c broker.Consumer, left *atomic.Int64) error {
	for left.Load() > 0 {
		got, err := c.Fetch(ctx)
		if err != nil {
			return fmt.Errorf("with %d messages left: %w", left.Load(), err)
		}
		n := 0
		for _, m := range got {
			n += len(numbers(m.Value))
		}
		left.Add(int64(-n))
		if n > 0 {
			time.Sleep(p.works)
		}
		if err := c.Ack(ctx, got); err != nil {
			return err
		}
	}
	return nil
}
