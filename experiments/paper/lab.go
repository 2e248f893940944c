package paper

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"vsim/experiments/study"
	"vsim/sim"
	"vsim/sim/scenario"
)

// files are the scenarios, so that a binary needs no folder beside it.
//
//go:embed *.toml
var files embed.FS

// Lab predicts for figures: the same point once, on all cores, with progress.
type Lab struct {
	Set      []string              // "key=value" for every scenario, after its own
	Machine  string                // a machine's file or embedded name, instead of the paper's; "": that of Profile, where that is given
	Profile  string                // instead of the machine's
	Progress func(done, total int) // points of the figure at work; may be nil
	Live     []Measurement         // what live runs on Machine showed, to be set beside predictions; nil where there are none

	once sync.Once // finds at
	at   *Site     // see Site
	bad  error

	mu   sync.Mutex
	seen map[string]*sim.Prediction
}

// Point is a scenario file of this folder with overrides "key=value".
type Point struct {
	File string
	Set  []string
}

// At is a point.
func At(file string, set ...string) Point { return Point{file, set} }

// Predict predicts points, in their order.
func (l *Lab) Predict(ctx context.Context, points ...Point) ([]*sim.Prediction, error) {
	out := make([]*sim.Prediction, len(points))
	done := func(i int, o study.Outcome) error {
		if o.Err != nil {
			return fmt.Errorf("%s %v: %w", points[i].File, points[i].Set, o.Err)
		}
		out[i] = o.Prediction
		if l.Progress != nil {
			l.Progress(i+1, len(points))
		}
		return nil
	}
	err := study.Each(ctx, len(points), func(ctx context.Context, i int) (*sim.Prediction, error) { return l.predict(ctx, points[i]) }, done)
	return out, err
}

func (l *Lab) predict(ctx context.Context, p Point) (*sim.Prediction, error) {
	key := fmt.Sprintf("%s %q", p.File, p.Set)
	l.mu.Lock()
	known := l.seen[key]
	l.mu.Unlock()
	if known != nil {
		return known, nil
	}
	s, err := l.scenario(p)
	if err != nil {
		return nil, err
	}
	got, err := sim.Predict(ctx, sim.Of(s), sim.Options{NoWhatIf: true, NoPI: true})
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen == nil {
		l.seen = map[string]*sim.Prediction{}
	}
	l.seen[key] = got
	return got, nil
}

// scenario is that of a point on the laboratory's machine.
func (l *Lab) scenario(p Point) (*scenario.Scenario, error) {
	text, err := files.ReadFile(p.File)
	if err != nil {
		return nil, err
	}
	at, err := l.Site()
	if err != nil {
		return nil, err
	}
	if err := l.overwritten(p); err != nil {
		return nil, err
	}
	set := slices.Clone(p.Set)
	if at != nil {
		set = append(set, at.set...)
	}
	return scenario.Text(p.File, text).With(scenario.Options{Set: append(set, l.Set...), Profile: l.Profile})
}

// Overwritten is an override that would make a figure's points other than what it calls them: with gpu.count=2, of one to four GPUs.
type Overwritten struct{ Key string }

func (e *Overwritten) Error() string {
	return fmt.Sprintf("it sets %s itself, so that its points would not be what it calls them; leave out --set %s", e.Key, e.Key)
}

// overwritten finds the first such override of a point; how long runs are is nobody's question.
func (l *Lab) overwritten(p Point) error {
	for _, theirs := range l.Set {
		key, _, _ := strings.Cut(theirs, "=")
		key = strings.TrimSpace(key)
		for _, own := range p.Set {
			own, _, _ := strings.Cut(own, "=")
			if !strings.HasPrefix(key, "run.") && (own == key || strings.HasPrefix(own, key+".") || strings.HasPrefix(key, own+".")) {
				return &Overwritten{key}
			}
		}
	}
	return nil
}
