package batcher

// stories has one for every rule in the README's table, by the name of its file.
func stories() map[string]story {
	s := map[string]story{}
	waiting(s)
	prefetching(s)
	policies(s)
	surprises(s)
	races(s)
	return s
}

// waiting are the rules about delays and sizes; no payload is made up ahead.
func waiting(s map[string]story) {
	s["delay-paid-while-idle"] = story{
		rule:    "A batch that is not full waits for its delay, even while an instance idles.",
		config:  Config{Max: 4, Delay: milli(3), Instances: 1},
		service: 5 * ms, arrivals: at(1, 2), end: 20 * ms,
	}
	s["no-delay"] = story{
		rule:    "Without a delay an idle instance takes a single request; batches only form behind a busy one.",
		config:  Config{Max: 4, Instances: 1},
		service: 5 * ms, arrivals: at(1, 2, 3, 4, 5), end: 20 * ms,
	}
	s["full-goes-at-once"] = story{
		rule:    "No preferred size given: the largest batch is the preferred one, and goes before its delay is over.",
		config:  Config{Max: 3, Delay: milli(10), Instances: 1},
		service: 5 * ms, arrivals: at(1, 2, 3), end: 20 * ms,
	}
	s["preferred-goes-at-once"] = story{
		rule:    "A batch of a preferred size goes before its delay is over; what it is short of one waits.",
		config:  Config{Max: 8, Delay: milli(10), Preferred: []int{2, 4}, Instances: 1},
		service: 2 * ms, arrivals: at(1, 2, 6), end: 30 * ms,
	}
	s["largest-preferred-within-reach"] = story{
		rule:    "Twenty requests wait for an instance, preferred sizes 4 and 8, at most 16: it takes 8, and what is left waits on.",
		config:  Config{Max: 16, Delay: milli(10), Preferred: []int{4, 8}, Instances: 1},
		service: 8 * ms, arrivals: append(every(4, 0, 0), every(20, 1, 0)...), end: 20 * ms,
	}
	s["late-goes-beyond-preferred"] = story{
		rule:    "The same twenty, late: once the oldest has waited for its delay, preferred sizes count no more, and the instance takes the most it can, 16.",
		config:  Config{Max: 16, Delay: milli(10), Preferred: []int{4, 8}, Instances: 1},
		service: 12 * ms, arrivals: append(every(4, 0, 0), every(20, 1, 0)...), end: 40 * ms,
	}
	s["items-are-not-split"] = story{
		rule:    "Requests of 5, 3, 5, 4 and 2 images, at most 8 a batch: the first two fill one, the third leaves no room for the fourth. The last waits for its delay.",
		config:  Config{Max: 8, Delay: milli(6), Instances: 1},
		service: 2 * ms, arrivals: with(at(1, 2, 3, 4, 5), 5, 3, 5, 4, 2), end: 20 * ms,
	}
	s["several-instances"] = story{
		rule:    "Several instances serve one queue, each with a batch of its own.",
		config:  Config{Max: 2, Delay: milli(4), Instances: 2},
		service: 10 * ms, arrivals: at(1, 2, 3, 4, 5, 6), end: 25 * ms,
	}
}

