// Package validate checks predictions against live runs of the same server on the same machine:
// profile, predict, run, compare.
package validate

import (
	"bytes"
	"embed"
	"fmt"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"vsim/experiments/serve/setup"
	"vsim/profile/userfile"
	"vsim/sim/scenario"
)

// matrices are the files that are known by name: cpu, the default, and those of a GPU.
//
//go:embed *.toml
var matrices embed.FS

// Matrices lists the names of the embedded matrices, sorted.
func Matrices() []string {
	entries, err := matrices.ReadDir(".")
	if err != nil {
		panic(err) // it is embedded
	}
	var out []string
	for _, e := range entries {
		out = append(out, strings.TrimSuffix(e.Name(), path.Ext(e.Name())))
	}
	return out
}

// Matrix is a scenario file and the cases that change some of its keys.
type Matrix struct {
	File  string
	Cases []*Case

	given bool  // how long cases run is given from outside
	level Level // "" until At
}

// Case is one configuration to predict and to run.
type Case struct {
	Name     string
	Scenario *scenario.Scenario
	Load     float64       // arrivals at this part of the predicted capacity, Poisson where the scenario is a closed loop; 0: as the scenario says
	Measure  time.Duration // of each live run, after its warm-up; 0 until At says so
	free     bool          // to be as long as its noise demands: neither the case nor the command line says how long
	level    Level         // the smallest that it belongs to, "" where the file does not say
	rps      float64       // arrivals/s at Load, once it is known
	rules    overrides     // of the file's scenario, which is read again for another rate
	source   *scenario.Source
}

// caseFile is how a case stands in a file.
type caseFile struct {
	Name    string   `toml:"name"`
	Set     []string `toml:"set"`
	Load    float64  `toml:"load"`
	Measure string   `toml:"measure"`
	Level   Level    `toml:"level"`
}

// Read reads a validation file: an ordinary scenario with [[case]] tables (one case, the scenario
// itself, when there are none), the file of a machine, or the embedded matrix of that name. set changes keys of every case;
// measure is how long those run that do not say, 0 for as long as a level has time: At must follow.
func Read(file string, set []string, measure time.Duration) (*Matrix, error) {
	name := file + ".toml (embedded)"
	text, err := matrices.ReadFile(file + ".toml")
	if err != nil {
		name = file
		if text, err = userfile.Read(file, userfile.MaxConfigBytes); err != nil {
			return nil, scenario.BadInput(file, "cannot be read: %v; known by name are %s", userfile.Reason(err), strings.Join(Matrices(), ", "))
		}
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, scenario.BadInput(file, "is empty; write a scenario or [[case]] tables, or leave the file out")
	}
	base, cases, err := split(name, text)
	if err != nil {
		return nil, err
	}
	if scenario.IsMachine(base) {
		base = fmt.Appendf(nil, "hardware = %q\n", "./"+filepath.Base(file))
	}
	source := scenario.Text(name, base)
	m := &Matrix{File: name, given: measure > 0}
	for _, c := range cases {
		parsed, err := c.parse(name, source, set, measure)
		if err != nil {
			return nil, err
		}
		m.Cases = append(m.Cases, parsed)
	}
	return m, nil
}

// split takes the [[case]] tables out of a file; what is left is a scenario.
func split(name string, text []byte) (base []byte, cases []caseFile, err error) {
	if err := userfile.CheckNesting(text); err != nil {
		return nil, nil, scenario.BadInput(name, "%v", err)
	}
	var tree map[string]any
	if _, err := toml.Decode(string(text), &tree); err != nil {
		return nil, nil, scenario.BadInput(name, "not valid TOML: %v", err)
	}
	var file struct {
		Case []caseFile `toml:"case"`
	}
	meta, err := toml.Decode(string(text), &file)
	if err != nil {
		return nil, nil, scenario.BadInput(name, "%v", err)
	}
	for _, k := range meta.Undecoded() {
		if k[0] == "case" {
			return nil, nil, scenario.BadInput(name, "unknown key %q in a [[case]]; a case has name, set, load, measure and level", k.String())
		}
	}
	if len(file.Case) == 0 {
		return text, []caseFile{{Name: "as written"}}, nil
	}
	delete(tree, "case")
	var b bytes.Buffer
	if err := toml.NewEncoder(&b).Encode(tree); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	return b.Bytes(), file.Case, nil
}

