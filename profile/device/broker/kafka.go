package broker

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"vsim/profile"
)

// kafkaTopic remembers where consumers begin: at the end that the topic had when it was opened, or behind what they have
// acknowledged since.
type kafkaTopic struct {
	config Config
	admin  *kadm.Client
	hooks  []kgo.Opt // of tests that look at what producers send

	mu   sync.Mutex
	next []int64 // by partition, the offset of the first message that is not acknowledged
}

func openKafka(ctx context.Context, c Config) (*kafkaTopic, error) {
	client, err := kgo.NewClient(connection(c)...)
	if err != nil {
		return nil, err
	}
	t := &kafkaTopic{config: c, admin: kadm.NewClient(client)}
	if err := t.create(ctx); err != nil {
		client.Close()
		return nil, err
	}
	return t, nil
}

// longestSilence is how long an address may be silent before it is taken for none of a Kafka; franz-go would ask again for minutes.
const longestSilence = 10 * time.Second

func (t *kafkaTopic) create(ctx context.Context) error {
	c := t.config
	first, stop := context.WithTimeoutCause(ctx, longestSilence, fmt.Errorf("no answer of a Kafka within %v", longestSilence))
	defer stop()
	topics, err := t.admin.ListTopics(first, c.Topic)
	switch {
	case first.Err() != nil:
		return context.Cause(first)
	case err != nil:
		return err
	}
	if n := len(topics[c.Topic].Partitions); n > 0 && n != c.Partitions {
		return fmt.Errorf("topic %s has %d partitions, %d were asked for: name another topic", c.Topic, n, c.Partitions)
	} else if n == 0 {
		largest := fmt.Sprint(largestMessage)
		with := map[string]*string{"max.message.bytes": &largest}
		if _, err := t.admin.CreateTopic(ctx, int32(c.Partitions), 1, with, c.Topic); err != nil {
			return fmt.Errorf("topic %s: %w", c.Topic, err)
		}
	}
	return t.begin(ctx)
}

// begin waits for the leaders of a new topic's partitions, and reads where these end.
func (t *kafkaTopic) begin(ctx context.Context) error {
	t.next = make([]int64, t.config.Partitions)
	for {
		ends, err := t.admin.ListEndOffsets(ctx, t.config.Topic)
		if err == nil {
			err = ends.Error()
		}
		if err == nil && len(ends[t.config.Topic]) == t.config.Partitions {
			ends.Each(func(o kadm.ListedOffset) { t.next[o.Partition] = o.Offset })
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("topic %s is not ready: %w", t.config.Topic, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (t *kafkaTopic) Remove(ctx context.Context) error {
	_, err := t.admin.DeleteTopic(ctx, t.config.Topic)
	return err
}

func (t *kafkaTopic) Close() { t.admin.Close() }

// Kafka's own settings of a client, where franz-go's differ.
const (
	retryBackoff    = 100 * time.Millisecond // retry.backoff.ms
	retryBackoffMax = time.Second            // retry.backoff.max.ms
	requestTimeout  = 30 * time.Second       // request.timeout.ms
	deliveryTimeout = 2 * time.Minute        // delivery.timeout.ms
	fetchMaxBytes   = 50 << 20               // fetch.max.bytes
	partitionBytes  = 1 << 20                // max.partition.fetch.bytes
)

// largestMessage lets frames through where Kafka's own limits, 1 MiB, would not.
const largestMessage = 64 << 20

// connection are the options of every client.
func connection(c Config) []kgo.Opt {
	return []kgo.Opt{
		kgo.SeedBrokers(c.Address),
		kgo.ClientID("vsim"),
		kgo.DisableClientMetrics(),
		kgo.RetryBackoffFn(backoff),
		kgo.MetadataMinAge(retryBackoff),
	}
}

// backoff is how long to wait after failures in a row: twice as long each time.
func backoff(failures int) time.Duration {
	return min(retryBackoff<<min(max(failures-1, 0), 10), retryBackoffMax)
}

func (t *kafkaTopic) NewConsumers(n int) ([]Consumer, error) {
	out := make([]Consumer, n)
	for i := range out {
		c, err := t.newConsumer(i, n)
		if err != nil {
			for _, made := range out[:i] {
				made.Close()
			}
			return nil, err
		}
		out[i] = c
	}
	return out, nil
}

type kafkaConsumer struct {
	topic  *kafkaTopic
	client *kgo.Client
}

func (t *kafkaTopic) newConsumer(i, n int) (*kafkaConsumer, error) {
	from := map[int32]kgo.Offset{}
	t.mu.Lock()
	for p := i; p < len(t.next); p += n {
		from[int32(p)] = kgo.NewOffset().At(t.next[p])
	}
	t.mu.Unlock()
	c := t.config
	client, err := kgo.NewClient(append(connection(c),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{c.Topic: from}),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtEnd()), // auto.offset.reset
		kgo.FetchMinBytes(int32(c.FetchMinBytes)),
		kgo.FetchMaxWait(c.FetchMaxWait),
		kgo.FetchMaxBytes(fetchMaxBytes),
		kgo.FetchMaxPartitionBytes(int32(c.FetchBytes)),
	)...)
	return &kafkaConsumer{topic: t, client: client}, err
}

func (c *kafkaConsumer) Fetch(ctx context.Context) ([]Message, error) {
	for {
		fetched := c.client.PollRecords(ctx, c.topic.config.FetchMax)
		if n := fetched.NumRecords(); n > 0 {
			return messages(fetched, n), nil
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := fetched.Err(); err != nil {
			return nil, fmt.Errorf("%s: %w", c.topic.config.Broker, err)
		}
	}
}

func messages(fetched kgo.Fetches, n int) []Message {
	out := make([]Message, 0, n)
	fetched.EachRecord(func(r *kgo.Record) {
		out = append(out, Message{Value: r.Value, Partition: int(r.Partition), At: r.Offset})
	})
	return out
}

// Ack moves the place where later consumers begin. Kafka's consumers tell the broker so each 5 seconds, which costs nothing
// that one could measure; here it stays in this process.
func (c *kafkaConsumer) Ack(_ context.Context, m []Message) error {
	t := c.topic
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, m := range m {
		t.next[m.Partition] = max(t.next[m.Partition], m.At+1)
	}
	return nil
}

func (c *kafkaConsumer) Close() { c.client.Close() }

func acks(c Config) []kgo.Opt {
	if c.Broker == profile.KafkaAll {
		return []kgo.Opt{kgo.RequiredAcks(kgo.AllISRAcks())} // idempotent, five requests in flight
	}
	return []kgo.Opt{kgo.RequiredAcks(kgo.LeaderAck()), kgo.DisableIdempotentWrite(), kgo.MaxProduceRequestsInflightPerBroker(c.InFlight)}
}