// prefetching is about payloads that are made up while all instances are busy.
func prefetching(s map[string]story) {
	s["prefetch"] = story{
		rule:    "Batches are made up, here in (), before an instance is idle, while fewer than two an instance wait. The last grows until it is taken.",
		config:  Config{Max: 3, Prefetch: true, Instances: 1},
		service: 10 * ms, arrivals: at(0, 1, 2, 3, 4, 5, 6), end: 30 * ms,
	}
	s["prefetch-closed"] = story{
		rule:    "Until Triton 21.12 a payload was closed as it was made: while fewer than two an instance wait each request has one of its own, and the next is all that came meanwhile.",
		config:  Config{Max: 4, Prefetch: true, Closed: true, Instances: 1},
		service: 10 * ms, arrivals: at(0, 1, 2, 3, 4, 5, 6), end: 50 * ms,
	}
	s["prefetch-several-instances"] = story{
		rule:    "Two instances have four payloads made up at most, with the one that grows.",
		config:  Config{Max: 1, Prefetch: true, Instances: 2},
		service: 10 * ms, arrivals: at(0, 1, 2, 3, 4, 5, 6, 7), end: 12 * ms,
	}
	s["prefetch-off-with-a-limit"] = story{
		rule:    "A queue with a limit (or a timeout, or priorities) turns prefetching off: all wait in the queue until an instance is idle.",
		config:  Config{Max: 3, Prefetch: true, Instances: 1, Queues: []Queue{{Limit: 100}}},
		service: 10 * ms, arrivals: at(0, 1, 2, 3, 4, 5, 6), end: 30 * ms,
	}
	s["prefetch-stops-at-preferred"] = story{
		rule:    "Without a delay a payload is closed at the first preferred size that it has when the batcher looks; behind a busy instance that is the smallest.",
		config:  Config{Max: 8, Preferred: []int{2, 4}, Prefetch: true, Instances: 1},
		service: 10 * ms, arrivals: at(0, 1, 2, 3, 4, 5, 6, 7), end: 25 * ms,
	}
	s["merge"] = story{
		rule:    "An instance that takes a payload takes the next ones with it, where their oldest request has waited longer than the delay and all fit into one batch.",
		config:  Config{Max: 4, Delay: milli(2), Preferred: []int{1}, Prefetch: true, Instances: 1},
		service: 20 * ms, arrivals: at(0, 1, 2, 3, 4, 5), end: 30 * ms,
	}
}

// policies are about queues with limits, timeouts and priorities.
func policies(s map[string]story) {
	s["priorities"] = story{
		rule:    "Priorities are strict: the first level, in the first [], goes before the second, whoever came first.",
		config:  Config{Max: 2, Instances: 1, Queues: []Queue{{}, {}}},
		service: 10 * ms, arrivals: of(at(0, 1, 2, 3, 4, 5), 1, 1, 1, 0, 1, 0), end: 40 * ms,
	}
	s["limit"] = story{
		rule:    "A queue with a limit of 2 rejects the third that would wait, also while the other level has room. What an instance works on does not count.",
		config:  Config{Max: 4, Instances: 1, Queues: []Queue{{Limit: 2}, {Limit: 2}}},
		service: 10 * ms, arrivals: of(at(0, 1, 2, 3, 4), 0, 0, 0, 0, 1), end: 12 * ms,
	}
	s["timeout-rejects"] = story{
		rule:    "A request that has waited longer than its timeout is rejected when a batch is made up; one that has waited just as long is not.",
		config:  Config{Max: 4, Instances: 1, Queues: []Queue{{Timeout: milli(5)}}},
		service: 10 * ms, arrivals: at(0, 4, 5, 6), end: 25 * ms,
	}
	s["timeout-wakes"] = story{
		rule:    "While a batch waits for its delay, the batcher wakes up for the first timeout among its requests.",
		config:  Config{Max: 4, Delay: milli(10), Instances: 1, Queues: []Queue{{Timeout: milli(5)}}},
		service: 3 * ms, arrivals: at(0), end: 25 * ms,
	}
	s["timeout-defers"] = story{
		rule:    "With deferring, who has waited longer than the timeout, marked *, goes after the others of its level, but before the next level.",
		config:  Config{Max: 2, Instances: 1, Queues: []Queue{{Timeout: milli(5), Defer: true}, {}}},
		service: 10 * ms, arrivals: of(at(0, 1, 2, 3, 6, 7, 12), 0, 0, 0, 1, 0, 0, 0), end: 60 * ms,
	}
}

