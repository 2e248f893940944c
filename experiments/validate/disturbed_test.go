package validate

import (
	"strings"
	"testing"

	"vsim/experiments/load"
	"vsim/profile/measure"
	"vsim/sim/scenario"
)

// tried is a validation of a case of which attempts were made, by rounds.
func tried(rounds ...[]attempt) (*validation, *Case) {
	c := &Case{Name: "c", Scenario: &scenario.Scenario{Pipeline: &scenario.Pipeline{Inference: "cpu"}}}
	v := newValidation(&Matrix{Cases: []*Case{c}}, Options{Rounds: len(rounds)})
	v.cases = v.m.Cases
	for round, attempts := range rounds {
		for _, a := range attempts {
			v.tries(liveRun{c, round}, a)
		}
	}
	return v, c
}

// TestLeastDisturbedAttemptsCount: of the attempts of a round that one counts; a round in which the machine was slower than in the quietest one does
// not, and is what is tried again, until it has been often enough. What is not known of the machine leaves nothing out.
func TestLeastDisturbedAttemptsCount(t *testing.T) {
	run := func(others, reference float64) attempt { return attempt{&load.Result{}, others, reference} }
	for name, c := range map[string]struct {
		rounds  [][]attempt
		counts  []int // by round the attempt that counts, -1 for none
		slowest int   // round, -1 for none
	}{
		"alike":               {[][]attempt{{run(0, 100)}, {run(0, 104)}}, []int{0, 0}, -1},
		"slower":              {[][]attempt{{run(0, 120)}, {run(0, 100)}}, []int{-1, 0}, 0},
		"the slower of two":   {[][]attempt{{run(0, 120)}, {run(0, 100)}, {run(0, 130)}}, []int{-1, 0, -1}, 2},
		"faster again":        {[][]attempt{{run(0, 120), run(0, 101)}, {run(0, 100)}}, []int{1, 0}, -1},
		"faster than before":  {[][]attempt{{run(0, 120), run(0, 90)}, {run(0, 100)}}, []int{1, -1}, 1},
		"often enough":        {[][]attempt{{run(0, 120), run(0, 110), run(0, 130)}, {run(0, 100)}}, []int{-1, 0}, -1},
		"not known":           {[][]attempt{{run(0, 0)}, {run(0, 100)}}, []int{0, 0}, -1},
		"others":              {[][]attempt{{run(0.2, 100), run(0.1, 200), run(0, 104)}, {run(0, 100)}}, []int{2, 0}, -1},
		"others all the time": {[][]attempt{{run(0.2, 100), run(0.1, 103)}, {run(0, 100)}}, []int{1, 0}, -1},
	} {
		v, of := tried(c.rounds...)
		var want []*load.Result
		for round, k := range c.counts {
			if k >= 0 {
				want = append(want, c.rounds[round][k].result)
			}
		}
		if got := v.results[of]; len(got) != len(want) || v.leftOut[of] != len(c.rounds)-len(want) {
			t.Errorf("%s: %d count and %d are left out, want %d", name, len(got), v.leftOut[of], len(want))
		} else {
			for i := range got {
				if got[i] != want[i] {
					t.Errorf("%s: another attempt counts in place %d", name, i)
				}
			}
		}
		round := -1
		if r, slowness := v.slowest(); slowness > measure.TooSlow {
			round = r.round
		}
		if round != c.slowest {
			t.Errorf("%s: round %d is tried again, want %d", name, round, c.slowest)
		}
	}
}

// TestLeftOutIsSaid, and a report without such a round is whole.
func TestLeftOutIsSaid(t *testing.T) {
	v, _ := tried([]attempt{{&load.Result{}, 0, 130}}, []attempt{{&load.Result{}, 0, 100}})
	v.sayDisturbed()
	if len(v.warnings) != 1 || !strings.Contains(v.warnings[0], "c, run 1: left out, as the machine was 30 % slower") || !v.whole() {
		t.Errorf("%q, whole %v", v.warnings, v.whole())
	}
}
