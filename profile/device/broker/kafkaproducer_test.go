package broker

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"vsim/profile"
	"vsim/profile/device/broker/local"
	"vsim/profile/device/broker/localtest"
)

// batches notes how many messages each batch had that a client sent.
type batches struct {
	mu  sync.Mutex
	had []int
}

func (b *batches) OnProduceBatchWritten(_ kgo.BrokerMetadata, _ string, _ int32, m kgo.ProduceBatchMetrics) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.had = append(b.had, m.NumRecords)
}

// Kafka's own producer fills batches up to batch.size, and sends a message that is larger alone.
func TestLargeMessagesGoAlone(t *testing.T) {
	const n = 60
	s := localtest.Start(t, local.Options{Kind: local.Kafka})
	for _, size := range []int{1000, 3000, 5300, 8100, 8200, 16_280, 16_300, 16_384, 20_000, 32_000, 33_000, 65_000, 100_000, 1_000_000} {
		c := Config{Broker: profile.KafkaAll, Address: s.Address, Topic: fmt.Sprintf("t%d", rand.Uint64())}
		topic, err := Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		kafka := topic.(*kafkaTopic)
		seen := &batches{}
		kafka.hooks = []kgo.Opt{kgo.WithHooks(seen)}
		p, err := kafka.NewProducer()
		if err != nil {
			t.Fatal(err)
		}
		for range n {
			p.Send(make([]byte, size), func(err error) {
				if err != nil {
					t.Error(err)
				}
			})
		}
		p.Flush(t.Context())
		p.Close()
		topic.Close()
		most := max(1, (16384-61)/(size+12))
		for _, had := range seen.had {
			if had > most {
				t.Errorf("%d bytes: a batch had %d messages, want %d at most", size, had, most)
			}
		}
		if fullest := max(1, most-1); len(seen.had) > 0 && maxOf(seen.had) < fullest {
			t.Errorf("%d bytes: the largest batch had %d messages, want %d", size, maxOf(seen.had), fullest)
		}
	}
}

func maxOf(n []int) int {
	out := 0
	for _, v := range n {
		out = max(out, v)
	}
	return out
}
