package measure

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"vsim/profile"
)

// ratios makes visits of one span alone and one beside neighbours, whose ratios are given.
func ratios(list ...float64) (out []visit) {
	for _, r := range list {
		out = append(out, visit{alone: Burst{{1000}}, beside: Burst{{1000 * r}}, quiet: true})
	}
	return out
}

// TestOneStalledVisitInEight: everything stood still for a second during one visit, alone or beside; the
// slow-down stays within the range of the others, and its interval is positive and as narrow as before
// within a factor of two.
func TestOneStalledVisitInEight(t *testing.T) {
	sound := slowdown(ratios(1.50, 1.52, 1.49, 1.51, 1.53, 1.48, 1.50, 1.50), 0)
	for _, wild := range []float64{3000, 1. / 3000} {
		i := slowdown(ratios(1.50, 1.52, wild, 1.51, 1.53, 1.48, 1.50, 1.50), 0)
		if i.Value < 1.48 || i.Value > 1.53 || i.Low < 1.4 || i.High-i.Low > 2*(sound.High-sound.Low) {
			t.Errorf("a ratio of %g among seven of 1.5: %+v, without it %+v", wild, i, sound)
		}
	}
	if i := slowdown(ratios(1, 1000, 1, 1000), 0); i.Low <= 0 {
		t.Errorf("interval %+v reaches 0", i)
	}
}

// TestSlowdownIntervalCoversTheTruth counts over 4000 experiments how often the interval holds the true slow-down,
// of visits that differ by 5 % and of visits of which one in twenty stalls. Margin: 3 standard errors of 4000
// coin flips at 95 % are 1 %; another 1 % because the interval is an approximation.
func TestSlowdownIntervalCoversTheTruth(t *testing.T) {
	for _, n := range []int{8, 20} {
		for _, stalled := range []float64{0, 0.05} {
			r := rand.New(rand.NewPCG(uint64(n), 9))
			hits := 0
			const experiments = 4000
			for range experiments {
				var list []float64
				for range n {
					ratio := 1.3 * math.Exp(0.05*r.NormFloat64())
					if r.Float64() < stalled {
						ratio *= math.Exp(5 * r.NormFloat64())
					}
					list = append(list, ratio)
				}
				if i := slowdown(ratios(list...), 0); i.Low <= 1.3 && 1.3 <= i.High {
					hits++
				}
			}
			if cover := float64(hits) / experiments; cover < 0.93 || cover > 0.97 {
				t.Errorf("%d visits, %g stalled: the interval holds the slow-down in %.1f %% of cases, want 95", n, stalled, 100*cover)
			}
		}
	}
}

// TestDoubtfulSlowdowns: one that its interval does not tell is marked in the profile and its table, sound ones are not.
func TestDoubtfulSlowdowns(t *testing.T) {
	chain := &Chain{Keys: []profile.Key{{Stage: "decode", Resource: "gpu"}}}
	for _, c := range []struct {
		visits  []visit
		warning string
	}{
		{ratios(1, 1, 30, 30, 1, 1, 30, 30), "doubtful: the 95 % interval of the slow-down, "},
		{ratios(1.1), "one burst: "},
		{ratios(1.1, 1.2, 1.1, 1.2, 1.1, 1.2, 1.1, 1.2), ""},
	} {
		got := contention(&Point{Chain: chain, Crew: &Crew{Stage: "resize"}, K: 1, visits: c.visits}, chain.Keys[0], "resize", 0, c.visits)
		if text := strings.Join(got.Warnings, "; "); !strings.HasPrefix(text, c.warning) || (text == "") != (c.warning == "") {
			t.Errorf("%+v: warnings %q, want %q", got, text, c.warning)
		}
		p := &profile.Profile{Contention: []profile.Contention{got, {Stage: "infer", Beside: "infer", Neighbours: 1, Slowdown: 1, N: 1}}}
		var table strings.Builder
		if err := WriteTable(&table, p); err != nil || strings.Contains(table.String(), "!") != (c.warning != "") {
			t.Errorf("error %v, table\n%s", err, &table)
		}
		if doubts := strings.Join(Doubts(p), "; "); (doubts == "") != (c.warning == "") || doubts != "" && !strings.HasSuffix(doubts, ": decode beside 1 resize") {
			t.Errorf("doubts %q", doubts)
		}
	}
}
