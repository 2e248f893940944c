package brokers

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"vsim/profile"
	"vsim/profile/device/broker"
)

// fetchMax is how many messages a consumer takes at a time, whichever the broker: Kafka's own max.poll.records.
const fetchMax = 500

// lane is a cell's topic with its producers and consumers, which are many goroutines of this process.
type lane struct {
	Cell
	topic     broker.Topic
	producers []broker.Producer
	consumers []broker.Consumer
	free      sync.Pool // values that no message uses

	phase    atomic.Pointer[phase]
	stop     context.CancelFunc
	running  sync.WaitGroup
	failures chan error // of consumers, at most one each
}

// phase is a time in which messages are counted. Those that were sent in another are not.
type phase struct {
	number   uint32
	received atomic.Int64
	failed   atomic.Int64  // messages that the broker did not take
	arrived  chan struct{} // of a closed loop: room for one more
	mu       sync.Mutex
	latency  []time.Duration // of an open loop
}

// A message begins with its phase's number and the time at which it was due, since epoch.
const headerBytes = 16

var epoch = time.Now()

var topics atomic.Int64

func openLane(ctx context.Context, c Cell, address string) (l *lane, err error) {
	l = &lane{Cell: c, failures: make(chan error, c.Concurrency)}
	defer func() {
		if err != nil {
			l.close()
		}
	}()
	config := broker.Config{
		Broker: c.Broker, Address: address, FetchMax: fetchMax,
		Topic: fmt.Sprintf("vsim-brokers-%d-%d", os.Getpid(), topics.Add(1)),
	}
	if isKafka(c.Broker) {
		config.Partitions = c.Concurrency
	}
	opening, cancel := context.WithTimeout(ctx, hangs)
	defer cancel()
	if l.topic, err = broker.Open(opening, config); err != nil {
		return l, err
	}
	for range c.Concurrency {
		p, err := l.topic.NewProducer()
		if err != nil {
			return l, err
		}
		l.producers = append(l.producers, p)
	}
	if l.consumers, err = l.topic.NewConsumers(c.Concurrency); err != nil {
		return l, err
	}
	l.phase.Store(&phase{})
	consuming, stop := context.WithCancel(ctx)
	l.stop = stop
	for _, c := range l.consumers {
		l.running.Go(func() { l.consume(consuming, c) })
	}
	return l, nil
}

// hangs is how long a broker may take to make a topic, or to deliver what it has acknowledged.
const hangs = 20 * time.Second

func isKafka(b string) bool { return b == profile.KafkaAll || b == profile.KafkaOne }

// close ends the consumers, and removes the topic with what is in it.
func (l *lane) close() {
	if l.stop != nil {
		l.stop()
		l.running.Wait()
	}
	for _, p := range l.producers {
		p.Close()
	}
	for _, c := range l.consumers {
		c.Close()
	}
	if l.topic != nil {
		ctx, cancel := context.WithTimeout(context.Background(), hangs)
		defer cancel()
		_ = l.topic.Remove(ctx) // a broker of our own goes with all it has
		l.topic.Close()
	}
}

// consume takes messages until ctx ends.
func (l *lane) consume(ctx context.Context, c broker.Consumer) {
	for {
		m, err := c.Fetch(ctx)
		now := time.Since(epoch)
		if err == nil {
			l.arrived(m, now)
			err = c.Ack(ctx, m)
		}
		if err != nil {
			if ctx.Err() == nil {
				l.failures <- err
			}
			return
		}
	}
}

func (l *lane) arrived(m []broker.Message, now time.Duration) {
	p := l.phase.Load()
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range m {
		if binary.LittleEndian.Uint32(m[i].Value) != p.number {
			continue
		}
		p.received.Add(1)
		if p.arrived != nil {
			p.arrived <- struct{}{}
		} else {
			p.latency = append(p.latency, now-time.Duration(binary.LittleEndian.Uint64(m[i].Value[8:])))
		}
	}
}

// send sends a message that was due at a time. Its value is used again when the broker has it.
func (l *lane) send(ph *phase, producer int, due time.Duration) {
	value, _ := l.free.Get().(*[]byte)
	if value == nil {
		value = l.newValue()
	}
	binary.LittleEndian.PutUint32(*value, ph.number)
	binary.LittleEndian.PutUint64((*value)[8:], uint64(due))
	l.producers[producer].Send(*value, func(err error) {
		if err != nil {
			ph.failed.Add(1)
			if ph.arrived != nil {
				ph.arrived <- struct{}{}
			}
		}
		l.free.Put(value)
	})
}

// newValue is one of random bytes, which nothing on the way can make smaller, as a JPEG's.
func (l *lane) newValue() *[]byte {
	value := slices.Clone(noise()[:l.SizeBytes])
	return &value
}

// noise is as long as the longest message; a message is a copy of its beginning, which costs little.
var noise = sync.OnceValue(func() []byte {
	out := make([]byte, mostBytes)
	rand.NewChaCha8([32]byte{}).Read(out)
	return out
})

// failure is what a consumer failed with, nil as long as all run.
func (l *lane) failure() error {
	select {
	case err := <-l.failures:
		return err
	default:
		return nil
	}
}
