package broker_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"vsim/profile"
	"vsim/profile/device/broker"
	"vsim/profile/device/broker/local"
	"vsim/profile/device/native/nativetest"
)

// shared are the brokers of all tests here, by kind: Kafka takes seconds to start.
var shared = map[string]*local.Server{}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, s := range shared {
		s.Stop()
	}
	os.Exit(code)
}

func server(t *testing.T, kind string) *local.Server {
	t.Helper()
	if err := local.Find(kind); err != nil {
		nativetest.SkipOrFail(t, err)
	}
	if shared[kind] == nil {
		s, err := local.Start(t.Context(), local.Options{Kind: kind})
		if err != nil {
			t.Fatal(err)
		}
		shared[kind] = s
	}
	return shared[kind]
}

func kindOf(b string) string {
	if b == profile.KafkaAll || b == profile.KafkaOne {
		return local.Kafka
	}
	return local.Redis
}

func open(t *testing.T, s *local.Server, c broker.Config) broker.Topic {
	t.Helper()
	c.Address = s.Address
	if c.Topic == "" {
		c.Topic = fmt.Sprintf("t%d", rand.Uint64())
	}
	topic, err := broker.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(topic.Close)
	return topic
}

func onEach(t *testing.T, test func(t *testing.T, s *local.Server, b string)) {
	for _, b := range profile.BrokerKinds {
		t.Run(b, func(t *testing.T) { test(t, server(t, kindOf(b)), b) })
	}
}

// message is one of n bytes with a number, and random bytes that follow from it.
func message(number, n int) []byte {
	out := make([]byte, n)
	r := rand.New(rand.NewPCG(uint64(number), 1))
	for i := range out {
		out[i] = byte(r.Uint32())
	}
	binary.BigEndian.PutUint32(out, uint32(number))
	return out
}

func number(m broker.Message) int { return int(binary.BigEndian.Uint32(m.Value)) }

// send sends values and waits until all are acknowledged.
func send(t *testing.T, topic broker.Topic, values ...[]byte) {
	t.Helper()
	p, err := topic.NewProducer()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	errs := make(chan error, len(values))
	for _, v := range values {
		p.Send(v, func(err error) { errs <- err })
	}
	for range values {
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
	}
}

func consumers(t *testing.T, topic broker.Topic, n int) []broker.Consumer {
	t.Helper()
	out, err := topic.NewConsumers(n)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range out {
		t.Cleanup(c.Close)
	}
	return out
}

func receive(t *testing.T, c broker.Consumer, n int) []broker.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var out []broker.Message
	for len(out) < n {
		m, err := c.Fetch(ctx)
		if err != nil {
			t.Fatalf("%d messages of %d arrived: %v", len(out), n, err)
		}
		if err := c.Ack(ctx, m); err != nil {
			t.Fatal(err)
		}
		out = append(out, m...)
	}
	return out
}

func TestMessagesOfEachSizeArriveAsTheyWere(t *testing.T) {
	onEach(t, func(t *testing.T, s *local.Server, b string) {
		topic := open(t, s, broker.Config{Broker: b})
		c := consumers(t, topic, 1)[0]
		for i, size := range []int{4, 1000, 10_000, 16_300, 16_384, 100_000, 1_000_000, 5_000_000} {
			sent := message(i, size)
			send(t, topic, sent)
			if got := receive(t, c, 1); !bytes.Equal(got[0].Value, sent) {
				t.Errorf("%d bytes: got %d bytes that differ", size, len(got[0].Value))
			}
		}
	})
}

func TestOrderIsKeptInAPartition(t *testing.T) {
	const n = 3000
	onEach(t, func(t *testing.T, s *local.Server, b string) {
		config := broker.Config{Broker: b, FetchMax: 50}
		if kindOf(b) == local.Kafka {
			config.Partitions = 3
		}
		topic := open(t, s, config)
		var values [][]byte
		for i := range n {
			values = append(values, message(i, 1000))
		}
		send(t, topic, values...)
		by := map[int][]int{}
		for _, m := range receive(t, consumers(t, topic, 1)[0], n) {
			by[m.Partition] = append(by[m.Partition], number(m))
		}
		if len(by) != max(config.Partitions, 1) {
			t.Errorf("messages came from %d partitions, want %d", len(by), max(config.Partitions, 1))
		}
		for p, numbers := range by {
			if !slices.IsSorted(numbers) {
				t.Errorf("partition %d: not in the order in which they were sent", p)
			}
			if len(numbers) != n/len(by) {
				t.Errorf("partition %d has %d messages, want %d", p, len(numbers), n/len(by))
			}
		}
	})
}

// Each message comes to one consumer alone, and what was acknowledged to none that is made later.
func TestConsumersShareMessages(t *testing.T) {
	const n = 400
	onEach(t, func(t *testing.T, s *local.Server, b string) {
		config := broker.Config{Broker: b}
		if kindOf(b) == local.Kafka {
			config.Partitions = 4
		}
		topic := open(t, s, config)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		var mu sync.Mutex
		seen := map[int]int{}
		var all sync.WaitGroup
		for i, c := range consumers(t, topic, 2) {
			all.Go(func() {
				for {
					m, err := c.Fetch(ctx)
					if err != nil {
						return
					}
					c.Ack(context.Background(), m)
					mu.Lock()
					for _, m := range m {
						seen[number(m)]++
						if kindOf(b) == local.Kafka && m.Partition%2 != i {
							t.Errorf("consumer %d got a message of partition %d", i, m.Partition)
						}
					}
					if len(seen) == n {
						cancel()
					}
					mu.Unlock()
				}
			})
		}
		var values [][]byte
		for i := range n {
			values = append(values, message(i, 100))
		}
		send(t, topic, values...)
		all.Wait()
		for i := range n {
			if seen[i] != 1 {
				t.Errorf("message %d came %d times", i, seen[i])
			}
		}
		send(t, topic, message(n, 100))
		for _, c := range consumers(t, topic, 1) {
			if got := receive(t, c, 1); number(got[0]) != n {
				t.Errorf("a later consumer got message %d, which was acknowledged", number(got[0]))
			}
		}
	})
}

// A consumer that goes without an Ack leaves its messages to the next one, but for a list's, which are gone.
func TestWhatWasNotAcknowledgedComesAgain(t *testing.T) {
	onEach(t, func(t *testing.T, s *local.Server, b string) {
		topic := open(t, s, broker.Config{Broker: b, FetchMax: 1})
		send(t, topic, message(1, 100), message(2, 100), message(3, 100))
		first, err := topic.NewConsumers(1)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			m, err := first[0].Fetch(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				first[0].Ack(t.Context(), m)
			}
		}
		first[0].Close()
		want := []int{2, 3}
		if b == profile.RedisList {
			want = []int{3}
		}
		for i, m := range receive(t, consumers(t, topic, 1)[0], len(want)) {
			if number(m) != want[i] {
				t.Errorf("got message %d, want %d", number(m), want[i])
			}
		}
	})
}
