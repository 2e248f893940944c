package explain

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"vsim/experiments/study"
	"vsim/sim"
	"vsim/sim/predict"
	"vsim/sim/report"
	"vsim/sim/scenario"
	"vsim/sim/topology"
)

// Cause is the reason that an answer gives.
type Cause string

// Why throughput does not grow with instances.
const (
	Grows        Cause = "it grows"
	LittleLoad   Cause = "too little load"       // what arrives, or the clients, are too few for more instances
	SharedDevice Cause = "shared device"         // instances slow each other down, or take turns
	OtherStage   Cause = "another stage"         // whose workers are full
	OtherWork    Cause = "work of another stage" // fills a resource, whether or not instances use it, too
	NoInstances  Cause = "no instances"          // no stage has a number of workers
	NotPossible  Cause = "not possible"          // twice the instances are no valid scenario
	NotKnown     Cause = "not known"             // what it can serve, with or without more instances
	Unclear      Cause = "parts wait for each other"
)

// Thresholds of answers.
const (
	halfway   = 0.5 // of the throughput that twice the instances would bring if nothing were in their way
	belowFull = 0.8 // of its capacity: a system that serves less has room
)

// question is how people ask.
const growthQuestion = "Why does throughput not grow with instances?"

// whyNoGrowth doubles the instances at the scenario's own load and at full load.
func (l *lab) whyNoGrowth(ctx context.Context) (*Answer, error) {
	i := l.instances()
	if i < 0 {
		return &Answer{Question: growthQuestion, Cause: NoInstances, Text: "No stage has a number of workers that could grow.", Numbers: Numbers{}}, nil
	}
	st := &l.built.Topology.Stages[i]
	n := l.workers(st)
	twice := variant{set: []scenario.Override{{Key: st.WorkersKey, Value: 2 * n}}}
	own, err := l.predict(ctx, twice)
	if reason, ok := impossible(err); ok {
		return &Answer{Question: growthQuestion, Cause: NotPossible, Numbers: Numbers{"instances": float64(n)},
			Text: fmt.Sprintf("Twice the %d workers of %s are not possible: %s %s.", n, st.Name, st.WorkersKey, reason)}, nil
	}
	if err != nil {
		return nil, err
	}
	full, err := l.saturated(ctx, twice)
	if err != nil {
		return nil, err
	}
	if !served(l.full) || !served(full) {
		return &Answer{Question: growthQuestion, Cause: NotKnown, Numbers: Numbers{"instances": float64(n)},
			Text: "What it can serve was not simulated for long enough for an answer to come back; raise run.max_events."}, nil
	}
	g := &growth{lab: l, stage: i, n: n, own: own, full: full}
	return g.answer(), nil
}

// instances is the stage whose workers people call instances: that which works on a GPU, or else does most work; -1 where
// all stages let everybody in.
func (l *lab) instances() int {
	best, most := -1, 0.0
	for i := range l.built.Topology.Stages {
		st := &l.built.Topology.Stages[i]
		if l.built.System.Pools[st.Pools[0]].Workers == 0 {
			continue
		}
		work := atWork(&l.full.Stages[i]) + 1e-9
		for k := range st.Steps {
			if l.built.Topology.Resources[st.Steps[k].Resource].Type == topology.GPU {
				work += 1000 // before all others
				break
			}
		}
		if best < 0 || work > most {
			best, most = i, work
		}
	}
	return best
}

// workers is the number that the stage's key says: those of one copy of it.
func (l *lab) workers(st *topology.Stage) int {
	return l.built.System.Pools[st.Pools[0]].Workers * st.Consumers
}

// growth is what twice the instances of a stage bring.
type growth struct {
	*lab
	stage     int
	n         int             // instances now, in one place
	own, full *sim.Prediction // with twice as many, at the scenario's own load and at full load
}

