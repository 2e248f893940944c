package workload

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
)

// randomPieces returns a few pieces, flat, rising, falling and silent.
func randomPieces(rng *rand.Rand) []Piece {
	pieces := make([]Piece, 1+rng.IntN(5))
	rate := func() float64 {
		switch rng.IntN(4) {
		case 0:
			return 0
		case 1:
			return rng.Float64() // rarely an arrival
		}
		return 5000 * rng.Float64()
	}
	for i := range pieces {
		from := rate()
		to := from
		if rng.IntN(2) == 0 {
			to = rate()
		}
		pieces[i] = Piece{1 + time.Duration(rng.Int64N(1e9)), from, to}
	}
	pieces[rng.IntN(len(pieces))].From = 5000
	return pieces
}

// integral is the dumb twin: the expected number of arrivals up to t, in exact fractions, piece by piece
// from the start.
func integral(pieces []Piece, t event.Time) *big.Rat {
	sum, left := new(big.Rat), int64(max(t, 0))
	for i := 0; left > 0; i = (i + 1) % len(pieces) {
		p := pieces[i]
		x := min(left, int64(p.Span))
		left -= x
		from, to := new(big.Rat).SetFloat64(p.From), new(big.Rat).SetFloat64(p.To)
		slope := new(big.Rat).Quo(to.Sub(to, from), big.NewRat(2*int64(p.Span), 1))
		area := slope.Add(from, slope.Mul(slope, big.NewRat(x, 1)))
		sum.Add(sum, area.Mul(area, big.NewRat(x, 1e9)))
	}
	return sum
}

// The arrivals invert the integral: half a ns before arrival n it has not reached the n-th sum of gaps,
// and half a ns after it has; but for the floats of sloping pieces, 1e-14 of a piece.
func TestArrivalsInvertTheIntegral(t *testing.T) {
	gaps := gamma(1.5)
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 21))
		pieces := randomPieces(rng)
		p := start(traffic(t, gaps, Schedule{Pieces: pieces}), seed, 0)
		s := random.NewStream(seed, "arrival", 0)
		drawn, last := new(big.Int), event.Time(0)
		for i := range 300 {
			drawn.Add(drawn, big.NewInt(gaps.Draw(&s)))
			want := new(big.Rat).Quo(new(big.Rat).SetInt(drawn), new(big.Rat).SetFloat64(gaps.Mean()))
			at, _, ok := p.Next()
			if !ok || at < last {
				t.Fatalf("seed %d: arrival %d: %d ns after %d ns, %v", seed, i, at, last, ok)
			}
			last = at
			margin := new(big.Rat).SetFloat64(1e-14 * 5000)
			before, after := integral(pieces, at-1), integral(pieces, at+1)
			if before.Cmp(new(big.Rat).Add(want, margin)) > 0 || after.Cmp(new(big.Rat).Sub(want, margin)) < 0 {
				t.Fatalf("seed %d: %+v: arrival %d at %d ns: the integral is %s 1 ns before and %s 1 ns after, the gaps add up to %s",
					seed, pieces, i, at, before.FloatString(15), after.FloatString(15), want.FloatString(15))
			}
		}
	}
}

// 128-bit integers against big ones.
func TestWide(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	number := func() wide { return wide{rng.Uint64() >> 8, rng.Uint64()}.right(uint(rng.IntN(65))) }
	value := func(a wide) *big.Int {
		x := new(big.Int).SetUint64(a.hi)
		return x.Lsh(x, 64).Add(x, new(big.Int).SetUint64(a.lo))
	}
	same := func(what string, got wide, want *big.Int) {
		if value(got).Cmp(want) != 0 {
			t.Fatalf("%s: got %v, want %v", what, value(got), want)
		}
	}
	z := func() *big.Int { return new(big.Int) }
	for range 20_000 {
		a, b, n, by := number(), number(), rng.Uint64()>>(57+rng.IntN(7)), uint(rng.IntN(65))
		x, y := value(a), value(b)
		same("plus", a.plus(b), z().Add(x, y))
		same("right", a.right(by), z().Rsh(x, by))
		same("times", a.times(n), z().Mul(x, z().SetUint64(n)))
		same("product", product(a.lo, b.lo), z().Mul(z().SetUint64(a.lo), z().SetUint64(b.lo)))
		same("left", wide{lo: a.lo}.left(by), z().Lsh(z().SetUint64(a.lo), by))
		if a.less(b) != (x.Cmp(y) < 0) {
			t.Fatalf("%v < %v: %v", x, y, a.less(b))
		}
		if !a.less(b) {
			same("minus", a.minus(b), z().Sub(x, y))
		}
		if f, _ := new(big.Float).SetInt(x).Float64(); math.Abs(a.float()-f) > 0x1p-52*f {
			t.Fatalf("%v as a float is %v, want %v", x, a.float(), f)
		}
		if b.lo > 0 {
			most := rng.Uint64()
			want := z().Quo(x, z().SetUint64(b.lo))
			if limit := z().SetUint64(most); want.Cmp(limit) > 0 {
				want = limit
			}
			same("over", wide{lo: a.over(b.lo, most)}, want)
		}
	}
}
