package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"vsim/sim/scenario"
)

// predicted is the prediction of a scenario's text, in few events.
func predicted(t *testing.T, text string, set ...string) *Prediction {
	t.Helper()
	s, err := scenario.Parse("test.toml", []byte(text), scenario.Options{Set: append(set, "run.replications=2", "run.max_events=60000")})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	p, err := Predict(context.Background(), Of(s), Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return p
}

// numbers is a prediction without its texts, which may hold names, and without what a run took.
func numbers(t *testing.T, p *Prediction) any {
	t.Helper()
	bare := *p
	bare.Run.WallS = 0
	text, err := json.Marshal(&bare)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	return textless(tree)
}

func textless(node any) any {
	switch x := node.(type) {
	case string:
		return "text"
	case []any:
		for i := range x {
			x[i] = textless(x[i])
		}
	case map[string]any:
		for key := range x {
			x[key] = textless(x[key])
		}
	}
	return node
}

// eightGPUs think for a while in a stage without a resource.
const eightGPUs = `
hardware = "8gpu"
[[stage]]
name = "think"
workers = 0
service = "20ms"
[[stage]]
name = "model"
per = "gpu"
workers = 2
max_batch = 8
steps = [{name = "up", resource = "link h2d", service = {bytes = "1MB"}, each = true}, {name = "infer", resource = "gpu", service = {profile_stage = "infer", model = "resnet50"}}]
[workload]
concurrency = 256
`

// TestAStageNamedCPU: calling a stage without a resource "cpu" makes it no processor.
func TestAStageNamedCPU(t *testing.T) {
	want := numbers(t, predicted(t, eightGPUs))
	for _, name := range []string{"cpu", "gpu", "link", "link h2d", "delay"} {
		p := predicted(t, strings.Replace(eightGPUs, `"think"`, fmt.Sprintf("%q", name), 1))
		if got := numbers(t, p); !reflect.DeepEqual(got, want) {
			t.Errorf("named %q, the stage changes the prediction: %+v", name, p)
		}
		if p.BottleneckCause.Name != "gpu" || p.BottleneckCause.Cause != "resource" || p.EnergyJ == nil || !(p.EnergyJ.GPU.Value > 0) {
			t.Errorf("named %q: bottleneck %+v, energy %+v", name, p.BottleneckCause, p.EnergyJ)
		}
	}
}

// traps are names that a program might take for something.
var traps = []string{"cpu", "gpu", "link", "link h2d", "link d2h", "delay", "engine", "memory", "a100", "disk 1", "disk 2", "gpu0", "gpu1",
	"infer", "decode", "queue", "latency", "think latency", "idle", "job", "handoff", "inference", "instance queue"}

// renaming gives every name another one, no two the same.
type renaming struct {
	rng   *rand.Rand
	names map[string]string
	taken map[string]bool
}

func newRenaming(seed uint64) *renaming {
	return &renaming{rand.New(rand.NewPCG(seed, 1)), map[string]string{"": ""}, map[string]bool{}}
}

func (r *renaming) of(name *string) {
	if _, known := r.names[*name]; !known {
		other := traps[r.rng.IntN(len(traps))]
		for r.taken[other] {
			other += fmt.Sprint(" ", r.rng.IntN(10))
		}
		r.taken[other] = true
		r.names[*name] = other
	}
	*name = r.names[*name]
}

func (r *renaming) all(names []string) {
	for i := range names {
		r.of(&names[i])
	}
}

// rename changes all that a user can name in the general form.
func rename(s *scenario.Scenario, seed uint64) {
	resources, stages, classes, brokers := newRenaming(3*seed), newRenaming(3*seed+1), newRenaming(3*seed+2), newRenaming(3*seed+3)
	newRenaming(seed).of(&s.Name)
	for i := range s.Classes {
		classes.of(&s.Classes[i].Name)
	}
	services := func(list []scenario.Service) {
		for i := range list {
			classes.of(&list[i].Class)
		}
	}
	for i := range s.Resources {
		r := &s.Resources[i]
		resources.of(&r.Name)
		for k := range r.Slowdown {
			stages.of(&r.Slowdown[k].Stage)
			stages.of(&r.Slowdown[k].Beside)
		}
		for k := range r.StagePower {
			stages.of(&r.StagePower[k].Stage)
		}
	}
	for i := range s.Brokers {
		b := &s.Brokers[i]
		brokers.of(&b.Name)
		resources.of(&b.CPU)
		resources.of(&b.Link)
	}
	for i := range s.Outages {
		brokers.of(&s.Outages[i].Broker)
	}
	for i := range s.Stages {
		st := &s.Stages[i]
		brokers.of(&st.Via)
		stages.of(&st.Name)
		stages.of(&st.Group)
		stages.all(st.After)
		classes.all(st.Classes)
		resources.all(st.Give)
		resources.of(&st.Resource)
		services(st.Service)
		for k := range st.Take {
			classes.of(&st.Take[k].Class)
			resources.of(&st.Take[k].Memory)
		}
		for k := range st.Steps {
			stages.of(&st.Steps[k].Name)
			stages.of(&st.Steps[k].Unless)
			resources.of(&st.Steps[k].Resource)
			services(st.Steps[k].Service)
		}
	}
}

// TestRenaming: whatever things are called, the numbers are the same.
func TestRenaming(t *testing.T) {
	files, err := filepath.Glob("../experiments/examples/*.toml")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	presets, err := filepath.Glob("scenario/testdata/presets/*.toml")
	if err != nil || len(presets) < 8 {
		t.Fatal(presets, err)
	}
	for i, file := range append(files, presets...) {
		if filepath.Base(file) == "classify-cpu.toml" {
			continue // needs the profile of a real machine
		}
		s, err := scenario.Load(file, scenario.Options{})
		if err != nil {
			t.Fatal(err)
		}
		general := string(s.General().TOML())
		want := numbers(t, predicted(t, general))
		renamed, err := scenario.Parse(file, []byte(general), scenario.Options{})
		if err != nil {
			t.Fatal(err)
		}
		rename(renamed, uint64(i))
		p := predicted(t, string(renamed.TOML()))
		if got := numbers(t, p); !reflect.DeepEqual(got, want) {
			t.Errorf("%s gives other numbers under other names:\n%v\n%v\n%s", file, got, want, renamed.TOML())
		}
	}
}
