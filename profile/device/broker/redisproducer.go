package broker

import (
	"context"
	"sync"

	"github.com/redis/go-redis/v9"

	"vsim/profile"
)

// redisProducer has as many senders as there may be requests without an answer, each with its own connection: it sends what
// waits, as one batch, and waits for the answer.
type redisProducer struct {
	config  Config
	queue   *queue
	senders sync.WaitGroup
	stop    context.CancelFunc
}

func (t *redisTopic) NewProducer() (Producer, error) {
	ctx, stop := context.WithCancel(context.Background())
	p := &redisProducer{config: t.config, queue: newQueue(t.config), stop: stop}
	for range t.config.InFlight {
		p.senders.Go(func() { p.send(ctx, newRedis(t.config)) })
	}
	return p, nil
}

func (p *redisProducer) send(ctx context.Context, client *redis.Client) {
	defer client.Close()
	push := pushList
	if p.config.Broker == profile.RedisStream {
		push = pushStream
	}
	var batch []item
	for {
		if batch = p.queue.take(batch); batch == nil {
			return
		}
		p.queue.finish(batch, push(ctx, client, p.config.Topic, batch))
		clear(batch)
	}
}

// pushList appends a batch to a list by one command: all messages arrive or none.
func pushList(ctx context.Context, c *redis.Client, key string, batch []item) func(int) error {
	values := make([]any, len(batch))
	for i := range batch {
		values[i] = batch[i].value
	}
	err := c.RPush(ctx, key, values...).Err()
	return func(int) error { return err }
}

// pushStream adds a batch to a stream by one command each, in one round trip.
func pushStream(ctx context.Context, c *redis.Client, key string, batch []item) func(int) error {
	added := make([]*redis.StringCmd, len(batch))
	c.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range batch {
			added[i] = p.XAdd(ctx, &redis.XAddArgs{Stream: key, Values: []any{field, batch[i].value}})
		}
		return nil
	})
	return func(i int) error { return added[i].Err() }
}

func (p *redisProducer) Send(value []byte, done func(error)) { p.queue.put(value, done) }

func (p *redisProducer) Flush(ctx context.Context) error { return p.queue.flush(ctx) }

func (p *redisProducer) Close() {
	p.stop()
	p.queue.close()
	p.senders.Wait()
}
