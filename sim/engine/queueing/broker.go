package queueing

import "time"

// Send is the rule of a client that sends messages to a broker. Messages go to the partitions in turn and are put into batches of
// at most Max as they come. A batch is due when a further message of its partition does not fit, or when Linger is over, which counts from its
// first message, or from when the last request took the batch before it. A request then carries the first batch of each partition, due or
// not. It takes one of the pool's workers until it is acknowledged: Pool.Workers is the number of requests in flight. Sender has the
// details.
type Send struct {
	Partitions int           // 0 means 1
	Max        int           // messages (items) that fit into a batch; 0 means 1; a larger one goes alone
	Linger     time.Duration // 0: at once
}

// Fetch is the rule of a consumer that waits for messages at a broker, one fetch a worker. A fetch is answered with what
// is there, Max messages at most, as soon as that is Min of them; or when it has waited for MaxWait since it was made: then
// with fewer, or with none, and the consumer asks again.
type Fetch struct {
	Min     int           // messages (items); 0 means 1
	Max     int           // 0 means no limit; a larger message goes alone
	MaxWait time.Duration // 0 means no limit
	Single  bool          // a fetch that waits is answered with the next message alone, though more come with it (Redis's streams)
}
