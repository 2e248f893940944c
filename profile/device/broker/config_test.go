package broker

import (
	"net"
	"strings"
	"testing"
	"time"

	"vsim/profile"
)

// The defaults are those of the brokers' own documentation (Kafka's producer and consumer configuration), not franz-go's.
func TestDefaultsAreTheBrokersOwn(t *testing.T) {
	kafka, err := Config{Broker: profile.KafkaAll, Topic: "t"}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	want := Config{Broker: profile.KafkaAll, Topic: "t", Partitions: 1, BatchBytes: 16384, InFlight: 5, FetchMinBytes: 1,
		FetchMaxWait: 500 * time.Millisecond, FetchBytes: 1 << 20, FetchMax: 500}
	if kafka != want {
		t.Errorf("got  %+v\nwant %+v", kafka, want)
	}
	list, err := Config{Broker: profile.RedisList, Topic: "t"}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	if list.BatchBytes != 1<<20 || list.InFlight != 1 || list.FetchMax != 1 {
		t.Errorf("got %+v", list)
	}
}

func TestBadConfigsAreRefused(t *testing.T) {
	for _, c := range []struct {
		config Config
		says   string
	}{
		{Config{Broker: "rabbit", Topic: "t"}, `broker "rabbit"; there are kafka-all`},
		{Config{Broker: profile.KafkaAll}, "name of a topic"},
		{Config{Broker: profile.KafkaAll, Topic: "t", InFlight: 1}, "InFlight 1"},
		{Config{Broker: profile.KafkaOne, Topic: "t", BatchBytes: 100}, "BatchBytes 100"},
		{Config{Broker: profile.KafkaOne, Topic: "t", Partitions: -1}, "Partitions -1"},
		{Config{Broker: profile.KafkaOne, Topic: "t", Linger: time.Hour}, "Linger 1h0m0s"},
		{Config{Broker: profile.RedisList, Topic: "t", Partitions: 2}, "only Kafka"},
		{Config{Broker: profile.RedisList, Topic: "t", Linger: -1}, "negative"},
	} {
		if _, err := Open(t.Context(), c.config); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: error %v, want one with %q", c.config, err, c.says)
		}
	}
}

func TestBrokerThatIsNotThere(t *testing.T) {
	for _, b := range profile.BrokerKinds {
		c := Config{Broker: b, Topic: "t", Address: "127.0.0.1:1"}
		if _, err := Open(t.Context(), c); err == nil || !strings.Contains(err.Error(), b+" at 127.0.0.1:1") {
			t.Errorf("%s: error %v", b, err)
		}
	}
}

// TestSilentAddress: who listens there but never answers is no broker, which is known before long.
func TestSilentAddress(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	began := time.Now()
	_, err = Open(t.Context(), Config{Broker: profile.KafkaAll, Topic: "t", Address: listener.Addr().String()})
	if err == nil || !strings.Contains(err.Error(), "no answer of a Kafka within 10s") || time.Since(began) > 2*longestSilence {
		t.Errorf("error %v after %v", err, time.Since(began))
	}
}
