package profile

// Stages of a message's way over a broker, of requests that are made alone. Times by the wall clock have the resource
// "broker"; what each side's CPU did for them has the resource "cpu" and an ending.
const (
	Produce = "produce" // from the call that sends Batch messages in one request to its acknowledgement
	Deliver = "deliver" // from that call to the moment when a consumer that was waiting has the last of them
	Fetch   = "fetch"   // from a consumer's request to Batch messages in its hands, which lay at the broker
	Ack     = "ack"     // from a consumer's word that it is done with Batch messages to the answer; of a stream alone
)

// Idle, with ServerSuffix, is CPU time that a broker uses with nothing to do, in a second by the clock, on a machine whose cores all work: to wake
// up on cores that sleep costs it more. Its key has no size and no batch.
const Idle = "idle"

// Endings of the name of a stage of a broker, for CPU time of all threads, a request's on average over many. That of Deliver is for
// producing and fetching together, and that of Fetch has the Ack in it.
const (
	ClientSuffix = "-client" // of the process that produces or consumes
	ServerSuffix = "-server" // of the broker
	LoadedSuffix = "-loaded" // after one of these: with as many requests in flight as the producer may have, instead of one
)

// Brokers by the names of Key.Broker: what is sent to Kafka differs by the acknowledgements that the producer waits for.
const (
	KafkaAll    = "kafka-all" // acks=all, idempotent
	KafkaOne    = "kafka-1"   // acks=1
	RedisList   = "redis-list"
	RedisStream = "redis-stream"
)

// BrokerKinds are all of them.
var BrokerKinds = []string{KafkaAll, KafkaOne, RedisList, RedisStream}
