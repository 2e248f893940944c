package queueing

import "time"

// Send is the rule of a client that sends messages to a broker. Messages go to the partitions in turn. A request carries
// at most one batch of each partition, each of at most Max messages; a batch is ready when it is full or its first message
// has waited for Linger. A request takes one of the pool's workers until it is acknowledged: Pool.Workers is the
// number of requests in flight.
type Send struct {
	Partitions int           // 0 means 1
	Max        int           // messages that fit into a batch; 0 means 1
	Linger     time.Duration // 0: at once
}

// Fetch is the rule of a consumer that waits for messages at a broker, one fetch a worker. A fetch is answered with what
// is there, Max messages at most, as soon as that is Min of them; or when it has waited for MaxWait since it was made: then
// with fewer, or with none, and the consumer asks again.
type Fetch struct {
	Min     int           // 0 means 1
	Max     int           // 0 means no limit
	MaxWait time.Duration // 0 means no limit
}
