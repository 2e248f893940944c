// Package broker sends messages over real brokers: Apache Kafka, and Redis with a list or a stream. Package local beside it
// starts brokers of one's own on loopback.
package broker

import (
	"context"
	"time"
)

// Config says which broker, where, and how its clients ask. Zero values are replaced by the defaults named here, which are
// the brokers' own, not the client library's.
type Config struct {
	Broker  string // one of profile.BrokerKinds
	Address string // host:port
	Topic   string // or the key of the list or stream; it is made where it is not there

	Partitions int // of Kafka's topic, messages go to them in turn; default 1

	// Of the producer.
	Linger     time.Duration // how long a batch that is not full waits; default 0
	BatchBytes int           // largest batch of a partition; a larger message goes alone; default 16384 (Kafka), 1 MiB (Redis)
	InFlight   int           // requests without an answer at a time; default 5 (Kafka), 1 (Redis)

	// Of each consumer.
	FetchMinBytes int           // Kafka: least bytes that answer a fetch; default 1
	FetchMaxWait  time.Duration // after which it is answered with less; default 500 ms
	FetchBytes    int           // Kafka: bytes of a partition in an answer, but a batch at least; default 1 MiB (max.partition.fetch.bytes)
	FetchMax      int           // messages of a fetch at most; default 500 (Kafka's max.poll.records), 1 (Redis)
}

// Message is what is sent. A consumer gives it back to Ack.
type Message struct {
	Value     []byte
	Partition int    // Kafka's
	ID        string // a stream's, "" elsewhere
	At        int64  // Kafka's offset
}

// Producer sends messages. It is safe for concurrent use.
type Producer interface {
	// Send hands a message over and returns, possibly after waiting for room. done is called once, from any goroutine,
	// when the broker has acknowledged the message or it is certain that it will not. value must not change before.
	Send(value []byte, done func(error))
	// Flush waits until all messages are done.
	Flush(ctx context.Context) error
	Close()
}

// Consumer fetches messages. It is for one goroutine; a topic's partitions are split among all its consumers.
type Consumer interface {
	// Fetch waits for messages, at least one; their values must not be written to. After an outage of the broker, however long,
	// it goes on by itself. It errs when ctx ends, and when the broker refuses what it is asked.
	Fetch(ctx context.Context) ([]Message, error)
	// Ack says that messages have been worked on: they come to no other consumer again. Those without go to a consumer that is
	// made when this one is closed, but for a list's, which are gone.
	Ack(ctx context.Context, m []Message) error
	Close()
}
