package broker

import (
	"context"
	"fmt"
	"time"

	"vsim/profile"
	"vsim/profile/device/broker"
)

// lane is a topic with a producer that sends requests of one kind, and a consumer that takes them one by one.
type lane struct {
	ctx context.Context
	request
	topic    broker.Topic
	producer broker.Producer
	consumer broker.Consumer
	inFlight int
	settle   time.Duration // until a consumer that has acknowledged waits at the broker again
	values   *values

	fetched           []broker.Message // and not yet given
	requests, fetches int
}

// linger is longer than any request waits for its messages: it goes when it has all of them.
const linger = 10 * time.Second

// hangs is how long a broker may take to answer: then it has failed.
const hangs = 20 * time.Second

// openLane makes the topic.
func openLane(ctx context.Context, s *server, kind, topic string, r request, v *values) (l *lane, err error) {
	l = &lane{ctx: ctx, request: r, values: v, inFlight: 1, settle: 200 * time.Microsecond}
	c := broker.Config{
		Broker: kind, Address: s.address, Topic: topic, BatchBytes: batchBytes(kind, r), FetchMax: r.batch,
		FetchBytes: 1, // a batch at a time: Kafka gives one however large it is
	}
	if isKafka(kind) {
		l.inFlight, l.settle = 5, 500*time.Microsecond
	}
	if r.batch > 1 {
		c.Linger = linger
	}
	defer func() {
		if err != nil {
			l.close()
			err = fmt.Errorf("%s, %v: %w", kind, r, err)
		}
	}()
	opening, stop := context.WithTimeout(ctx, hangs)
	defer stop()
	if l.topic, err = broker.Open(opening, c); err != nil {
		return l, err
	}
	if l.producer, err = l.topic.NewProducer(); err != nil {
		return l, err
	}
	consumers, err := l.topic.NewConsumers(1)
	if err != nil {
		return l, err
	}
	l.consumer = consumers[0]
	return l, nil
}

func isKafka(kind string) bool { return kind == profile.KafkaAll || kind == profile.KafkaOne }

// Bytes of a batch of Kafka's beside the values of its records.
const (
	ofBatch       = 75 // 65, and what makes a batch of one record as large as package device/broker wants it
	ofRecord      = 15 // of each record, at most
	leastOfRecord = 7
)

// batchBytes is a limit of batches that lets in Batch messages and no more.
func batchBytes(kind string, r request) int {
	if isKafka(kind) {
		return ofBatch + r.batch*(r.size+ofRecord)
	}
	return r.size * r.batch
}

// fits says that a limit of batches can tell Batch messages from one more.
func (r request) fits() bool { return r.batch*(ofRecord-leastOfRecord) <= r.size }

// close removes the topic with what is left in it.
func (l *lane) close() {
	if l.consumer != nil {
		l.consumer.Close()
	}
	if l.producer != nil {
		l.producer.Close()
	}
	if l.topic != nil {
		ctx, stop := context.WithTimeout(context.WithoutCancel(l.ctx), hangs)
		defer stop()
		_ = l.topic.Remove(ctx) // the whole broker goes, or a user's has a topic too many
		l.topic.Close()
	}
}
