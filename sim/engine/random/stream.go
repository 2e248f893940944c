// Package random draws the simulator's random numbers: independent streams
// named by (seed, purpose, index), and samplers that turn one uniform number
// into one time through a table of the inverse distribution function.
package random

import "math/rand/v2"

// Stream is a sequence of uniform random numbers. It is a plain value; a copy
// continues from the same place. The zero value is a valid stream, but all
// zero values are the same one: use NewStream.
type Stream struct {
	pcg rand.PCG // PCG-DXSM, period 2^128 (O'Neill 2014; math/rand/v2)
}

// NewStream returns the stream of (seed, purpose, index), for example
// (1, "arrivals", 0). Different names give independent streams, so that two
// scenarios that differ in one component see the same numbers in all others
// (common random numbers).
//
// The 128-bit state is a hash of the name, chained with the finalizer of
// SplitMix64 (Steele, Lea and Flood 2014), which is a bijection of words:
//
//	h  = mix(seed + mix(fnv1a64(purpose) + mix(index)))
//	hi = mix(h + golden)
//	lo = mix(h + 2 golden)
//
// For one purpose and one seed, h differs whenever the index differs.
func NewStream(seed uint64, purpose string, index int) Stream {
	h := mix(seed + mix(fnv1a(purpose)+mix(uint64(index))))
	return Stream{*rand.NewPCG(mix(h+golden), mix(h+golden+golden))}
}

// golden is 2^64 over the golden ratio, SplitMix64's increment.
const golden = 0x9e3779b97f4a7c15

// mix is SplitMix64's finalizer (variant 13 of Stafford's mixers).
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// fnv1a is the 64-bit FNV-1a hash (Fowler, Noll and Vo) of s.
func fnv1a(s string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 0x100000001b3
	}
	return h
}

// Uint64 returns a uniform 64-bit number.
func (s *Stream) Uint64() uint64 { return s.pcg.Uint64() }

// Float64 returns a uniform number in [0, 1), a multiple of 2^-53.
func (s *Stream) Float64() float64 { return float64(s.pcg.Uint64()>>11) * 0x1p-53 }
