package scenario

// Broker carries messages to the stages that name it in via: Kafka, or Redis with a list or a stream. Each stage has a topic of
// its own there. A request to it carries a batch of messages, and its times are of the batch, as those of a stage are.
type Broker struct {
	Name    string `toml:"name" needed:"yes" doc:"for stages and outages to refer to" example:"kafka"`
	Type    string `toml:"type" enum:"kafka-all|kafka-1|redis-list|redis-stream" default:"kafka-all" doc:"Kafka, of which the producer waits for the acknowledgement of all replicas or of the leader; or Redis, which works on one command at a time"`
	Profile string `toml:"profile,omitempty" doc:"what requests to it take, by the size and number of their messages, as vsim profile --broker measures it; instead, times can be written here" example:"brokers.toml"`

	Send         *Distribution `toml:"send,omitempty" default:"the profile's, or none" doc:"CPU time of the producer for a request of messages; per_image is for each of them" example:"{mean = \"40us\", per_image = \"10us\"}"`
	Append       *Distribution `toml:"append,omitempty" default:"the profile's, or none" doc:"CPU time of the broker for it" example:"{mean = \"90us\", per_image = \"10us\"}"`
	SendLatency  *Distribution `toml:"send_latency,omitempty" default:"the profile's, or none" doc:"rest of the time until the producer has the acknowledgement, on nobody's CPU" example:"\"200us\""`
	Read         *Distribution `toml:"read,omitempty" default:"the profile's, or none" doc:"CPU time of the broker for a fetch of messages" example:"{mean = \"60us\", per_image = \"5us\"}"`
	Fetch        *Distribution `toml:"fetch,omitempty" default:"the profile's, or none" doc:"CPU time of the consumer for it" example:"{mean = \"50us\", per_image = \"10us\"}"`
	FetchLatency *Distribution `toml:"fetch_latency,omitempty" default:"the profile's, or none" doc:"rest of the time until the consumer has the messages, on nobody's CPU" example:"\"100us\""`
	Fsync        *Distribution `toml:"fsync,omitempty" default:"none, as brokers leave it to the page cache" doc:"time that the broker's disk takes to make a request's messages durable, one request after the other" example:"\"2ms\""`

	CPU       string  `toml:"cpu,omitempty" default:"that of the hardware tables, else cores of its own without a limit" doc:"resource on which it and its clients spend their CPU time" example:"cpu"`
	IdleCores float64 `toml:"idle_cores,omitzero" above:"0" max:"1000" default:"the profile's, or none" doc:"cores of it that a server's broker uses all the time, with no message to carry; they are taken from those that are idle first" example:"0.06"`
	Link      string  `toml:"link,omitempty" default:"loopback: none" doc:"resource with a bandwidth that the bytes of messages cross, on their way in and on their way out" example:"network"`

	Partitions int      `toml:"partitions,omitzero" min:"1" max:"10000" default:"as there are consumers" doc:"of a topic of Kafka: messages go to them in turn, and each is one consumer's" example:"4"`
	Consumers  int      `toml:"consumers,omitzero" min:"1" max:"10000" default:"as the stage has workers" doc:"of Kafka, in each place of a stage; each has the same part of the stage's workers" example:"2"`
	Linger     Duration `toml:"linger,omitzero" min:"0" default:"0ns" doc:"how long a batch that is not full waits at the producer" example:"5ms"`
	BatchSize  Bytes    `toml:"batch_size,omitzero" above:"0" default:"16384B of Kafka, 1MiB of Redis" doc:"largest batch of a partition; a larger message goes alone" example:"16384B"`
	InFlight   int      `toml:"in_flight,omitzero" min:"1" max:"10000" default:"5 of Kafka, 1 of Redis" doc:"requests of a producer without an answer at a time, of which Kafka works on one" example:"5"`

	FetchMin     Bytes    `toml:"fetch_min,omitzero" above:"0" default:"1B, of Kafka" doc:"least that answers a fetch of Kafka before fetch_max_wait is over" example:"1B"`
	FetchMaxWait Duration `toml:"fetch_max_wait,omitzero" above:"0" default:"500ms, of Kafka" doc:"after which a fetch of Kafka is answered with less" example:"500ms"`
	FetchMax     int      `toml:"fetch_max,omitzero" min:"1" max:"100000" default:"500 of Kafka, the stage's max_batch of Redis" doc:"messages of a fetch at most" example:"10"`
}

// Kafka says that it is one: what the others are is Redis.
func (b *Broker) Kafka() bool { return b.Type == "kafka-all" || b.Type == "kafka-1" }

// Written says that its times are written in the scenario, and not a profile's.
func (b *Broker) Written() bool {
	for _, d := range []*Distribution{b.Send, b.Append, b.SendLatency, b.Read, b.Fetch, b.FetchLatency} {
		if d != nil {
			return true
		}
	}
	return false
}
