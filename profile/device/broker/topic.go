package broker

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"vsim/profile"
)

// Topic is one of a broker: Kafka's topic, or the key of Redis's list or stream.
type Topic interface {
	NewProducer() (Producer, error)
	// NewConsumers makes the n consumers among which the topic is split. A consumer of Kafka has every n-th partition; where
	// there are more consumers than partitions, some wait for ever. Those of Redis take what comes next.
	NewConsumers(n int) ([]Consumer, error)
	// Remove deletes the topic with all messages that are still in it.
	Remove(ctx context.Context) error
	Close()
}

// Open connects to a broker and makes the topic if it is not there. A topic that is there should have no other users.
func Open(ctx context.Context, c Config) (Topic, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	var t Topic
	switch c.Broker {
	case profile.KafkaAll, profile.KafkaOne:
		t, err = openKafka(ctx, c)
	default:
		t, err = openRedis(ctx, c)
	}
	if err != nil {
		return nil, fmt.Errorf("%s at %s: %w", c.Broker, c.Address, err)
	}
	return t, nil
}

// Defaults of the brokers' own clients.
const (
	kafkaBatchBytes = 16384                  // batch.size
	kafkaInFlight   = 5                      // max.in.flight.requests.per.connection
	kafkaFetchWait  = 500 * time.Millisecond // fetch.max.wait.ms
	kafkaFetchMax   = 500                    // max.poll.records
	bufferBytes     = 32 << 20               // buffer.memory: what a producer holds before Send waits; Redis's here too

	redisBatchBytes = 1 << 20
)

// What franz-go takes: the smallest limit of a batch in bytes, and the longest linger.
const (
	leastKafkaBatch = 512
	longestLinger   = time.Minute
)

func (c Config) isKafka() bool { return c.Broker == profile.KafkaAll || c.Broker == profile.KafkaOne }

func (c Config) withDefaults() (Config, error) {
	if !slices.Contains(profile.BrokerKinds, c.Broker) {
		return c, fmt.Errorf("broker %q; there are %s", c.Broker, strings.Join(profile.BrokerKinds, ", "))
	}
	c.Partitions = cmp.Or(c.Partitions, 1)
	c.FetchMinBytes = cmp.Or(c.FetchMinBytes, 1)
	c.FetchMaxWait = cmp.Or(c.FetchMaxWait, kafkaFetchWait)
	c.FetchBytes = cmp.Or(c.FetchBytes, partitionBytes)
	if c.isKafka() {
		c.BatchBytes = cmp.Or(c.BatchBytes, kafkaBatchBytes)
		c.InFlight = cmp.Or(c.InFlight, kafkaInFlight)
		c.FetchMax = cmp.Or(c.FetchMax, kafkaFetchMax)
	} else {
		c.BatchBytes = cmp.Or(c.BatchBytes, redisBatchBytes)
		c.InFlight = cmp.Or(c.InFlight, 1)
		c.FetchMax = cmp.Or(c.FetchMax, 1)
	}
	return c, c.check()
}

func (c Config) check() error {
	for _, n := range []struct {
		name  string
		value int
	}{{"Partitions", c.Partitions}, {"BatchBytes", c.BatchBytes}, {"InFlight", c.InFlight}, {"FetchMinBytes", c.FetchMinBytes}, {"FetchBytes", c.FetchBytes}, {"FetchMax", c.FetchMax}} {
		if n.value < 1 || n.value > math.MaxInt32 {
			return fmt.Errorf("%s %d: it must be from 1 to %d", n.name, n.value, math.MaxInt32)
		}
	}
	switch {
	case c.Topic == "":
		return fmt.Errorf("%s needs the name of a topic", c.Broker)
	case c.Linger < 0 || c.FetchMaxWait < 0:
		return fmt.Errorf("%s: Linger %v and FetchMaxWait %v must not be negative", c.Broker, c.Linger, c.FetchMaxWait)
	case c.Linger > longestLinger:
		return fmt.Errorf("%s: Linger %v: at most %v", c.Broker, c.Linger, longestLinger)
	case c.isKafka() && c.BatchBytes < leastKafkaBatch:
		return fmt.Errorf("BatchBytes %d: for Kafka at least %d", c.BatchBytes, leastKafkaBatch)
	case c.Broker == profile.KafkaAll && c.InFlight != kafkaInFlight:
		return fmt.Errorf("InFlight %d: the idempotent producer of %s has %d", c.InFlight, c.Broker, kafkaInFlight)
	case !c.isKafka() && c.Partitions != 1:
		return fmt.Errorf("%s: Partitions %d: only Kafka has several", c.Broker, c.Partitions)
	}
	return nil
}
