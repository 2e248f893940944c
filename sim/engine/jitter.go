package engine

import (
	"math"

	"vsim/sim/engine/random"
)

// jitter varies the work of a step's batches a little. Constant times keep workers that share a resource in one
// phase for ever, be it the best or the worst; in a real server no two services are equal, and phases drift.
// The factor has a stream of its own, so that all other random numbers are what they are without it.
type jitter struct {
	scale  float64 // the factor is 1 and this times an integer that is uniform in +-2^63; 0 for no jitter
	stream random.Stream
}

// newJitter returns the jitter of a relative standard deviation: a uniform distribution has its half width over
// the square root of 3.
func newJitter(deviation float64, stream random.Stream) jitter {
	return jitter{scale: math.Sqrt(3) * deviation / (1 << 63), stream: stream}
}

// vary multiplies a batch's work.
func (j *jitter) vary(ns int64) int64 {
	off := float64(int64(j.stream.Uint64())) * j.scale
	return ns + int64(float64(ns)*off) // towards ns, which leaves the mean as it is
}