func (g *growth) answer() *Answer {
	before, after := g.lab.full.ThroughputRPS.Value, g.full.ThroughputRPS.Value
	gain := after/before - 1
	a := &Answer{Question: growthQuestion, Numbers: Numbers{"instances": float64(g.n), "capacity_rps": before, "capacity_rps_twice_the_instances": after,
		"throughput_rps": g.now.ThroughputRPS.Value, "throughput_change_twice_the_instances": g.change().Value}}
	name := g.built.Topology.Stages[g.stage].Name
	what := fmt.Sprintf("From %d to %d workers of %s (%s) the capacity goes from %s to %s (%+.1f %%).", g.n, 2*g.n, name,
		g.built.Topology.Stages[g.stage].WorkersKey, report.Rate(before), report.Rate(after), 100*gain)
	little := g.now.Verdict != predict.Overloaded && g.now.ThroughputRPS.Value < belowFull*before
	switch {
	case gain >= halfway:
		a.Cause, a.Text = Grows, "It does grow. "+what
	default:
		var why string
		a.Cause, why = g.obstacle(a.Numbers)
		a.Text = what + " " + why
	}
	if little {
		a.Cause = LittleLoad
		a.Text = g.tooLittle(before) + " At full load: " + strings.TrimPrefix(a.Text, "It does grow. ")
	}
	return a
}

// tooLittle says that nothing is full at the scenario's own load.
func (g *growth) tooLittle(capacity float64) string {
	served, twice := g.now.ThroughputRPS.Value, relative(g.change())
	part := fmt.Sprintf("%s of the %s that it can serve", report.Percent(served/capacity), report.Rate(capacity))
	if g.open() {
		return fmt.Sprintf("Throughput is what arrives, %s, which is %s; twice the instances change it by %s.", report.Rate(served), part, twice)
	}
	return fmt.Sprintf("%d client%s %s too few: each waits for its answer, so that they send %s, %s; twice the instances change it by %s.",
		g.clients(), study.Plural(g.clients()), areOrIs(g.clients()), report.Rate(served), part, twice)
}

// change is that of the throughput at the scenario's own load.
func (g *growth) change() sim.Estimate {
	return study.Paired(g.at(g.now), g.at(g.own), study.Throughput, study.Ratio)
}

