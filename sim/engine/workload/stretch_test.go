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

// randomStretch has any length and speeds that there can be.
func randomStretch(rng *rand.Rand) stretch {
	speed := func() uint64 { return rng.Uint64() >> (11 + rng.IntN(50)) >> (rng.IntN(8) / 7 * 63) }
	return newStretch(1+event.Time(rng.Uint64()>>(10+rng.IntN(53))), speed(), speed())
}

// The whole area takes the whole length, whatever floats make of it, and all parts of it less.
func TestStretchEndsAtItsEnd(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 1))
	for range 200_000 {
		s := randomStretch(rng)
		if s.area == (wide{}) {
			continue
		}
		at := s.at(s.area)
		// Where the speed falls to nothing, a part p of the area is up to the part sqrt(p) of the length. Floats
		// lose some 2^-52, and areas are whole, rounded down by up to a half.
		if margin := 0.5 + (0x1p-25+math.Sqrt(0.5/s.area.float()))*float64(s.length); at < 0 || at > s.length || float64(s.length-at) > margin {
			t.Fatalf("%+v: the area is done at %d", s, at)
		}
		if part := s.at(s.area.right(uint(1 + rng.IntN(100)%64))); part < 0 || part > at {
			t.Fatalf("%+v: a part of the area is done at %d, all of it at %d", s, part, at)
		}
	}
}

// Late in a long ramp, floats can tell only every second ns and step back at times. Arrivals do not.
func TestArrivalsDoNotStepBack(t *testing.T) {
	p := start(traffic(t, exponential(), Schedule{Pieces: []Piece{{random.MaxNs, 1e8, 9e8}}}), 1, 0).(*renewals)
	p.area = p.stretch.area.right(1)
	back, last, raw := 0, event.Time(0), event.Time(0)
	for range 2_000_000 {
		at, _, _ := p.Next()
		if at < last {
			t.Fatalf("an arrival at %d ns after one at %d ns", at, last)
		}
		now := p.stretch.at(p.area)
		if now < raw {
			back++
		}
		last, raw = at, now
	}
	if back == 0 {
		t.Error("floats never stepped back: the test shows nothing")
	}
}

// Cycles that are left behind are so for sure, and nearly all of them.
func TestLapsAreLeftBehind(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 1))
	value := func(a wide) *big.Int {
		x := new(big.Int).SetUint64(a.hi)
		return x.Lsh(x, 64).Add(x, new(big.Int).SetUint64(a.lo))
	}
	for range 100_000 {
		s := randomStretch(rng)
		c := cycle{length: s.length, area: s.area}
		area := wide{rng.Uint64() >> 10, rng.Uint64()}.right(uint(rng.IntN(65)))
		if rng.IntN(2) == 0 { // just as large, or a little larger
			area = c.area.times(1 + rng.Uint64N(4)).plus(wide{lo: rng.Uint64N(2)})
		}
		if c.area == (wide{}) || !c.area.less(area) {
			continue
		}
		laps := c.laps(area)
		n := int64(laps.length / c.length)
		done, all := new(big.Int).Mul(value(c.area), big.NewInt(n)), value(area)
		if n < 1 || event.Time(n)*c.length != laps.length || value(laps.area).Cmp(done) != 0 || done.Cmp(all) >= 0 {
			t.Fatalf("cycle %+v, area %+v: laps %+v", c, area, laps)
		}
		if twice := done.Mul(done, big.NewInt(3)); twice.Cmp(all) < 0 && n < int64(forever/c.length) {
			t.Fatalf("cycle %+v, area %+v: only %d laps", c, area, n)
		}
	}
}

// Gaps of nothing bring no arrivals where there is no rate.
func TestNoRateBeatsNoGap(t *testing.T) {
	gaps := must(random.Exponential(0.5)) // mostly rounded to 0
	for _, rate := range []Rate{Constant(0), MMPP{States: []State{{0, time.Second}, {0, time.Hour}}}} {
		for replication := range 20 {
			if at, _, ok := start(traffic(t, gaps, rate), 1, replication).Next(); ok {
				t.Fatalf("%+v: an arrival at %d ns", rate, at)
			}
		}
	}
}