func (c caseFile) parse(name string, base *scenario.Source, set []string, measure time.Duration) (*Case, error) {
	if c.Name == "" {
		return nil, scenario.BadInput(name, "a [[case]] has no name; give it one")
	}
	if !(c.Load >= 0 && c.Load <= 2) {
		return nil, scenario.BadInput(name, "case %q: load = %g, must be a part of the capacity, 0.8 say", c.Name, c.Load)
	}
	if err := c.Level.check(); err != nil {
		return nil, scenario.BadInput(name, "case %q: %v", c.Name, err)
	}
	own, err := c.source(base)
	if err != nil {
		return nil, fmt.Errorf("case %q: %w", c.Name, err)
	}
	out := &Case{Name: c.Name, Load: c.Load, Measure: measure, free: measure == 0 && c.Measure == "", level: c.Level, source: own}
	if c.Measure != "" {
		if out.Measure, err = scenario.ParseDuration(c.Measure); err != nil || out.Measure <= 0 {
			return nil, scenario.BadInput(name, "case %q: measure = %q, must be a positive time with a unit, 20s say", c.Name, c.Measure)
		}
	}
	out.rules = overrides{set: set}
	if err := checkCores(name, c.Name, own, out.rules); err != nil {
		return nil, err
	}
	out.rules = out.rules.with("cpu.cores", runtime.NumCPU())
	s, err := out.read()
	if err != nil {
		return nil, fmt.Errorf("case %q: %w", c.Name, err)
	}
	if faults := setup.Refusals(name, fmt.Sprintf("case %q: a live run does not obey it", c.Name), s); len(faults) > 0 {
		return nil, &scenario.InputError{Faults: faults}
	}
	if onGPU(s) && !s.Given(setup.AllowedSizes) {
		out.rules = out.rules.with(setup.AllowedSizes, setup.FewSizes(s.Batcher.MaxBatch))
		if s, err = out.read(); err != nil {
			return nil, fmt.Errorf("case %q: %w", c.Name, err)
		}
	}
	out.Scenario = s
	return out, out.checkTraffic(name)
}

// source is the file's scenario with what the case sets, as if it stood there.
func (c caseFile) source(base *scenario.Source) (*scenario.Source, error) {
	var all []scenario.Override
	for _, text := range c.Set {
		o, err := scenario.ParseOverride(text)
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return base.Derive(all...)
}

// read reads the case's scenario with its overrides.
func (c *Case) read() (*scenario.Scenario, error) { return c.rules.of(c.source) }

// withKey gives the case's scenario with one more key overridden.
func (c *Case) withKey(key string, value any) (*scenario.Scenario, error) {
	other := *c
	other.rules = c.rules.with(key, value)
	return other.read()
}

// atRate gives the case's scenario with arrivals at a rate, which is the mean of one that changes between states.
func (c *Case) atRate(rps float64) (*scenario.Scenario, error) {
	if states := c.Scenario.Workload.States; len(states) > 0 {
		return c.withKey("workload.states", scaled(states, rps))
	}
	return c.withKey("workload.rate", scenario.Rate(rps))
}

// scaled are states with another mean rate, in the same proportion to each other.
func scaled(states []scenario.State, rps float64) []scenario.State {
	arrivals, timeS := 0.0, 0.0
	for _, s := range states {
		arrivals += float64(s.Rate) * s.MeanTime.Duration().Seconds()
		timeS += s.MeanTime.Duration().Seconds()
	}
	out := slices.Clone(states)
	for i := range out {
		out[i].Rate *= scenario.Rate(rps * timeS / arrivals)
	}
	return out
}

// saturated gives the case's scenario kept full by a closed loop.
func (c *Case) saturated() (*scenario.Scenario, error) {
	s := c.Scenario
	clients := 4 * s.Inference.Instances * s.Batcher.MaxBatch
	if s.Preprocess != nil {
		clients += 4 * s.Preprocess.Workers
	}
	return c.withKey("workload.concurrency", clients)
}
