package engine

import (
	"math"
	"testing"
	"time"

	"vsim/sim/engine/oracle"
	"vsim/sim/engine/random"
)

// inSpells gives all steps of a system spells with factors of a relative standard deviation that last for so long in the mean, ns.
func inSpells(sys *System, deviation, mean float64) {
	for i := range sys.Pools {
		for k := range sys.Pools[i].Steps {
			sys.Pools[i].Steps[k].Spells = &Spells{Lasts: must(random.Exponential(mean)), Factor: must(random.Gamma(VariesUnit, deviation))}
		}
	}
}

// TestSpellsForget: jobs that begin t apart are alike by exp(-t/mean), as an exponential stretch goes on for longer than t with that probability; more of them are in
// quick spells than in slow ones, so that their mean is the factors' harmonic one, 1-deviation^2 of a gamma distribution. A client alone whose requests take 1 ms, 200,000 times;
// tolerances are five standard errors, an independent stretch in two means.
func TestSpellsForget(t *testing.T) {
	const deviation, mean, n = 0.1, 20e6, 200_000
	sys := queue(1, Source{Clients: 1}, must(random.Constant(1e6)))
	inSpells(sys, deviation, mean)
	left := departures(t, newRun(t, sys, 0), n)
	took := make([]float64, 0, n)
	sum := 0.0
	for i := 1; i < len(left); i++ {
		took = append(took, float64(left[i].at-left[i-1].at)/1e6-(1-deviation*deviation))
		sum += took[len(took)-1]
	}
	margin := 5 / math.Sqrt(n*1e6/(2*mean))
	if got := sum / n; math.Abs(got) > margin*deviation {
		t.Errorf("the mean of jobs is off by %+.4f", got)
	}
	for lag, want := range map[int]float64{0: 1, 5: math.Exp(-0.25), 20: math.Exp(-1), 100: math.Exp(-5)} {
		products := 0.0
		for i := lag; i < len(took); i++ {
			products += took[i] * took[i-lag]
		}
		if got := products / float64(len(took)-lag) / (deviation * deviation); math.Abs(got-want) > 3*margin {
			t.Errorf("after %d ms the correlation is %.3f, want %.3f within %.3f", lag, got, want, 3*margin)
		}
	}
}

// TestLongSpellsAreRunsOfTheirOwn: where a spell lasts for ever a run is that of a server with times so many times as long.
func TestLongSpellsAreRunsOfTheirOwn(t *testing.T) {
	sys := queue(1, poisson(500), exponential(time.Millisecond))
	inSpells(sys, 0.2, 1e14)
	r := newRun(t, sys, 3)
	left := departures(t, r, 500)
	factor := r.stages[0].spells.factor
	slower := queue(1, poisson(500), must(exponential(time.Millisecond).Scaled(factor)))
	for i, d := range departures(t, newRun(t, slower, 3), 500) {
		if off := d.at - left[i].at; off < -500 || off > 500 || d.request != left[i].request { // ns, of rounding each job
			t.Fatalf("request %d leaves at %d, with times %.3f times as long at %d", left[i].request, left[i].at, factor, d.at)
		}
	}
}

// TestSpellsDrawFromTheirOwnStream: spells of the factor 1 change nothing.
func TestSpellsDrawFromTheirOwnStream(t *testing.T) {
	sys := queue(2, poisson(1500), exponential(time.Millisecond))
	without := departures(t, newRun(t, sys, 0), 500)
	sys.Pools[0].Steps[0].Spells = &Spells{Lasts: must(random.Exponential(1e6)), Factor: must(random.Constant(VariesUnit))}
	for i, d := range departures(t, newRun(t, sys, 0), 500) {
		if d != without[i] {
			t.Fatalf("departure %d is %+v, without spells %+v", i, d, without[i])
		}
	}
}

// TestQueuesInSpells: where each job has a spell of its own the queue is M/G/1 (Pollaczek-Khinchine). Where spells are long beside the time in which a queue forgets, it is now that of one
// factor, now that of the other: the mean of two M/D/1 (the quasi-static limit of a queue in a random environment; Neuts 1981, Matrix-Geometric Solutions, section 6.2).
func TestQueuesInSpells(t *testing.T) {
	const rate, off = 600, 0.2
	factors := must(random.Empirical([]float64{0, 0.5, 0.5000001, 1}, []float64{(1 - off) * VariesUnit, (1 - off) * VariesUnit, (1 + off) * VariesUnit, (1 + off) * VariesUnit}, VariesUnit))
	in := func(spell time.Duration) []float64 {
		sys := queue(1, poisson(rate), constant(time.Millisecond))
		sys.Pools[0].Steps[0].Spells = &Spells{Lasts: must(random.Exponential(float64(spell))), Factor: factors}
		return observe(t, sys, 600*time.Second, meanMs)
	}
	md1 := func(ms float64) float64 { return ms + oracle.MD1Wait(rate*1e-3, ms) }
	agree(t, "each by itself: mean latency, ms", in(1), 1+oracle.MG1Wait(rate*1e-3, 1, off), 0.02)
	agree(t, "alike for 3 s: mean latency, ms", in(3*time.Second), (md1(1-off)+md1(1+off))/2, 0.04)
}
