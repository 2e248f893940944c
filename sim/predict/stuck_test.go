package predict

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"vsim/sim/engine"
	"vsim/sim/engine/stats"
)

// roundsOf gives rounds of eight replications whose numbers differ by a part that stays and one that shrinks with the root of the length.
func roundsOf(r *rand.Rand, n int, stays, shrinks float64) (rounds []round) {
	var fixed, sums [8]float64
	for k := range fixed {
		fixed[k] = stays * r.NormFloat64()
	}
	length, before := 1.0, 0.0
	for i := range n {
		var out round
		for k := range sums { // what is new of a longer run adds to what was there
			sums[k] += shrinks * math.Sqrt(length-before) * r.NormFloat64()
			out.rates = append(out.rates, 100*(1+fixed[k]+sums[k]/length))
			out.p99s = append(out.p99s, 1e6)
		}
		rounds = append(rounds, out)
		before = length
		if length *= 1.5; i%2 == 1 {
			length = math.Pow(2, float64(i/2+1))
		}
	}
	return rounds
}

// TestReplicationsThatStayApartAreKnown, and those that a longer run brings together are not taken for such: hardly one in a hundred.
func TestReplicationsThatStayApartAreKnown(t *testing.T) {
	r, opt := rand.New(rand.NewPCG(1, 2)), &Options{ThroughputGoal: 1e-6, P99Goal: 1e-6}
	wrong := 0
	for range 1000 {
		if lasting(roundsOf(r, 20, 0, 0.1), opt) {
			wrong++
		}
		if !lasting(roundsOf(r, 20, 0.02, 0.001), opt) {
			t.Fatal("replications that stay 2 % apart are not known")
		}
	}
	if wrong > 20 {
		t.Errorf("%d of 1000 studies that longer runs help are taken for stuck", wrong)
	}
	if lasting(roundsOf(r, sixteenfold, 0.02, 0), opt) || lasting(roundsOf(r, 20, 0.02, 0), &Options{ThroughputGoal: 0.1, P99Goal: 0.1}) {
		t.Error("too early to say, or narrow enough")
	}
}

// TestStuckStudiesEnd after three rounds that say so, with a warning, and only those of closed loops.
func TestStuckStudiesEnd(t *testing.T) {
	sys := queue(1, engine.Source{Clients: 4})
	s := &study{sys: sys, opt: Options{ThroughputGoal: 0.001, P99Goal: 0.01}, rounds: roundsOf(rand.New(rand.NewPCG(3, 4)), 20, 0.02, 0)}
	s.windows = []engine.Window{{Completed: plenty, Latency: stats.Histogram{}}}
	for i, want := range []bool{false, false, true} {
		if got := s.stuck(); got != want {
			t.Errorf("round %d: %v", i+1, got)
		}
	}
	if !strings.Contains(s.doubt, "longer runs hardly narrow them") {
		t.Errorf("it says %q", s.doubt)
	}
	s.still, s.sys = 0, queue(1, poisson(100))
	for range 2 * inARow {
		if s.stuck() {
			t.Fatal("an open loop")
		}
	}
}
