package stories

import (
	"time"

	"vsim/profile"
	"vsim/sim/engine/queueing"
)

// play is what is done to record a story.
type play struct {
	title      string
	broker     string // of profile.BrokerKinds
	rules      rules
	slow       time.Duration // by which acknowledgements are held back
	size       int           // bytes of a message; 0 means 1000
	limit      int           // bytes of a batch; 0 means room for the rule's Max
	partitions int           // where fetches are told of; 0 means 1
	starts     time.Duration // when the consumer comes; 0 means before the first message
	works      time.Duration // how long a consumer of Redis works on what it got
	sends      []time.Duration
}

const ms = time.Millisecond

// every are so many moments, that far apart.
func every(gap time.Duration, n int) (out []time.Duration) {
	for i := range n {
		out = append(out, time.Duration(i)*gap)
	}
	return out
}

// at are moments, in milliseconds.
func at(moments ...int) (out []time.Duration) {
	for _, m := range moments {
		out = append(out, time.Duration(m)*ms)
	}
	return out
}

func plays() map[string]play {
	send := func(workers int, s queueing.Send) rules { return rules{Send: &s, Workers: workers} }
	fetch := func(f queueing.Fetch) rules { return rules{Fetch: &f, Workers: 1} }
	ahead := func(f queueing.Fetch, t taker) rules { return rules{Fetch: &f, Workers: 1, Taker: &t} }
	all, one, list, stream := profile.KafkaAll, profile.KafkaOne, profile.RedisList, profile.RedisStream
	return map[string]play{
		"kafka-linger-0": {broker: all, rules: send(5, queueing.Send{Partitions: 1, Max: 4}), sends: every(10*ms, 5),
			title: "Without linger every message leaves as it comes."},
		"kafka-linger-5": {broker: all, rules: send(5, queueing.Send{Partitions: 1, Max: 9, Linger: 5 * ms}), sends: at(0, 2, 15, 16, 17, 40),
			title: "A batch leaves 5 ms after its first message."},
		"kafka-linger-20": {broker: all, rules: send(5, queueing.Send{Partitions: 1, Max: 9, Linger: 20 * ms}), sends: at(0, 5, 10, 15, 40, 55, 90),
			title: "A batch leaves 20 ms after its first message, however long after its last."},
		"kafka-full": {broker: all, rules: send(5, queueing.Send{Partitions: 1, Max: 3, Linger: 40 * ms}), sends: at(0, 2, 4, 20, 22, 100, 102, 104),
			title: "The first message that does not fit has the full batch leave and lingers itself; a full batch without a successor waits for its linger."},
		"kafka-filled-by-burst": {broker: all, rules: send(5, queueing.Send{Partitions: 1, Max: 3, Linger: 30 * ms}), sends: at(0, 8, 16, 24, 32, 40, 48, 56),
			title: "Messages that come faster than the linger leave in full batches."},
		"kafka-2-partitions": {broker: all, rules: send(5, queueing.Send{Partitions: 2, Max: 9, Linger: 20 * ms}), sends: at(0, 10, 40, 70, 78, 86),
			title: "Two partitions in turn: a request takes what waits for either."},
		"kafka-4-partitions": {broker: all, rules: send(5, queueing.Send{Partitions: 4, Max: 9, Linger: 20 * ms}), sends: at(0, 4, 8, 12, 15, 50, 60, 85),
			title: "Four partitions in turn: a request takes what waits for any."},
		"kafka-2-partitions-full": {broker: all, rules: send(5, queueing.Send{Partitions: 2, Max: 2, Linger: 60 * ms}), sends: every(8*ms, 9),
			title: "A full batch of one partition takes the other's along."},
		"kafka-4-partitions-at-once": {broker: all, rules: send(5, queueing.Send{Partitions: 4, Max: 2}), sends: every(9*ms, 6),
			title: "Without linger a message of each of four partitions leaves by itself."},
		"kafka-in-flight-1": {broker: one, rules: send(1, queueing.Send{Partitions: 1, Max: 3}), slow: 30 * ms, sends: every(6*ms, 14),
			title: "One request in flight, acknowledged late: what comes meanwhile leaves in batches of three at most."},
		"kafka-in-flight-1-burst": {broker: one, rules: send(1, queueing.Send{Partitions: 1, Max: 4}), slow: 30 * ms, sends: at(0, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10),
			title: "One request in flight: ten messages that come at once leave in three batches."},
		"kafka-in-flight-1-4-partitions": {broker: one, rules: send(1, queueing.Send{Partitions: 4, Max: 2}), slow: 40 * ms, sends: every(5*ms, 20),
			title: "One request in flight to four partitions: each request has a batch of each."},
		"kafka-in-flight-5": {broker: all, rules: send(5, queueing.Send{Partitions: 1, Max: 2}), slow: 20 * ms, sends: every(7*ms, 20),
			title: "Five requests in flight, acknowledged late: the sixth waits, and fills."},
		"kafka-in-flight-1-linger": {broker: one, rules: send(1, queueing.Send{Partitions: 1, Max: 9, Linger: 20 * ms}), slow: 60 * ms, sends: at(0, 30, 130),
			title: "A linger that is over while all in flight is unacknowledged: the batch leaves at the acknowledgement, and the next message lingers in full."},
		"kafka-looks-again": {broker: one, rules: send(1, queueing.Send{Partitions: 1, Max: 9, Linger: 20 * ms}), slow: 60 * ms, sends: at(0, 30, 55, 130),
			title: "As before, with a third message that joins the second when that has lingered, and lingers itself: the client then looks once more, and the last message does not linger."},
		"kafka-acks-1": {broker: one, rules: send(5, queueing.Send{Partitions: 2, Max: 3, Linger: 15 * ms}), sends: at(0, 8, 30, 60, 68),
			title: "acks=1 batches as acks=all does."},
		"kafka-large": {broker: all, rules: send(5, queueing.Send{Partitions: 1, Max: 1, Linger: 20 * ms}), size: 20_000, limit: 2*16384 - 100, sends: at(0, 8, 16, 60),
			title: "Messages larger than a batch of 16,384 bytes go alone, each as the next one comes or after its linger."},

		"kafka-fetch-any": {broker: all, rules: fetch(queueing.Fetch{MaxWait: 500 * ms}), sends: every(12*ms, 5),
			title: "A consumer that waits gets each message as it comes."},
		"kafka-fetch-min": {broker: all, rules: fetch(queueing.Fetch{Min: 3, MaxWait: 500 * ms}), sends: every(12*ms, 6),
			title: "A fetch of at least three messages is answered when the third is there."},
		"kafka-fetch-wait": {broker: all, rules: fetch(queueing.Fetch{Min: 3, MaxWait: 120 * ms}), sends: at(10, 30, 300, 460),
			title: "A fetch is answered when it has waited for 120 ms, with what is there, or with nothing; then the consumer asks again."},
		"kafka-fetch-wait-or-min": {broker: all, rules: fetch(queueing.Fetch{Min: 2, MaxWait: 100 * ms}), sends: at(10, 130, 145, 200),
			title: "Sometimes two are there first, sometimes the wait is over."},
		"kafka-fetch-partitions": {broker: all, rules: rules{Fetch: &queueing.Fetch{Min: 3, MaxWait: 500 * ms}, Workers: 1}, sends: every(12*ms, 6), partitions: 2,
			title: "Of two partitions, what is there of both counts."},
		"kafka-fetch-max": {broker: all, rules: fetch(queueing.Fetch{Max: 2, MaxWait: 500 * ms}), sends: every(10*ms, 7), starts: 100 * ms,
			title: "A consumer that comes late gets what lies there, two messages in an answer."},
		"kafka-fetch-late": {broker: all, rules: fetch(queueing.Fetch{MaxWait: 500 * ms}), sends: at(0, 10, 20, 30, 140), starts: 80 * ms,
			title: "A consumer that comes late gets all that lies there."},
		"kafka-ahead": {broker: all, rules: ahead(queueing.Fetch{MaxWait: 500 * ms}, taker{1, 40 * ms}), sends: every(15*ms, 8),
			title: "An application slower than what comes: its client fetches once the last message that it had is taken."},
		"kafka-ahead-all": {broker: all, rules: ahead(queueing.Fetch{MaxWait: 500 * ms}, taker{500, 50 * ms}), sends: every(15*ms, 10),
			title: "An application that takes all that its client has."},
		"kafka-ahead-max": {broker: all, rules: ahead(queueing.Fetch{Max: 3, MaxWait: 500 * ms}, taker{2, 40 * ms}), sends: every(12*ms, 10),
			title: "A client gets three messages at most, its application takes two."},

		"redis-list-send": {broker: list, rules: send(1, queueing.Send{Partitions: 1, Max: 4}), slow: 25 * ms, sends: every(4*ms, 16),
			title: "One push in flight, answered late: the next takes what waits, four messages at most."},
		"redis-stream-send": {broker: stream, rules: send(1, queueing.Send{Partitions: 1, Max: 3}), slow: 25 * ms, sends: every(4*ms, 14),
			title: "One request in flight, answered late: the next takes what waits, three messages at most."},
		"redis-list-one": {broker: list, rules: fetch(queueing.Fetch{Max: 1}), sends: every(12*ms, 4),
			title: "A consumer that waits gets each message as it comes."},
		"redis-list-one-backlog": {broker: list, rules: fetch(queueing.Fetch{Max: 1}), works: 30 * ms, sends: every(10*ms, 6),
			title: "COUNT 1, a consumer slower than what comes: one message at a time, the oldest first."},
		"redis-list-ten-backlog": {broker: list, rules: fetch(queueing.Fetch{Max: 10}), works: 45 * ms, sends: every(10*ms, 12),
			title: "COUNT 10: what has come while the consumer worked, all at once."},
		"redis-list-ten-pushed": {broker: list, rules: rules{Fetch: &queueing.Fetch{Max: 10}, Workers: 1}, slow: 25 * ms, sends: every(4*ms, 14),
			title: "COUNT 10: messages pushed together come together to a consumer that waits."},
		"redis-list-two-consumers": {broker: list, rules: rules{Fetch: &queueing.Fetch{Max: 10}, Workers: 2}, slow: 25 * ms, works: 10 * ms, sends: every(4*ms, 16),
			title: "Two consumers of a list, COUNT 10: who waits first gets all that are pushed together."},
		"redis-stream-two-consumers": {broker: stream, rules: rules{Fetch: &queueing.Fetch{Max: 10, Single: true}, Workers: 2}, slow: 25 * ms, works: 10 * ms, sends: every(4*ms, 16),
			title: "Two consumers of a stream, COUNT 10: of messages added together each that waits gets one; the rest are for who comes next."},
		"redis-stream-one": {broker: stream, rules: fetch(queueing.Fetch{Max: 1, Single: true}), works: 20 * ms, sends: every(12*ms, 5),
			title: "COUNT 1 of a stream: one message at a time."},
		"redis-stream-ten-backlog": {broker: stream, rules: fetch(queueing.Fetch{Max: 10, Single: true}), works: 45 * ms, sends: every(10*ms, 12),
			title: "COUNT 10 of a stream: what has come while the consumer worked, all at once."},
		"redis-stream-ten-added": {broker: stream, rules: rules{Fetch: &queueing.Fetch{Max: 10, Single: true}, Workers: 1}, slow: 25 * ms, sends: every(4*ms, 14),
			title: "COUNT 10 of a stream: of messages added together, a consumer that waits gets the first, and then the others."},
	}
}