func areOrIs(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// obstacle says what is in the way of twice the instances at full load.
func (g *growth) obstacle(numbers Numbers) (Cause, string) {
	all := limits(g.built.Topology, g.full, g.full)
	before := limits(g.built.Topology, g.lab.full, g.lab.full)
	for _, l := range all[:min(len(all), 1)] {
		numbers["busy"] = l.BusyFull
		busy := fmt.Sprintf("%s with %d, %s with %d", report.Percent(busyOf(before, &l)), g.n, report.Percent(l.BusyFull), 2*g.n)
		if l.BusyFull < belowFull {
			break
		}
		if l.resource >= 0 {
			return g.fullResource(&l, busy, numbers)
		}
		if l.stage != g.stage {
			return OtherStage, fmt.Sprintf("The bottleneck is another stage: the %s are busy for %s (%s), while those of %s are at work for %s only.",
				l.Name, busy, l.Key, g.built.Topology.Stages[g.stage].Name, report.Percent(atWork(&g.full.Stages[g.stage])))
		}
	}
	if text := g.slowedDown(numbers); text != "" {
		return SharedDevice, text
	}
	busiest := "nothing"
	if len(all) > 0 {
		busiest = fmt.Sprintf("the busiest, %s, is so for %s", all[0].Name, report.Percent(all[0].BusyFull))
	}
	return Unclear, "Nothing is full: " + busiest + ". Its parts wait for each other, as workers who hold a batch through all steps do."
}

// busyOf is the busy part of the same limit in another list, 0 where it is not in it.
func busyOf(list []Limit, l *Limit) float64 {
	if i := slices.IndexFunc(list, func(o Limit) bool { return o.stage == l.stage && o.resource == l.resource }); i >= 0 {
		return list[i].BusyFull
	}
	return 0
}

// fullResource is the obstacle where a resource is full: the instances share it, or others need it.
func (g *growth) fullResource(l *Limit, busy string, numbers Numbers) (Cause, string) {
	own, others, who := g.workOn(l.resource)
	name := g.built.Topology.Stages[g.stage].Name
	numbers["own_part_of_the_work"] = own / (own + others)
	switch {
	case own == 0:
		return OtherWork, fmt.Sprintf("The bottleneck is elsewhere: %s is busy for %s with %s, which %s does not need.", l.named(), busy, who, name)
	case own < others:
		return OtherWork, fmt.Sprintf("%s is busy for %s, and %s of that is %s, not %s: more instances only take from what feeds them.",
			l.named(), busy, report.Percent(others/(own+others)), who, name)
	}
	return SharedDevice, fmt.Sprintf("The instances share %s, which is busy for %s: no instance adds to it.%s", l.named(), busy, g.beside(l.resource, numbers))
}

// workOn is how many workers of the instances' stage, and of all others, are at work on a resource on average, and what
// the others do there most.
func (g *growth) workOn(resource int) (own, others float64, who string) {
	most := 0.0
	for i := range g.built.Topology.Stages {
		st := &g.built.Topology.Stages[i]
		for k := range st.Steps {
			if st.Steps[k].Resource != resource {
				continue
			}
			workers := 0.0
			for _, p := range st.Pools {
				workers += float64(g.built.System.Pools[p].Workers)
			}
			work := stepAtWork(&g.full.Stages[i].Steps[k]) * workers
			if workers == 0 { // everybody is let in: as many as Little's law says
				s := &g.full.Stages[i]
				work = s.Steps[k].AloneS.Value * s.Visits.Value * g.full.ThroughputRPS.Value / max(s.MeanBatch.Value, 1)
			}
			if i == g.stage {
				own += 2 * work // twice the workers that the system had
				continue
			}
			if others += work; work > most {
				most, who = work, fmt.Sprintf("%s of %s", st.Steps[k].Name, st.Name)
				if st.Steps[k].Name == st.Name {
					who = st.Name
				}
			}
		}
	}
	return own, others, who
}

// beside says how much longer a batch takes on a resource as others are there.
func (g *growth) beside(resource int, numbers Numbers) string {
	k := slices.IndexFunc(g.built.Topology.Stages[g.stage].Steps, func(s topology.Step) bool { return s.Resource == resource })
	if k < 0 {
		return ""
	}
	one, two := &g.lab.full.Stages[g.stage].Steps[k], &g.full.Stages[g.stage].Steps[k]
	before, after := one.SharingS.Value+one.WaitS.Value, two.SharingS.Value+two.WaitS.Value
	numbers["alone_s"], numbers["beside_others_s"], numbers["beside_others_s_twice_the_instances"] = one.AloneS.Value, before, after
	how := "beside others"
	if two.WaitS.Value > two.SharingS.Value {
		how = "in line for it"
	}
	return fmt.Sprintf(" %s takes %s alone, and %s more %s with %d, %s more with %d.", upper(two.Name), report.Span(two.AloneS.Value), zero(before), how, g.n, zero(after), 2*g.n)
}

// slowedDown says that the instances' own steps take much longer beside each other, "" where they do not.
func (g *growth) slowedDown(numbers Numbers) string {
	const much = 0.2
	steps := g.full.Stages[g.stage].Steps
	if len(steps) == 0 {
		return ""
	}
	worst := slices.MaxFunc(steps, func(a, b predict.Step) int {
		return cmp.Compare(a.SharingS.Value+a.WaitS.Value, b.SharingS.Value+b.WaitS.Value)
	})
	more := worst.SharingS.Value + worst.WaitS.Value
	if more < much*worst.AloneS.Value {
		return ""
	}
	numbers["alone_s"], numbers["beside_others_s_twice_the_instances"] = worst.AloneS.Value, more
	return fmt.Sprintf("The instances slow each other down on %s: %s takes %s alone, and %s more beside others with %d.",
		worst.Resource, worst.Name, report.Span(worst.AloneS.Value), report.Span(more), 2*g.n)
}

// zero writes a span, nothing as 0.
func zero(seconds float64) string {
	if seconds < 1e-9 {
		return "nothing"
	}
	return report.Span(seconds)
}

// upper begins a sentence.
func upper(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return strings.ToUpper(s[:size]) + s[size:]
}
