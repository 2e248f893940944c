package profile

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// brokers is a profile in which a request of b messages of s bytes takes 1000 + 10 b + s b / 100 ns over "kafka-1" and twice
// that over "redis-list"; 1 MB was measured in batches of 1 and 5 only.
func brokers() *Profile {
	p := &Profile{Schema: Schema, Name: "brokers", Origin: Measured}
	for i, broker := range []string{KafkaOne, RedisList} {
		for size, batches := range map[int][]int{1000: {1, 5, 10}, 100_000: {1, 5, 10}, 1_000_000: {1, 5}} {
			for _, batch := range batches {
				ns := messageNs(size, batch) * float64(i+1)
				p.Services = append(p.Services, Service{
					Key: Key{Stage: Produce, Resource: "broker", Broker: broker, SizeBytes: size, Batch: batch},
					N:   10, MeanNs: ns, SDNs: ns / 10, Probabilities: []float64{0, 0.5, 1}, QuantilesNs: []float64{ns / 2, ns, ns * 3 / 2},
				})
			}
		}
	}
	return p
}

func messageNs(size, batch int) float64 { return 1000 + 10*float64(batch) + float64(size*batch)/100 }

func meanAt(b Bracket) float64 { return (1-b.Weight)*b.Low.MeanNs + b.Weight*b.High.MeanNs }

func TestAtMessage(t *testing.T) {
	p := brokers()
	for i, broker := range []string{KafkaOne, RedisList} {
		k := Key{Stage: Produce, Resource: "broker", Broker: broker}
		for _, c := range []struct {
			size, batch int
			support     Support
		}{
			{100_000, 5, Exact}, {1_000_000, 1, Exact},
			{100_000, 7, Interpolated}, {50_000, 5, Interpolated}, {50_000, 7, Interpolated}, {500_000, 3, Interpolated},
			{100_000, 25, Extrapolated}, {500_000, 10, Extrapolated}, {1_000_000, 25, Extrapolated}, // along batches
			{2_000_000, 1, Extrapolated}, {500, 7, Extrapolated}, // along sizes
		} {
			b, err := p.AtMessage(k, c.size, c.batch)
			want := messageNs(c.size, c.batch) * float64(i+1)
			if err != nil || b.Support != c.support || math.Abs(meanAt(b)/want-1) > 1e-9 {
				t.Errorf("%s, %d of %d bytes: %+v (mean %v), error %v; want %v, %s", broker, c.batch, c.size, b, meanAt(b), err, want, c.support)
			}
			if b.Low.QuantilesNs[2] < b.Low.QuantilesNs[1] || math.Abs(b.Low.QuantilesNs[1]-b.Low.MeanNs) > 1e-6 {
				t.Errorf("%s, %d of %d bytes: quantiles %v of a mean of %v", broker, c.batch, c.size, b.Low.QuantilesNs, b.Low.MeanNs)
			}
		}
	}
}

// TestAtMessageTakesPublishedConstants: a published time has no quantiles, and so has what lies between two.
func TestAtMessageTakesPublishedConstants(t *testing.T) {
	p := brokers()
	for i := range p.Services {
		p.Services[i].Probabilities, p.Services[i].QuantilesNs = nil, nil
	}
	b, err := p.AtMessage(Key{Stage: Produce, Resource: "broker", Broker: KafkaOne}, 50_000, 5)
	if err != nil || len(b.Low.QuantilesNs) != 0 || math.Abs(b.Low.MeanNs-messageNs(50_000, 5)) > 1e-6 {
		t.Errorf("%+v, error %v", b.Low, err)
	}
}

// TestAtMessageSaysWhatThereIs: of a broker, a size or a batch that is not there.
func TestAtMessageSaysWhatThereIs(t *testing.T) {
	p := brokers()
	_, err := p.AtMessage(Key{Stage: Produce, Resource: "broker", Broker: KafkaAll}, 1000, 1)
	if err == nil || !strings.Contains(err.Error(), "no produce over kafka-all") || !strings.Contains(err.Error(), "it has: produce over kafka-1") {
		t.Errorf("another broker: error %v", err)
	}
	p.Services = p.Services[:1]
	p.Services[0].SizeBytes, p.Services[0].Batch = 1000, 5
	_, err = p.AtMessage(Key{Stage: Produce, Resource: "broker", Broker: KafkaOne}, 2000, 1)
	if err == nil || !strings.Contains(err.Error(), "of 1000 bytes at batch 5") || !strings.Contains(err.Error(), "vsim profile --broker kafka-1") {
		t.Errorf("one point: error %v", err)
	}
}

// TestBrokersAreApart: the same stage over two brokers are two figures, to be checked, merged and listed as such.
func TestBrokersAreApart(t *testing.T) {
	p := brokers()
	p.Provenance.Complete = true
	read, err := Parse("brokers.toml", []byte(text(t, p)))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(read.Brokers(), " "); got != "kafka-1 redis-list" {
		t.Errorf("brokers %s", got)
	}
	of := func(broker string) *Profile {
		out := p.clone()
		out.Services = left(out.Services, func(s *Service) bool { return s.Broker != broker })
		return out
	}
	merged, err := Merge(of(KafkaOne), of(RedisList))
	if err != nil || len(merged.Services) != len(p.Services) {
		t.Errorf("merged %v, error %v", merged, err)
	}
	if _, err := Merge(of(KafkaOne), of(KafkaOne)); err == nil || !strings.Contains(err.Error(), "produce over kafka-1 of 1000 bytes at batch 1 on broker") {
		t.Errorf("merged with itself: error %v", err)
	}
	if rest := p.Without(of(KafkaOne)); len(rest.Brokers()) != 1 || rest.Brokers()[0] != RedisList {
		t.Errorf("without kafka-1: %v", rest.Brokers())
	}
}

// TestBrokersDriftWithTheMachine: what a broker takes by the wall clock is work of the same CPU, and goes with its speed.
func TestBrokersDriftWithTheMachine(t *testing.T) {
	p := brokers()
	p.Drift = &Drift{Job: "j", JobNs: 1, AtS: []float64{0, 1}, Speed: []float64{0.5, 1.5}}
	for i := range p.Services { // so that nothing but the drift changes them
		s := &p.Services[i]
		s.SDNs, s.QuantilesNs = 0, []float64{s.MeanNs, s.MeanNs, s.MeanNs}
	}
	r := p.Resample(rand.New(rand.NewPCG(1, 2)), 100*time.Millisecond)
	if ratio := r.Services[0].MeanNs / p.Services[0].MeanNs; math.Abs(ratio-1) < 0.1 {
		t.Errorf("a time went to %.3f of itself on a machine of half or one and a half times its speed", ratio)
	}
}

// TestBrokersAreNoCPUProfile: that a broker's CPU time is known does not make a profile one of decoding and inference.
func TestBrokersAreNoCPUProfile(t *testing.T) {
	p := brokers()
	p.Services[0].Stage, p.Services[0].Resource = Produce+ClientSuffix, "cpu"
	if p.Has("cpu") || !p.Has("broker") {
		t.Errorf("has cpu: %v, broker: %v", p.Has("cpu"), p.Has("broker"))
	}
}
