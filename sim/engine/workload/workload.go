// Package workload makes arrivals that are more than a renewal process: rates that change with time or
// at random, streams of frames, and recorded traces.
package workload

import (
	"time"

	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
)

// Arrivals is a kind of traffic. It does not change after it is made; every replication starts a
// Process of its own from it.
type Arrivals interface {
	// Start begins the traffic anew. stream gives the random streams of the replication by purpose.
	Start(stream func(purpose string) random.Stream) Process
	// MeanRate is the long-run mean number of requests a second.
	MeanRate() float64
	// Finite says that the traffic ends; its mean rate is then over its span.
	Finite() bool
}

// Periodic is traffic that repeats itself. All replications are at the same point of it at the same time,
// so that what they show is only worth something over whole cycles.
type Periodic interface {
	// Cycle is the time after which the traffic repeats itself, 0 if it does not.
	Cycle() time.Duration
}

// Varying is Periodic traffic of which one can tell what it is like at a moment.
type Varying interface {
	Periodic
	// At is traffic that stays what this one is at a moment of its cycle.
	At(moment time.Duration) (Arrivals, error)
	// From is this traffic begun at a moment of its cycle.
	From(moment time.Duration) (Arrivals, error)
}

// Process is traffic under way.
type Process interface {
	// Next returns the next arrival, not before the last one. Class is -1 where the traffic leaves the
	// class to the weights; ok is false when no more arrivals come.
	Next() (at event.Time, class int32, ok bool)
}

// Streams is a Process whose requests come from several streams.
type Streams interface {
	// Stream is the stream of the arrival that Next returned last, from 0 on.
	Stream() int32
	// Skipping is the number of streams, where each leaves out what comes while its last request is still
	// inside the system; 0 where none leaves anything out.
	Skipping() int
}

// forever is 146 years in ns. No traffic goes on for longer, so that no sum of times overflows.
const forever event.Time = 1 << 62
