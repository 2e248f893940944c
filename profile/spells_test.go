package profile

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat"
)

// inBursts is a point of so many bursts of so many samples, with means that vary by one part and samples around them by another.
func inBursts(key Key, bursts, each int, between, within float64, r *rand.Rand) Service {
	s := Service{Key: key}
	var all []float64
	for range bursts {
		mean, sum := 1+between*r.NormFloat64(), 0.0
		for range each {
			x := 1e6 * (mean + within*r.NormFloat64())
			all, sum = append(all, x), sum+x
		}
		s.BurstMeansNs, s.BurstN = append(s.BurstMeansNs, sum/float64(each)), append(s.BurstN, each)
	}
	s.N = len(all)
	s.MeanNs, s.SDNs = stat.MeanStdDev(all, nil)
	return s
}

// TestSpellsAreWhatBurstsHaveInCommon: of samples with two parts of variance the one between bursts is found, to five standard errors (of a variance of 400 bursts), and none of
// samples that know nothing of each other. All batches of a model tell of it together.
func TestSpellsAreWhatBurstsHaveInCommon(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	key := func(batch int) Key {
		return Key{Stage: "infer", Resource: "cpu", Model: "a", Batch: batch, Threads: 1}
	}
	p := &Profile{Services: []Service{inBursts(key(1), 300, 14, 0.05, 0.08, r), inBursts(key(2), 100, 7, 0.05, 0.02, r)}}
	want := 0.05 * 0.05
	for batch := range 3 {
		if got := p.Spells(key(batch)); math.Abs(got-want) > 5*want*math.Sqrt(2./400)*1.5 { // half as much again, as within bursts there is chance too
			t.Errorf("batch %d: %v, want %v", batch, got, want)
		}
	}
	if got := p.Spells(Key{Stage: "infer", Resource: "cpu", Model: "a", Threads: 2}); got != 0 {
		t.Errorf("on two threads, which nobody measured: %v", got)
	}
	independent := &Profile{Services: []Service{inBursts(key(1), 300, 14, 0, 0.03, r)}}
	if got := independent.Spells(key(1)); got != 0 {
		t.Errorf("of samples that know nothing of each other: %v", got)
	}
	few := &Profile{Services: []Service{inBursts(key(1), 7, 14, 0.05, 0.01, r), inBursts(key(2), 100, 1, 0.05, 0.01, r)}}
	if got := few.Spells(key(1)); got != 0 {
		t.Errorf("of seven bursts, and of bursts of one: %v", got)
	}
	p.Services[0].Resource = "gpu"
	if got := p.Spells(p.Services[0].Key); got != 0 {
		t.Errorf("on a GPU: %v", got)
	}
}

// TestSpellsAreNotDrawnTwice: where bursts differ more than chance has it the simulator draws them; drawn anew, the mean of a point is what measuring leaves open of it.
func TestSpellsAreNotDrawnTwice(t *testing.T) {
	p := &Profile{Services: []Service{inBursts(Key{Stage: "infer", Resource: "cpu", Model: "a", Batch: 1, Threads: 1}, 64, 14, 0.05, 0.01, rand.New(rand.NewPCG(3, 4)))}}
	second, hour := stat.StdDev(draws(p, time.Second), nil), stat.StdDev(draws(p, time.Hour), nil)
	if want := 0.05 / 8; math.Abs(second-hour) > 0.1*hour || math.Abs(hour-want) > 0.4*want { // of 64 bursts the deviation is known to 9 %, of each burst to 4000 draws
		t.Errorf("means of runs of a second vary by %.4f, of an hour by %.4f, want both %.4f", second, hour, want)
	}
}
