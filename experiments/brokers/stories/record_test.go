package stories

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"vsim/profile"
	"vsim/profile/device/broker"
	"vsim/profile/device/broker/local"
	"vsim/profile/device/broker/localtest"
	"vsim/sim/engine/queueing"
)

var recording = flag.Bool("record", false, "record the stories anew")

const library = "franz-go 1.22.3"

// TestRecord plays against real brokers and writes the stories down.
func TestRecord(t *testing.T) {
	if !*recording {
		t.Skip("records only with -record")
	}
	servers := map[string]*local.Server{}
	start := func(kind string) *local.Server {
		if servers[kind] == nil {
			servers[kind] = localtest.Start(t, local.Options{Kind: kind})
		}
		return servers[kind]
	}
	start(local.Kafka)
	start(local.Redis)
	for i := range 3 { // Java is slow until it has compiled what is used
		p := play{broker: profile.KafkaAll, rules: rules{Fetch: &queueing.Fetch{Min: 1 + i%2, MaxWait: 10 * ms}, Workers: 1}, sends: every(2*ms, 1500)}
		playKafka(t, &p, start(local.Kafka).Address, fmt.Sprint("warm-up-", i), &tape{began: time.Now()})
	}
	for name, p := range plays() {
		t.Run(name, func(t *testing.T) {
			tape := &tape{began: time.Now()}
			s := &story{title: p.title, rules: p.rules}
			if p.broker == profile.KafkaAll || p.broker == profile.KafkaOne {
				server := start(local.Kafka)
				s.system = server.Version + ", " + library
				playKafka(t, &p, server.Address, name, tape)
			} else {
				server := start(local.Redis)
				s.system = server.Version + ", go-redis through profile/device/broker"
				playRedis(t, &p, server.Address, name, tape)
			}
			s.events = tape.story(p.rules.Fetch != nil, p.rules.Workers)
			if err := s.write(filepath.Join("testdata", name+".txt")); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// perform sends the messages, 1 and up, when it is their time.
func (p *play) perform(t *tape, send func(number int)) {
	t.mu.Lock()
	t.first = time.Since(t.began)
	t.mu.Unlock()
	began := time.Now()
	for i, at := range p.sends {
		time.Sleep(at - time.Since(began))
		if p.rules.Send != nil {
			t.note(comes, i+1)
		}
		send(i + 1)
	}
}

// await waits until so many messages are in events of a kind.
func (t *tape) await(kind string, n int) {
	for {
		t.mu.Lock()
		have := 0
		for _, e := range t.events {
			if e.kind == kind {
				have += len(e.messages)
			}
		}
		t.mu.Unlock()
		if have >= n {
			return
		}
		time.Sleep(ms)
	}
}

// awaitEvent waits for the next event of a kind.
func (t *tape) awaitEvent(kind string) {
	t.mu.Lock()
	n := len(t.events)
	t.mu.Unlock()
	for {
		t.mu.Lock()
		there := slices.ContainsFunc(t.events[n:], func(e event) bool { return e.kind == kind })
		t.mu.Unlock()
		if there {
			return
		}
		time.Sleep(ms / 10)
	}
}

// story are the events from the first message on, with the fetches that wait for it, up to the last that has messages. Of fetches it tells
// when messages come to the broker, not how they were sent.
func (t *tape) story(fetches bool, consumers int) []event {
	t.mu.Lock()
	defer t.mu.Unlock()
	events := slices.Clone(t.events)
	for i := range events {
		events[i].at -= t.first
	}
	if fetches {
		for i := range events {
			if events[i].kind == leaves {
				events[i].kind = comes
			}
		}
		events = slices.DeleteFunc(events, func(e event) bool { return e.kind == acked })
	}
	first := slices.IndexFunc(events, func(e event) bool { return e.kind == comes })
	waiting := slices.DeleteFunc(slices.Clone(events[:first]), func(e event) bool { return e.kind != asks })
	events = append(waiting[max(len(waiting)-consumers, 0):], events[first:]...)
	last := len(events)
	for last > 0 && len(events[last-1].messages) == 0 {
		last--
	}
	return events[:last]
}

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

func playRedis(t *testing.T, p *play, address, key string, tape *tape) {
	ctx := context.Background()
	w := newWire(t, address, tape, p.slow)
	go w.serve(w.redis)
	const size = 200
	config := broker.Config{Broker: p.broker, Address: w.Addr().String(), Topic: key}
	if s := p.rules.Send; s != nil {
		config.BatchBytes = s.Max * size
	} else {
		config.FetchMax = p.rules.Fetch.Max
	}
	topic, err := broker.Open(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	defer topic.Close()
	producer, err := topic.NewProducer()
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	done := func(err error) {
		if err != nil {
			t.Error(err)
		}
	}
	producer.Send(mark(0, size), done)
	if err := producer.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	var consumer sync.WaitGroup
	if p.rules.Fetch != nil {
		consumers, err := topic.NewConsumers(p.rules.Workers)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		left := atomic.Int64{}
		left.Store(int64(len(p.sends)))
		for _, c := range consumers {
			defer c.Close()
			consumer.Go(func() {
				if err := p.consume(ctx, c, &left); ctx.Err() == nil {
					done(err)
				}
				stop() // the others wait for nothing
			})
		}
		time.Sleep(100 * ms)
	}
	p.perform(tape, func(number int) { producer.Send(mark(number, size), done) })
	tape.await(acked, len(p.sends))
	consumer.Wait()
}

// consume takes messages as long as some are left.
func (p *play) consume(ctx context.Context, c broker.Consumer, left *atomic.Int64) error {
	for left.Load() > 0 {
		got, err := c.Fetch(ctx)
		if err != nil {
			return fmt.Errorf("with %d messages left: %w", left.Load(), err)
		}
		n := 0
		for _, m := range got {
			n += len(numbers(m.Value))
		}
		left.Add(int64(-n))
		if n > 0 {
			time.Sleep(p.works)
		}
		if err := c.Ack(ctx, got); err != nil {
			return err
		}
	}
	return nil
}
