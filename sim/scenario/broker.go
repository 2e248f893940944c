package scenario

import (
	"slices"
	"time"
)

// Part is what a stage, or a step of one, is of the way of messages over a broker.
type Part string

// The parts of that way: requests of messages are sent, fetched, and what has been fetched is worked on.
const (
	Sends    Part = "produce"
	Fetches  Part = "fetch"
	Consumes Part = "consume"
)

// Leg is a stage's part of the way over a broker.
type Leg struct {
	*Broker
	Part       Part
	Of         string // the stage that the messages go to
	Message    Bytes
	Partitions int // of the topic, on each server
	Consumers  int // in each place of the stage; of Redis one, as all workers fetch from one list
	Workers    int // of each consumer
}

// What Kafka's format, version 2, takes beside the values: for a batch, and for each of its records without key and headers; at most.
const (
	kafkaBatchBytes  = 65
	kafkaRecordBytes = 12
)

// MaxMessages is the largest batch of a partition, at least one message. All partitions together send maxMessages at most.
func (l *Leg) MaxMessages() int {
	batch := l.BatchSize / l.Message
	if l.Kafka() {
		batch = (l.BatchSize - kafkaBatchBytes) / (l.Message + kafkaRecordBytes)
	}
	return max(min(int(batch), maxMessages/l.Partitions), 1)
}

// fetchBytes is what Kafka answers a fetch with of each partition at most, but a batch at least: max.partition.fetch.bytes.
const fetchBytes = 1 << 20

// MaxFetched is the most messages of a fetch: of Kafka, as many as a consumer takes at once or as its partitions' bytes are.
func (l *Leg) MaxFetched() int {
	if !l.Kafka() {
		return l.FetchMax
	}
	batch := l.MaxMessages()
	batches := max(fetchBytes/(kafkaBatchBytes+batch*int(l.Message+kafkaRecordBytes)), 1)
	each := max(l.Partitions/l.Consumers, 1)
	return min(l.FetchMax, each*batches*batch, maxMessages)
}

// MaxRequest is the most messages of one request: those of a batch for each partition, or of a fetch.
func (l *Leg) MaxRequest() int {
	if l.Part == Sends {
		return l.Partitions * l.MaxMessages()
	}
	return l.MaxFetched()
}

// maxMessages is the largest number of messages of a request.
const maxMessages = 32768

// MinMessages is the least number that answers a fetch.
func (l *Leg) MinMessages() int {
	return max(int((l.FetchMin+l.Message-1)/l.Message), 1)
}

// Leg is the stage's part of the way over a broker, in a lowered scenario; nil where it has none.
func (st *Stage) Leg() *Leg { return st.leg }

// Work is what a step of a broker's is, in a lowered scenario.
type Work struct {
	*Leg
	Stage  string        // of the profile: "produce"; its CPU times have an ending; "" for what is left of it beside them
	Client bool          // the client's CPU time, else the broker's; not of what is left
	CPU    bool          // it is CPU time
	Time   *Distribution // as written, nil: the profile's
}

// Over is the broker on whose way of messages a step is, in a lowered scenario; "" where it is none.
func (s *Step) Over() string { return s.over }

// Work is what a step does for a broker; nil where it is a step that a user has written.
func (s *Step) Work() *Work { return s.work }

// Origin is the index and the name of the stage of the scenario that a lowered one is of; i is its own index.
func (st *Stage) Origin(i int) (index int, name string) {
	switch {
	case st.from == 0:
		return i, st.Name
	case st.leg != nil:
		return st.from - 1, st.leg.Of
	}
	return st.from - 1, st.Name
}

// fillBrokers gives brokers the defaults of their type: their own, as Kafka and Redis have them.
func (s *Scenario) fillBrokers() {
	for i := range s.Brokers {
		b, at := &s.Brokers[i], join("broker", itoa(i))
		if b.Type == "" {
			b.Type = "kafka-all"
		}
		kafka := b.Kafka()
		setDefault(&b.BatchSize, choose(kafka, Bytes(16384), Bytes(1<<20)), s.Given(join(at, "batch_size")))
		setDefault(&b.InFlight, choose(kafka, 5, 1), s.Given(join(at, "in_flight")))
		if kafka {
			setDefault(&b.FetchMin, 1, s.Given(join(at, "fetch_min")))
			setDefault(&b.FetchMaxWait, Duration(500*time.Millisecond), s.Given(join(at, "fetch_max_wait")))
			setDefault(&b.FetchMax, 500, s.Given(join(at, "fetch_max")))
		}
	}
	for i := range s.Outages {
		o, at := &s.Outages[i], join("outage", itoa(i))
		if o.Broker != "" && !s.Given(join(at, "of")) {
			o.Of = "broker"
		}
		if b := s.broker(o.Broker); !s.Given(join(at, "requests")) {
			o.Requests = choose(b != nil && !b.Kafka(), "lost", "retried")
		}
	}
}

// broker finds one by its name, or nil.
func (s *Scenario) broker(name string) *Broker {
	for i := range s.Brokers {
		if name != "" && s.Brokers[i].Name == name {
			return &s.Brokers[i]
		}
	}
	return nil
}

// kafkaKeys are the keys of a broker that Redis does not take.
var kafkaKeys = []string{"partitions", "consumers", "fetch_min", "fetch_max_wait"}

// displacedBroker lists the keys of a broker that give way when its type is set from outside.
func displacedBroker(at string, value any) (losers []string) {
	if name, ok := value.(string); ok && !(&Broker{Type: name}).Kafka() {
		for _, key := range kafkaKeys {
			losers = append(losers, join(at, key))
		}
	}
	return losers
}

// brokers are those of the general form: on the cores of the hardware tables, where no others are named.
func (s *Scenario) brokers() []Broker {
	out := slices.Clone(s.Brokers)
	for i := range out {
		if out[i].CPU == "" && s.CPU.Cores > 0 {
			out[i].CPU = cpuName
		}
	}
	return out
}

// legOf is what a stage is to the broker that it is reached over.
func (s *Scenario) legOf(st *Stage) *Leg {
	b := s.broker(st.Via)
	if b == nil {
		return nil
	}
	l := &Leg{Broker: b, Of: st.Name, Message: st.Message, Partitions: 1, Consumers: 1, Workers: st.Workers}
	if !b.Kafka() {
		own := *b
		own.FetchMax = choose(b.FetchMax > 0, b.FetchMax, st.MaxBatch)
		l.Broker = &own
		return l
	}
	l.Consumers = choose(b.Consumers > 0, b.Consumers, max(st.Workers, 1))
	l.Workers = st.Workers / l.Consumers
	l.Partitions = choose(b.Partitions > 0, b.Partitions, l.Consumers*s.placesOf(st))
	return l
}

// placesOf is how many copies of a stage stand on one server.
func (s *Scenario) placesOf(st *Stage) int {
	if st.Per == "gpu" {
		return max(s.Servers.GPUs, s.GPU.Count, 1)
	}
	return 1
}
