package explain

import (
	"context"
	"errors"
	"time"

	"vsim/experiments/study"
	"vsim/sim"
	"vsim/sim/compile"
	"vsim/sim/engine"
	"vsim/sim/predict"
	"vsim/sim/scenario"
	"vsim/sim/topology"
)

// lab predicts variants of one scenario.
type lab struct {
	source *scenario.Source
	opt    scenario.Options
	s      *scenario.Scenario
	built  *compile.Built
	now    *sim.Prediction // the scenario as it is
	end    time.Duration   // simulated time after which variants are compared with it; 0 where there is none
	full   *sim.Prediction // the scenario with more clients than it can serve
}

// variant is a change of the scenario: keys with other values, or a change of the system where no key says it.
type variant struct {
	set    []scenario.Override
	change func(sys *engine.System, top *topology.Topology) error
}

// Of what variants are allowed to cost beside the scenario itself.
const (
	variantEvents = 2_000_000 // of a variant, about
	leastPart     = 4         // but a variant runs for at least the 4th part of what the scenario itself ran
	fullEvents    = 20_000_000
)

// newLab reads and predicts the scenario.
func newLab(ctx context.Context, source *scenario.Source, opt scenario.Options, progress func(float64)) (*lab, error) {
	l := &lab{source: source, opt: opt}
	var err error
	if l.s, err = source.With(opt); err != nil {
		return nil, err
	}
	if l.built, err = sim.Compile(sim.Of(l.s)); err != nil {
		return nil, err
	}
	if l.now, err = sim.Predict(ctx, sim.Of(l.s), sim.Options{NoWhatIf: true, NoPI: true, Rounds: true, Whole: true, Progress: progress}); err != nil {
		return nil, err
	}
	l.end = comparedAt(l.now)
	return l, nil
}

// comparedAt is the round of a prediction at which its variants are compared with it: the last that they reach with
// variantEvents, but at least its leastPart.
func comparedAt(p *sim.Prediction) time.Duration {
	n := len(p.Rounds)
	if n == 0 {
		return 0
	}
	last := p.Rounds[n-1].End
	for i := n - 1; i > 0; i-- {
		if end := p.Rounds[i].End; float64(p.Run.Events)*end.Seconds()/last.Seconds() <= variantEvents || p.Rounds[i-1].End < last/leastPart {
			return end
		}
	}
	return p.Rounds[0].End
}

// open says that requests come whatever becomes of them.
func (l *lab) open() bool { return l.built.System.Source.Clients == 0 }

// clients is their number in a closed loop, 0 in an open one.
func (l *lab) clients() int { return l.built.System.Source.Clients }

// scenario is the variant of the scenario. The number of clients stays, also where it is a default that follows from
// something that varies.
func (l *lab) scenario(v variant) (*scenario.Scenario, error) {
	var all []scenario.Override
	if !l.open() {
		all = append(all, scenario.Override{Key: "workload.concurrency", Value: l.clients()})
	}
	return l.source.With(l.opt, append(all, v.set...)...)
}

// predict predicts a variant, for as long as the scenario is compared.
func (l *lab) predict(ctx context.Context, v variant) (*sim.Prediction, error) {
	s, err := l.scenario(v)
	if err != nil {
		return nil, err
	}
	return sim.Predict(ctx, sim.Of(s), sim.Options{NoWhatIf: true, NoPI: true, Rounds: true, Whole: true, Until: l.end, Change: v.change})
}

// saturated predicts a variant with so many clients that something is always full: what it can serve.
func (l *lab) saturated(ctx context.Context, v variant) (*sim.Prediction, error) {
	v.set = append(v.set[:len(v.set):len(v.set)], scenario.Override{Key: "run.p99_goal", Value: 1.0}, scenario.Override{Key: "run.throughput_goal", Value: 0.02},
		scenario.Override{Key: "run.max_events", Value: min(l.s.Run.MaxEvents, fullEvents)})
	s, err := l.scenario(v)
	if err != nil {
		return nil, err
	}
	return sim.Predict(ctx, sim.Of(s), sim.Options{NoWhatIf: true, NoPI: true, Rounds: true, Change: func(sys *engine.System, _ *topology.Topology) error {
		sys.Source = engine.Source{Clients: crowd(sys)}
		return nil
	}})
}

// crowd is a number of clients that fills every batch and has as many again waiting.
func crowd(sys *engine.System) int {
	const least, most, rounds = 64, 20_000, 3
	places := sys.Source.Clients
	for i := range sys.Pools {
		places += sys.Pools[i].Workers * max(sys.Pools[i].Batch.Max, 1)
	}
	return min(max(rounds*places, least), most)
}

// impossible says that a variant is no valid scenario, and why: nothing to fail for, as nobody asked for just it.
func impossible(err error) (reason string, ok bool) {
	var input *scenario.InputError
	if !errors.As(err, &input) {
		return "", false
	}
	return input.Faults[0].Rule, true
}

// at gives the replications of a prediction at the moment of comparison; nil where it did not come so far.
func (l *lab) at(p *sim.Prediction) []predict.Replication { return study.At(p, l.end) }
