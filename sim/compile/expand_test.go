package compile

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"vsim/sim/scenario"
	"vsim/sim/topology"
)

// presets are scenarios that use every part of the presets, none of which needs a measured profile.
func presets(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("../scenario/testdata/presets/*.toml")
	if err != nil || len(paths) == 0 {
		t.Fatal(err, "no presets")
	}
	out := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(path)] = string(text)
	}
	return out
}

// A preset and its expansion, printed and read back, are the same system under the same hash.
func TestPresetAndItsExpansionAreTheSameSystem(t *testing.T) {
	for name, text := range presets(t) {
		s := load(t, text)
		printed := string(s.General().TOML())
		built := mustBuild(t, text, embedded(t, text))
		again := mustBuild(t, printed, embedded(t, printed))
		if !reflect.DeepEqual(built.System, again.System) {
			t.Errorf("%s: the expansion is another system:\n%s", name, printed)
		}
		if built.Scenario != again.Scenario || built.Profile != again.Profile || !reflect.DeepEqual(withoutKeys(built.Topology), withoutKeys(again.Topology)) {
			t.Errorf("%s: %s, %s, %v; expanded: %s, %s, %v", name, built.Scenario, built.Profile, built.Topology, again.Scenario, again.Profile, again.Topology)
		}
		if twice := string(load(t, printed).General().TOML()); twice != printed {
			t.Errorf("%s: expanded\n%s\nand again\n%s", name, printed, twice)
		}
	}
}

// withoutKeys forgets what is written where: a preset's keys are not those of its expansion.
func withoutKeys(top *topology.Topology) *topology.Topology {
	for i := range top.Stages {
		top.Stages[i].WorkersKey, top.Stages[i].DelayKey, top.Stages[i].BatchKey = "", "", ""
	}
	for i := range top.Resources {
		top.Resources[i].Key = ""
	}
	return top
}

// A pipeline of one's own runs on the machine of a hardware file.
func TestOwnStagesOnAKnownMachine(t *testing.T) {
	text := `hardware = '8gpu'
[[stage]]
name = 'frames'
workers = 0
steps = [{name = 'decode', resource = 'cpu', service = {profile_stage = 'decode', image = 'medium'}, each = true}]
[[stage]]
name = 'model'
per = 'gpu'
max_batch = 8
steps = [{name = 'up', resource = 'link h2d', service = {bytes = '1MB'}}, {name = 'infer', resource = 'gpu', service = {profile_stage = 'infer', model = 'resnet50'}}]
`
	built := mustBuild(t, text, embedded(t, text))
	if got := names(built.System); !strings.HasPrefix(got, "frames: decode; model: up latency up infer; model: up") || len(built.System.Pools) != 9 {
		t.Errorf("pools are %q", got)
	}
	if pool := built.System.Pools[8]; pool.Place != 8 || built.System.Resources[pool.Steps[2].Resource[0]].Name != "gpu7" {
		t.Errorf("the last pool is %+v", pool)
	}
	var got []string
	for _, st := range built.Topology.Stages {
		for _, s := range st.Steps {
			got = append(got, fmt.Sprintf("%s %s %s", st.Name, s.Name, s.Times))
		}
	}
	if want := []string{"frames decode published", "model up inline", "model infer interpolated"}; !reflect.DeepEqual(got, want) {
		t.Errorf("times are %q, want %q", got, want)
	}
}

func TestGeneralFormIsItself(t *testing.T) {
	text := "[[stage]]\nname = 'a'\nservice = '1ms'"
	s, err := scenario.Parse("t.toml", []byte(text), scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if string(s.General().TOML()) != string(s.TOML()) {
		t.Errorf("printed\n%s\nexpanded\n%s", s.TOML(), s.General().TOML())
	}
}
