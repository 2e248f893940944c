package stories

import (
	"cmp"
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"vsim/profile"
)

// The options of profile/device/broker's clients of Kafka, through a proxy.
func kafka(w *wire, p *play, more ...kgo.Opt) []kgo.Opt {
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, w.Addr().String())
	}
	options := []kgo.Opt{kgo.SeedBrokers(w.server), kgo.Dialer(dial), kgo.DisableClientMetrics(),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(kgo.NoCompression())}
	if p.broker == profile.KafkaOne {
		options = append(options, kgo.RequiredAcks(kgo.LeaderAck()), kgo.DisableIdempotentWrite(), kgo.MaxProduceRequestsInflightPerBroker(p.rules.Workers))
	}
	return append(options, more...)
}

func client(t *testing.T, options []kgo.Opt) *kgo.Client {
	c, err := kgo.NewClient(options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func playKafka(t *testing.T, p *play, address, topic string, tape *tape) {
	ctx := context.Background()
	w := newWire(t, address, tape, p.slow)
	go w.serve(w.kafka)
	size, partitions, limit, linger := cmp.Or(p.size, 1000), 1, p.limit, time.Duration(0)
	if s := p.rules.Send; s != nil {
		partitions, linger = s.Partitions, s.Linger
		limit = cmp.Or(limit, 65+s.Max*1012) // a batch's head, and records with theirs
	} else {
		partitions, limit = max(p.partitions, 1), 16384
	}
	producer := client(t, kafka(w, p, kgo.ProducerLinger(linger), kgo.ProducerBatchMaxBytes(int32(limit))))
	if _, err := kadm.NewClient(producer).CreateTopic(ctx, int32(partitions), 1, nil, topic); err != nil {
		t.Fatal(err)
	}
	send := func(number, partition int) {
		producer.Produce(ctx, &kgo.Record{Topic: topic, Partition: int32(partition), Value: mark(number, size)}, func(_ *kgo.Record, err error) {
			if err != nil {
				t.Error(err)
			}
		})
	}
	for range 2 { // a producer begins with one request in flight, and knows its partitions only by their first answer
		for partition := range partitions {
			send(0, partition)
		}
		if err := producer.Flush(ctx); err != nil {
			t.Fatal(err)
		}
	}
	var consumer sync.WaitGroup
	if f := p.rules.Fetch; f != nil {
		starts := time.Now().Add(p.starts)
		consumer.Go(func() {
			time.Sleep(time.Until(starts))
			consumeKafka(t, w, p, topic, partitions)
		})
		if p.starts == 0 {
			time.Sleep(200 * ms)
			tape.awaitEvent(asks)
		}
	}
	p.perform(tape, func(number int) { send(number, (number-1)%partitions) })
	if p.rules.Fetch == nil {
		tape.await(acked, len(p.sends))
	}
	consumer.Wait()
}

// consumeKafka takes all messages.
func consumeKafka(t *testing.T, w *wire, p *play, topic string, partitions int) {
	from := map[int32]kgo.Offset{}
	for i := range partitions {
		if from[int32(i)] = kgo.NewOffset().At(2); p.starts == 0 {
			from[int32(i)] = kgo.NewOffset().At(0) // what warms up is fetched, too
		}
	}
	f, poll, works := p.rules.Fetch, 500, time.Duration(0)
	if p.rules.Taker != nil {
		poll, works = p.rules.Taker.Max, p.rules.Taker.Work
	}
	options := []kgo.Opt{kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: from}), kgo.FetchMaxWait(f.MaxWait),
		kgo.FetchMinBytes(int32(max(f.Min, 1) * 1050))} // a message in a batch of its own has 1070
	if f.Max > 0 {
		options = append(options, kgo.FetchMaxPartitionBytes(int32(f.Max*1070+20)))
	}
	c := client(t, kafka(w, p, options...))
	for n := 0; n < len(p.sends); {
		fetched := c.PollRecords(context.Background(), poll)
		var got []int
		fetched.EachRecord(func(r *kgo.Record) { got = append(got, numbers(r.Value)...) })
		if err := fetched.Err(); err != nil {
			t.Error(err)
			return
		}
		if n += len(got); p.rules.Taker != nil && len(got) > 0 {
			w.tape.note(takes, got...)
		}
		time.Sleep(works)
	}
}
