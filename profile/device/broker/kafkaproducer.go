package broker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kgo"
)

// kafkaProducer sends a message larger than a batch alone, as Kafka's own producer does. To franz-go the size of a batch is a
// limit for messages too; so there is a client for each range of sizes, whose batches hold just one message of that range.
// Messages of one range keep their order in a partition, those of different ranges may pass each other.
type kafkaProducer struct {
	topic *kafkaTopic
	sent  atomic.Uint32 // messages go to partitions in turn

	mu      sync.RWMutex
	clients []*kgo.Client // by range; nil until there is a message for it
	closed  bool
}

// ErrClosed is the error of messages that a producer was not rid of when it was closed, and of those that come after.
var ErrClosed = errors.New("the producer is closed")

func (t *kafkaTopic) NewProducer() (Producer, error) {
	p := &kafkaProducer{topic: t}
	_, err := p.client(0)
	return p, err
}

// around is what a batch of one message adds to it at most, in bytes (61 for the batch, its length, and the record's fields).
const around = 90

// class is the range of a message's size, and limit the largest batch of that range, in bytes.
func class(batchBytes, size int) (class, limit int) {
	for limit = batchBytes; size+around > limit; class++ {
		limit = 2*limit - 100 // two messages that do not fit the range before do not fit this one together
	}
	return class, limit
}

func (p *kafkaProducer) client(size int) (*kgo.Client, error) {
	class, limit := class(p.topic.config.BatchBytes, size)
	p.mu.RLock()
	if class < len(p.clients) && p.clients[class] != nil {
		defer p.mu.RUnlock()
		return p.clients[class], nil
	}
	p.mu.RUnlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, ErrClosed
	}
	for len(p.clients) <= class {
		p.clients = append(p.clients, nil)
	}
	if p.clients[class] == nil {
		t := p.topic
		c, err := kgo.NewClient(slices.Concat(connection(t.config), producing(t.config, limit), t.hooks)...)
		if err != nil {
			return nil, err
		}
		p.clients[class] = c
	}
	return p.clients[class], nil
}

func producing(c Config, limit int) []kgo.Opt {
	return append(acks(c),
		kgo.ProducerBatchMaxBytes(int32(limit)),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.ProducerLinger(c.Linger),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.MaxBufferedBytes(max(bufferBytes, 2*limit)),
		kgo.MaxBufferedRecords(1<<20), // Kafka counts bytes alone
		kgo.ProduceRequestTimeout(requestTimeout),
		kgo.RecordDeliveryTimeout(deliveryTimeout),
		kgo.UnknownTopicRetries(-1), // a broker that has just started may not know its topics yet
	)
}

func (p *kafkaProducer) Send(value []byte, done func(error)) {
	c := p.topic.config
	if len(value) > largestMessage-around {
		done(fmt.Errorf("a message of %d bytes: at most %d", len(value), largestMessage-around))
		return
	}
	client, err := p.client(len(value))
	if err != nil {
		done(err)
		return
	}
	partition := int32((p.sent.Add(1) - 1) % uint32(c.Partitions))
	client.Produce(context.Background(), &kgo.Record{Topic: c.Topic, Partition: partition, Value: value},
		func(_ *kgo.Record, err error) {
			if errors.Is(err, kgo.ErrClientClosed) {
				err = ErrClosed
			}
			done(err)
		})
}

func (p *kafkaProducer) Flush(ctx context.Context) error {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, c := range p.clients {
		if c == nil {
			continue
		}
		if err := c.Flush(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (p *kafkaProducer) Close() {
	p.mu.Lock()
	p.closed = true
	clients := p.clients
	p.clients = nil
	p.mu.Unlock()
	for _, c := range clients {
		if c != nil {
			c.Close()
		}
	}
}
