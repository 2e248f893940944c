// Package compare predicts two scenarios with the same random numbers and says how they differ, with 95 % intervals of
// the differences between replications of the same number.
package compare

import (
	"context"
	"fmt"
	"strings"
	"time"

	"vsim/experiments/study"
	"vsim/sim"
	"vsim/sim/predict"
	"vsim/sim/report"
	"vsim/sim/scenario"
)

// Side is one of two scenarios to compare: a scenario or hardware file, or the name of an embedded machine. All of its
// options hold; those in Own are of this side alone and become part of its name.
type Side struct {
	File string
	scenario.Options
	Own []string // "key=value" each, after those of Options.Set
}

// Pair is both scenarios, A and B, and what to call them.
type Pair struct {
	Scenarios [2]*scenario.Scenario
	Names     [2]string
}

// Read reads both scenarios. The second one gets the seed and, where it is given, the number of replications of the first. Errors are
// *scenario.InputError.
func Read(a, b Side) (*Pair, error) {
	var p Pair
	var same []scenario.Override
	for i, side := range []Side{a, b} {
		source, err := scenario.Open(side.File)
		if err != nil {
			return nil, err
		}
		opt := side.Options
		opt.Set = append(opt.Set[:len(opt.Set):len(opt.Set)], side.Own...)
		s, err := source.With(opt, same...)
		if err != nil {
			return nil, err
		}
		p.Scenarios[i], p.Names[i] = s, strings.Join(append([]string{side.File}, side.Own...), " ")
		same = []scenario.Override{{Key: "run.seed", Value: s.Run.Seed}}
		if n := s.Run.Replications; n > 0 {
			same = append(same, scenario.Override{Key: "run.replications", Value: n})
		}
	}
	return &p, nil
}

// longer is how many times as long as its goals need a prediction is made for the sake of the other's.
const longer = 4

// Run predicts both scenarios, the one that is known sooner for as long as the other one needs, or longer times as long
// as it needed itself. progress may be nil.
func Run(ctx context.Context, pair *Pair, progress func(done float64)) (*Comparison, error) {
	var found [2]*sim.Prediction
	for i, s := range pair.Scenarios {
		p, err := sim.Predict(ctx, sim.Of(s), sim.Options{NoWhatIf: true, NoPI: true, Rounds: true, Progress: part(progress, i)})
		if err != nil {
			return nil, err
		}
		found[i] = p
	}
	if short, until := extend(found); until > 0 {
		p, err := sim.Predict(ctx, sim.Of(pair.Scenarios[short]), sim.Options{NoWhatIf: true, NoPI: true, Rounds: true, Until: until, Progress: part(progress, 2)})
		if err != nil {
			return nil, err
		}
		if p.Verdict != predict.Overloaded {
			found[short] = p
		}
	}
	return compared(pair, found), nil
}

// part reports the progress of the i-th of at most three predictions.
func part(progress func(float64), i int) func(float64) {
	if progress == nil {
		return nil
	}
	return func(done float64) { progress((float64(i) + done) / 3) }
}

// extend says which prediction to make longer, and until when; 0 where there is none: both end together, one has no
// steady state, or traffic ends by itself.
func extend(found [2]*sim.Prediction) (short int, until time.Duration) {
	var ends [2]time.Duration
	for i, p := range found {
		n := len(p.Rounds)
		if n == 0 || p.Verdict == predict.Overloaded || p.Rounds[n-1].Done {
			return 0, 0
		}
		ends[i] = p.Rounds[n-1].End
	}
	if ends[0] == ends[1] {
		return 0, 0
	}
	if ends[1] < ends[0] {
		short = 1
	}
	return short, min(ends[1-short], longer*ends[short])
}

// ofCycle says that a prediction is of a whole cycle of its traffic, of which there was too much for each replication.
func ofCycle(p *sim.Prediction) bool { return p.History != nil && p.History.Cycle }

// endOf is the simulated time that a prediction is of.
func endOf(p *sim.Prediction) time.Duration {
	if len(p.Rounds) == 0 {
		return 0
	}
	return p.Rounds[len(p.Rounds)-1].End
}

// compared makes the comparison of two predictions.
func compared(pair *Pair, found [2]*sim.Prediction) *Comparison {
	a, b := pair.Scenarios[0], pair.Scenarios[1]
	c := &Comparison{Seed: a.Run.Seed, Replications: min(found[0].Run.Replications, found[1].Run.Replications), A: summary(pair.Names[0], found[0]), B: summary(pair.Names[1], found[1])}
	end := study.Common(found[0], found[1])
	if ofCycle(found[0]) != ofCycle(found[1]) {
		end = 0 // one is of a whole cycle of the traffic, the other of a part of it or of several
	}
	before, after := study.At(found[0], end), study.At(found[1], end)
	if end == 0 {
		c.Notes = append(c.Notes, "the two runs have no moment in common, so that nothing is known of their differences; raise run.max_events")
	}
	c.PairedS = end.Seconds()
	for i, side := range found {
		if whole := endOf(side); end > 0 && whole > longer*end {
			c.Notes = append(c.Notes, fmt.Sprintf("%c is given as it is after %s of simulated time, the differences as they are after %s, when the other one ended; raise run.max_events of that",
				'A'+i, report.Span(whole.Seconds()), report.Span(end.Seconds())))
		}
	}
	if a.Pipeline != nil && b.Pipeline != nil && a.Pipeline.Model != b.Pipeline.Model {
		c.Notes = append(c.Notes, fmt.Sprintf("A serves %s and B %s; where both have times of one model, --set pipeline.model=NAME compares them with it",
			a.Pipeline.Model, b.Pipeline.Model))
	}
	priced, why := prices(a, b)
	if why != "" {
		c.Notes = append(c.Notes, why)
	}
	for _, m := range metrics {
		if m.cost && !priced {
			continue
		}
		if r := m.row(pair, found, before, after); study.Known(r.A) || study.Known(r.B) {
			c.Rows = append(c.Rows, r)
		}
	}
	return c
}

// prices says that both have a price in one currency, and otherwise why costs are left out where somebody might expect
// them.
func prices(a, b *scenario.Scenario) (ok bool, why string) {
	switch {
	case a.Price == nil && b.Price == nil:
		return false, ""
	case a.Price == nil || b.Price == nil:
		return false, "only one of the two has a price; give the other one [price] per_hour for the cost of requests"
	case a.Price.Currency != b.Price.Currency:
		return false, fmt.Sprintf("prices in %s and %s are not compared; give both in one currency", a.Price.Currency, b.Price.Currency)
	}
	return true, ""
}