// surprises are what Triton's code does and hardly anybody would expect.
func surprises(s map[string]story) {
	s["payload-sleeps"] = story{
		rule:    "With a delay, a payload that waits does not grow until the batcher is woken: by as many requests as it last found missing to a preferred size, here 4, or by an instance that takes a payload or is done.",
		config:  Config{Max: 8, Delay: milli(2), Preferred: []int{4}, Prefetch: true, Instances: 1},
		service: 20 * ms, arrivals: at(0, 3, 6, 7, 8, 9), end: 25 * ms,
	}
	s["one-more"] = story{
		rule:    "A payload that has its largest preferred size takes one request more, and no other unless they are late: 3, 4, then 5, but not 6.",
		config:  Config{Max: 8, Delay: milli(30), Preferred: []int{2}, Prefetch: true, Instances: 1},
		service: 20 * ms, arrivals: at(0, 0, 1, 2, 3, 4, 5), end: 25 * ms,
	}
	s["too-large-to-merge"] = story{
		rule:    "A late payload that is too large to be merged stays where it is, but grows no more: request 8 may not join 6 and 7.",
		config:  Config{Max: 4, Delay: milli(2), Preferred: []int{2}, Prefetch: true, Instances: 1},
		service: 20 * ms, arrivals: at(0, 0, 1, 2, 3, 4, 5, 22), end: 50 * ms,
	}
	s["told-late"] = story{
		rule:    "Who is rejected while others wait on hears of it when the batcher wakes up the next time: request 1, rejected at 5 ms, at the timeout of request 2.",
		config:  Config{Max: 4, Delay: milli(10), Instances: 1, Queues: []Queue{{Timeout: milli(5)}}},
		service: 3 * ms, arrivals: at(0, 3), end: 25 * ms,
	}
	s["rejected-while-busy"] = story{
		rule:    "While no instance is idle the batcher finds those past their timeout twice a second only: here at 1.5 s, for it had fallen asleep at 0.5 s over an empty queue, and at 1 s began to wait for an instance.",
		config:  Config{Max: 1, Instances: 1, Queues: []Queue{{Timeout: milli(100)}}},
		service: 3000 * ms, arrivals: at(500, 600, 800), end: 4000 * ms,
	}
	s["forgotten-after-a-timeout"] = story{
		rule:    "After the queue was emptied by timeouts, a request does not wake the batcher before there are as many as it last found missing to a preferred size, here 4. Request 2 is rejected not at its timeout, but half a second after the batcher fell asleep.",
		config:  Config{Max: 4, Delay: milli(10), Instances: 1, Queues: []Queue{{Timeout: milli(2)}}},
		service: 3 * ms, arrivals: at(0, 10), end: 1000 * ms,
	}
	s["refused-counts-for-good"] = story{
		rule:    "A request that found no room is counted as if it were queued, for good. So request 3 alone wakes the batcher for a batch of 2, and is not forgotten.",
		config:  Config{Max: 2, Delay: milli(10), Instances: 1, Queues: []Queue{{Limit: 1, Timeout: milli(2)}}},
		service: 3 * ms, arrivals: at(0, 1, 10), end: 1000 * ms,
	}
}

// races are what becomes of a batch's end when the batcher, which the instance wakes, looks before that instance is idle.
func races(s map[string]story) {
	s["early-misses-the-instance"] = story{
		rule:    "The batcher that looks too early waits for an instance, though one is idle: half a second from when it began to wait for one, for the only request that comes in between finds no room.",
		config:  Config{Max: 1, Instances: 1, Queues: []Queue{{Limit: 1}}, Early: 1},
		service: 40 * ms, arrivals: at(0, 10, 60), end: 700 * ms,
	}
	s["early-woken-by-a-request"] = story{
		rule:    "A request that finds room wakes the batcher that has missed an idle instance.",
		config:  Config{Max: 1, Instances: 1, Queues: []Queue{{Limit: 2}}, Early: 1},
		service: 40 * ms, arrivals: at(0, 10, 60), end: 700 * ms,
	}
	s["early-grows-once-more"] = story{
		rule:    "With batches made up ahead, the one that waits grows by all that is queued before the instance takes it: by request 3, which came just before.",
		config:  Config{Max: 8, Delay: milli(30), Prefetch: true, Instances: 1, Early: 1},
		service: 40 * ms, arrivals: at(0, 32, 65), end: 200 * ms,
	}
}
