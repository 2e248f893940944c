package scenario_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"vsim/hardware"
	"vsim/sim/compile"
	"vsim/sim/engine"
	"vsim/sim/scenario"
)

// FuzzBuild wants of any text a system that the simulator takes, or an InputError; never a panic. What
// can be built must be the same system in the general form.
func FuzzBuild(f *testing.F) {
	for _, text := range texts(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		buildable(t, text, nil)
	})
}

// FuzzKeys is FuzzBuild for texts that are nearly valid: presets, and their general forms, with some
// keys set to their examples.
func FuzzKeys(f *testing.F) {
	bases, sets := texts(f), scenario.KeyExamples()
	for i := range sets {
		f.Add(uint(i), uint(i), uint(7*i+3), false)
		f.Add(uint(i/2), uint(i), uint(i), true)
	}
	f.Fuzz(func(t *testing.T, base, first, second uint, general bool) {
		text := bases[base%uint(len(bases))]
		if general {
			s, err := scenario.Parse("fuzz.toml", []byte(text), scenario.Options{})
			if err != nil {
				t.Fatal(err)
			}
			text = string(s.General().TOML())
		}
		buildable(t, text, []string{sets[first%uint(len(sets))], sets[second%uint(len(sets))]})
	})
}

// texts are the presets and the examples.
func texts(f *testing.F) (out []string) {
	for _, pattern := range []string{"testdata/presets/*.toml", "../../experiments/examples/*.toml"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			f.Fatal(err, "nothing at ", pattern)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			out = append(out, string(text))
		}
	}
	return append(out, fusedText, redisText)
}

// Two pipelines that the examples do not have: a fused stage, and consumers of Redis on GPUs.
const (
	fusedText = "[[stage]]\nname = 'a'\nservice = '1ms'\n[[stage]]\nname = 'b'\nfused = true\nmax_batch = 4\ncopies = {dist = 'uniform', min = 0, max = 9}\n" +
		"service = {mean = '1ms', per_image = '1ms'}\n[[stage]]\nname = 'c'\njoin = true\nservice = '1ms'\n"
	redisText = "hardware = '8gpu'\n[[broker]]\nname = 'r'\ntype = 'redis-stream'\nappend = '9us'\nfsync = '1ms'\n[[stage]]\nname = 'a'\nservice = '1ms'\n" +
		"[[stage]]\nname = 'b'\nvia = 'r'\nmessage = '1kB'\ncopies = 3\nper = 'gpu'\nworkers = 2\nmax_batch = 4\nresource = 'gpu'\nservice = '1ms'\n[[outage]]\nbroker = 'r'\nat = '1s'\nfor = '1s'\n"
)

// buildable wants a system or an InputError of a text.
func buildable(t *testing.T, text string, sets []string) {
	s, err := scenario.Parse("fuzz.toml", []byte(text), scenario.Options{Set: sets})
	if err != nil {
		wantInputError(t, err)
		return
	}
	if outside(s) || large(s.General()) {
		t.Skip("reads files, or takes long to build")
	}
	p, err := compile.LoadProfiles(s)
	if err != nil {
		wantInputError(t, err)
		return
	}
	built, err := compile.Build(s, p)
	if err != nil {
		wantInputError(t, err)
		return
	}
	if _, err := engine.New(built.System, 0); err != nil {
		t.Fatalf("%v: the simulator does not take the system: %v\n%s", sets, err, s.General().TOML())
	}
	again, err := scenario.Parse("fuzz.toml", s.General().TOML(), scenario.Options{})
	if err != nil {
		t.Fatalf("%v: valid, but not in the general form: %v\n%s", sets, err, s.General().TOML())
	}
	if again.Hash() != s.Hash() {
		t.Fatalf("%v: the general form\n%s\nreads back as\n%s", sets, s.General().TOML(), again.General().TOML())
	}
}

func wantInputError(t *testing.T, err error) {
	var input *scenario.InputError
	if !errors.As(err, &input) || len(input.Faults) == 0 {
		t.Fatalf("error %v is no InputError with faults", err)
	}
}

// outside says that a scenario names files, which a fuzzer should not open.
func outside(s *scenario.Scenario) bool {
	names := []string{s.Profile}
	for _, r := range s.General().Resources {
		names = append(names, r.Profile)
	}
	for _, b := range s.Brokers {
		names = append(names, b.Profile)
	}
	for _, n := range names {
		if _, embedded := hardware.Profile(n); n != "" && !embedded {
			return true
		}
	}
	return s.Workload.File != ""
}

// large says that a system has so many pools or so many service times that building it takes long.
func large(g *scenario.Scenario) bool {
	pools, times := 0, 0
	g = g.Lowered()
	for i := range g.Stages {
		st := &g.Stages[i]
		copies := g.Servers.Count
		if st.Per == "gpu" {
			copies *= g.Servers.GPUs
		}
		pools += copies * max(1, st.Workers)
		if l := st.Leg(); l != nil {
			pools += copies * l.Consumers * max(1, l.Partitions)
		}
		times += st.MaxBatch * len(st.AllSteps()) * max(1, len(g.Classes))
	}
	return pools > 2000 || times > 1000 || len(g.Resources)*g.Servers.Count*max(1, g.Servers.GPUs) > 2000
}
