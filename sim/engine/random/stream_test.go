package random

import (
	"math"
	"math/bits"
	"testing"
)

// The numbers of a named stream are part of every result: they must never
// change by accident.
func TestStreamIsFixed(t *testing.T) {
	s := NewStream(1, "arrivals", 0)
	got := [3]uint64{s.Uint64(), s.Uint64(), s.Uint64()}
	want := [3]uint64{0xc8be0800e7ce4599, 0xcf3d041ec0cfb6db, 0x5a7a6e3a923b24f2}
	if got != want {
		t.Errorf("stream (1, arrivals, 0) begins %#x, want %#x", got, want)
	}
}

func TestEachPartOfTheNameMakesAnotherStream(t *testing.T) {
	first := map[uint64]string{}
	for _, seed := range []uint64{0, 1, 2, 1 << 63} {
		for _, purpose := range []string{"", "a", "b", "ab", "ba", "arrivals"} {
			for index := range 200 {
				s := NewStream(seed, purpose, index)
				u := s.Uint64()
				if other, seen := first[u]; seen {
					t.Fatalf("streams (%d, %q, %d) and %s begin alike", seed, purpose, index, other)
				}
				first[u] = purpose
			}
		}
	}
}

func TestCopyContinuesFromTheSamePlace(t *testing.T) {
	a := NewStream(5, "x", 3)
	a.Uint64()
	b := a
	if a.Uint64() != b.Uint64() || a.Float64() != b.Float64() {
		t.Error("a copy went another way")
	}
}

// Neighbouring streams must not resemble each other: bits agree half the
// time. 200 streams x 200 words x 64 bits = 2.56e6 trials, standard error
// 3.1e-4; the margin is four of them.
func TestNeighbouringStreamsAreIndependent(t *testing.T) {
	agree, n := 0, 0
	for index := range 200 {
		a, b := NewStream(7, "services", index), NewStream(7, "services", index+1)
		for range 200 {
			agree += 64 - bits.OnesCount64(a.Uint64()^b.Uint64())
			n += 64
		}
	}
	if share := float64(agree) / float64(n); math.Abs(share-0.5) > 4*0.5/math.Sqrt(float64(n)) {
		t.Errorf("bits of neighbours agree in %.5f of cases, want 0.5", share)
	}
}

// Mean 1/2 and variance 1/12, in three standard errors (1e6 numbers).
func TestFloat64IsUniform(t *testing.T) {
	s := NewStream(11, "uniform", 0)
	const n = 1_000_000
	sum, squares := 0.0, 0.0
	for range n {
		u := s.Float64()
		if u < 0 || u >= 1 {
			t.Fatalf("got %g", u)
		}
		sum += u
		squares += (u - 0.5) * (u - 0.5)
	}
	if math.Abs(sum/n-0.5) > 3/math.Sqrt(12*n) {
		t.Errorf("mean is %g", sum/n)
	}
	if math.Abs(squares/n-1.0/12) > 3*math.Sqrt(1.0/180/n) {
		t.Errorf("variance is %g", squares/n)
	}
}
