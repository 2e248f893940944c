package broker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unsafe"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"

	"vsim/profile"
)

// redisTopic is the key of a list or of a stream.
type redisTopic struct {
	config Config
	admin  *redis.Client
}

// group is the one group of a stream's consumers, and field what an entry's value is called.
const (
	group = "vsim"
	field = "v"
)

// Redis gives a consumer that has waited so long no message, and it asks again; a consumer whose context ended notices then.
const block = 250 * time.Millisecond

func openRedis(ctx context.Context, c Config) (*redisTopic, error) {
	logging.Disable() // go-redis would write to standard error what it gives as an error too
	t := &redisTopic{config: c, admin: newRedis(c)}
	err := t.admin.Ping(ctx).Err()
	if err == nil && c.Broker == profile.RedisStream {
		err = createGroup(ctx, t.admin, c.Topic)
	}
	if err == nil {
		err = t.rightType(ctx)
	}
	if err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// createGroup makes the stream and its group, which begins with the first entry.
func createGroup(ctx context.Context, c *redis.Client, key string) error {
	err := c.XGroupCreateMkStream(ctx, key, group, "0").Err()
	if err != nil && strings.HasPrefix(err.Error(), "BUSYGROUP") {
		return nil
	}
	return err
}

func (t *redisTopic) rightType(ctx context.Context) error {
	is, err := t.admin.Type(ctx, t.config.Topic).Result()
	want := strings.TrimPrefix(t.config.Broker, "redis-")
	if err == nil && is != "none" && is != want {
		err = fmt.Errorf("key %s is a %s: name another topic", t.config.Topic, is)
	}
	return err
}

// newRedis has one connection, and sends nothing twice: what is not certain to have arrived is an error.
func newRedis(c Config) *redis.Client {
	return redis.NewClient(&redis.Options{
		Addr:             c.Address,
		PoolSize:         1,
		PipelinePoolSize: -1,
		MaxRetries:       -1,
		DialerRetries:    1,
		DisableIdentity:  true,

		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
}

func (t *redisTopic) Remove(ctx context.Context) error { return t.admin.Del(ctx, t.config.Topic).Err() }

func (t *redisTopic) Close() { t.admin.Close() }

func (t *redisTopic) NewConsumers(n int) ([]Consumer, error) {
	out := make([]Consumer, n)
	for i := range out {
		c := redisConsumer{config: t.config, client: newRedis(t.config)}
		if t.config.Broker == profile.RedisList {
			out[i] = &listConsumer{c}
		} else {
			out[i] = &streamConsumer{redisConsumer: c, name: fmt.Sprintf("consumer-%d", i), last: "0", from: "0"}
		}
	}
	return out, nil
}

type redisConsumer struct {
	config Config
	client *redis.Client
}

func (c *redisConsumer) Close() { c.client.Close() }

// fetch asks until there is a message, over outages too.
func (c *redisConsumer) fetch(ctx context.Context, ask func(context.Context) ([]Message, error)) ([]Message, error) {
	for failures := 0; ; {
		m, err := ask(ctx)
		switch {
		case len(m) > 0:
			return m, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err == nil || errors.Is(err, redis.Nil):
			failures = 0
			continue
		case !passes(err):
			return nil, fmt.Errorf("%s: %w", c.config.Broker, err)
		}
		failures++
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(backoff(failures)):
		}
	}
}

// passes tells whether an error may go by itself: all of the network, and that of a Redis which reads its data.
func passes(err error) bool {
	var answer redis.Error
	if errors.As(err, &answer) {
		return strings.HasPrefix(answer.Error(), "LOADING")
	}
	return !errors.Is(err, redis.ErrClosed)
}

type listConsumer struct{ redisConsumer }

func (c *listConsumer) Fetch(ctx context.Context) ([]Message, error) {
	return c.fetch(ctx, func(ctx context.Context) ([]Message, error) {
		// The method BLMPop waits for whole seconds only.
		pop := redis.NewKeyValuesCmd(ctx, "blmpop", block.Seconds(), 1, c.config.Topic, "left", "count", c.config.FetchMax)
		err := c.client.Process(ctx, pop)
		_, values := pop.Val()
		out := make([]Message, len(values))
		for i, v := range values {
			out[i].Value = bytesOf(v)
		}
		return out, err
	})
}

// Ack has nothing to do: what is taken off a list is gone.
func (c *listConsumer) Ack(context.Context, []Message) error { return nil }

// streamConsumer first takes what a consumer of its name took and did not acknowledge, and after an outage what was on the way
// to it: Redis keeps both for it.
type streamConsumer struct {
	redisConsumer
	name string
	last string // ID of the last entry that it took
	from string // entries after this ID, or new ones
}

// newEntries is XREADGROUP's name for entries that no consumer was given yet.
const newEntries = ">"

func (c *streamConsumer) Fetch(ctx context.Context) ([]Message, error) {
	return c.fetch(ctx, func(ctx context.Context) ([]Message, error) {
		m, err := c.read(ctx)
		switch {
		case err != nil && strings.HasPrefix(err.Error(), "NOGROUP"): // Redis was restarted without its data
			return nil, createGroup(ctx, c.client, c.config.Topic)
		case err != nil && !errors.Is(err, redis.Nil):
			c.from = c.last
		case len(m) == 0:
			c.from = newEntries
		default:
			c.last = m[len(m)-1].ID
			if c.from != newEntries {
				c.from = c.last
			}
		}
		return m, err
	})
}

func (c *streamConsumer) read(ctx context.Context) (out []Message, err error) {
	streams, err := c.client.XReadGroup(ctx, &redis.XReadGroupArgs{Group: group, Consumer: c.name,
		Streams: []string{c.config.Topic, c.from}, Count: int64(c.config.FetchMax), Block: block}).Result()
	for _, s := range streams {
		for _, m := range s.Messages {
			v, _ := m.Values[field].(string)
			out = append(out, Message{Value: bytesOf(v), ID: m.ID})
		}
	}
	return out, err
}

// Ack takes entries off the group's list of open ones and deletes them, in one round trip.
func (c *streamConsumer) Ack(ctx context.Context, m []Message) error {
	ids := make([]string, len(m))
	for i := range m {
		ids[i] = m[i].ID
	}
	_, err := c.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.XAck(ctx, c.config.Topic, group, ids...)
		p.XDel(ctx, c.config.Topic, ids...)
		return nil
	})
	return err
}

// bytesOf is the memory of a string that go-redis made of an answer: a copy of a frame would show in the measurement.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
