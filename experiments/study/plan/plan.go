// Package plan finds the cheapest machine, size and setting of a scenario that meets service level objectives at a load.
//
// Candidates are looked at in the order of what they cost at least. Bounds (see bounds) leave out what cannot do; a short
// simulation of a size, and of sizes between one that fails and one that does, finds the smallest size of a setting; what
// is then the cheapest is simulated in full before it is the plan. So nothing cheaper than the plan is left that does,
// as far as the searched keys and values go: no dearer one is looked at before (branch and bound; Land and Doig 1960).
package plan

import (
	"context"
	"fmt"
	"slices"
	"time"

	"vsim/experiments/study"
	"vsim/sim"
	"vsim/sim/scenario"
)

// Question is what a plan is asked for.
type Question struct {
	Source   *scenario.Source
	Set      []scenario.Override // of the command line
	Profile  string              // measured service times of the file's own machine; "" for the file's
	Machines []string            // embedded names or files; nil: the catalogue, and the file's own machine
	Axes     []study.Axis        // keys to search instead of, and besides, those of a preset
	SLOs     []SLO
	Load     Load
	Prices   map[string]float64 // by machine, an hour; they come before the machines' own
	Least    Objective
	Progress func(line string) // hears of the first candidate that holds; may be nil
}

// Objective is what a plan is to have least of.
type Objective string

// Objectives: the price an hour, or where no machine has one the number of devices; the energy of a request.
const (
	LeastCost   Objective = "cost"
	LeastEnergy Objective = "energy"
)

// ParseObjective reads an objective. Errors are *scenario.InputError.
func ParseObjective(text string) (Objective, error) {
	for _, o := range []Objective{LeastCost, LeastEnergy} {
		if string(o) == text {
			return o, nil
		}
	}
	return "", &scenario.InputError{Faults: []scenario.Fault{{File: "--least", Key: text, Rule: "is not an objective", Remedy: "write cost or energy"}}}
}

// asGiven is the command line's part of the file's own scenario.
func (q *Question) asGiven() []scenario.Override {
	out := append([]scenario.Override(nil), q.Set...)
	if q.Profile != "" {
		out = append(out, scenario.Override{Key: "profile", Value: q.Profile})
	}
	return out
}

// search is a question on its way to an answer.
type search struct {
	q        *Question
	began    time.Time
	slos     []SLO
	base     *scenario.Scenario // the file as it is; nil where it names no machine
	example  *scenario.Scenario // the file on the first machine
	traffic  traffic
	rps      float64
	machines []*offer
	priced   bool
	currency string
	leftOut  []string

	nodes   []*node
	trials  map[string]*trial
	order   []string // of the trials
	runs    int
	firstS  float64
	faults  error // why the last variant that cannot be built cannot
	screens int   // systems whose bounds were worked out
}

// Find answers a question. Where nothing holds, the answer has no plan but the nearest miss. Errors are
// *scenario.InputError where the question is wrong, and the context's.
func Find(ctx context.Context, q *Question) (*Answer, error) {
	s, err := begin(q)
	if err != nil {
		return nil, err
	}
	if err := s.offers(); err != nil {
		return nil, err
	}
	if err := s.atLoad(); err != nil {
		return nil, err
	}
	if err := s.open(); err != nil {
		return nil, err
	}
	if err := s.early(ctx); err != nil {
		return nil, err
	}
	best, err := s.cheapest(ctx, nil)
	if err != nil {
		return nil, err
	}
	a := s.answer()
	if best == nil {
		a.NearestMiss, err = s.nearest(ctx)
		a.finish(s)
		return a, err
	}
	a.Plan = s.plan(best)
	if a.Boundary, err = s.boundary(ctx, best.v, best.size, s.rps); err != nil {
		return nil, err
	}
	a.Plan.HeadroomLoad = max(a.Boundary.HoldsRPS/s.rps-1, 0)
	if a.Prices, err = s.sensitivity(ctx, best); err != nil {
		return nil, err
	}
	if a.Pareto, err = s.pareto(ctx, best); err != nil {
		return nil, err
	}
	a.finish(s)
	return a, nil
}

// begin checks what can be checked before machines are looked at.
func begin(q *Question) (*search, error) {
	s := &search{q: q, began: time.Now(), trials: map[string]*trial{}, slos: q.SLOs}
	if len(q.SLOs) == 0 {
		return nil, &scenario.InputError{Faults: []scenario.Fault{{File: "--slo", Rule: "no objective is given", Remedy: "for example --slo 'p99<50ms'"}}}
	}
	if !speaksOf(q.SLOs, ErrorRate) {
		s.slos = append(append([]SLO(nil), q.SLOs...), mostDropped)
	}
	base, err := q.Source.Scenario(q.asGiven()...)
	if err != nil {
		// A file that leaves its machine to the plan is no scenario alone; any other fault shows on every machine.
		return s, nil
	}
	s.base = base
	return s, nil
}

func speaksOf(slos []SLO, m Metric) bool {
	for i := range slos {
		if slos[i].Metric == m {
			return true
		}
	}
	return false
}

// atLoad reads the load, and checks the objectives against the classes.
func (s *search) atLoad() error {
	if len(s.machines) == 0 {
		return scenario.BadInput("--machines", "there is nothing to search: %v", s.leftOut)
	}
	load, err := s.q.Load.rate(&s.example.Workload)
	if err != nil {
		return err
	}
	if s.traffic, err = trafficOf(s.example, load); err != nil {
		return err
	}
	s.rps = s.traffic.nearest(s.traffic.rps)
	if load > 0 {
		s.rps = s.traffic.nearest(load) * max(s.traffic.day, 1)
	}
	var names []string
	for _, c := range s.example.General().Classes {
		names = append(names, c.Name)
	}
	for i := range s.slos {
		if o := &s.slos[i]; o.Class != "" && !(len(names) > 1 && contains(names, o.Class)) {
			remedy := "the scenario has one class of requests; leave the class out"
			if len(names) > 1 {
				remedy = fmt.Sprintf("classes: %q", names)
			}
			return badSLO(o.Text, fmt.Sprintf("there is no class %q", o.Class), remedy)
		}
	}
	return nil
}

func contains(list []string, x string) bool {
	for _, have := range list {
		if have == x {
			return true
		}
	}
	return false
}

// source is a variant's scenario of a size at a load, with more keys set.
func (s *search) source(v *variant, z size, rps float64, more ...scenario.Override) sim.Source {
	return sim.From(s.q.Source, s.overrides(v, z, rps, more...)...)
}

func (s *search) overrides(v *variant, z size, rps float64, more ...scenario.Override) []scenario.Override {
	return slices.Concat(v.offer.overrides(z), v.sets, s.traffic.at(rps), more)
}
