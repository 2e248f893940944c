package compile

import (
	"reflect"
	"slices"
	"testing"

	"vsim/profile"
	"vsim/sim/engine"
	"vsim/sim/scenario"
)

// What a profile says of pauses stands in the steps that it was measured of.
func TestPausesOfTheProfileAreSimulated(t *testing.T) {
	p := measured()
	if s := step(t, pool(t, mustBuild(t, cpuScenario, FromProfile(p, nil)).System, "preprocess"), "decode"); s.Rest != nil {
		t.Fatalf("without any measured: %v", s.Rest)
	}
	p.AfterIdles = []profile.AfterIdle{
		{Key: profile.Key{Stage: "decode", Resource: "cpu", Image: "medium"}, IdleNs: 2e6, ExtraNs: 3e5, BaseNs: 1e6, N: 1},
		{Key: profile.Key{Stage: "decode", Resource: "cpu", Image: "medium"}, IdleNs: 1e6, ExtraNs: 1e5, BaseNs: 1e6, N: 1},
	}
	sys := mustBuild(t, cpuScenario, FromProfile(p, nil)).System
	want := []engine.Rest{
		{{IdleNs: 1e6, ExtraNs: 1e5}, {IdleNs: 2e6, ExtraNs: 3e5}}, // of small pictures, as of those that were measured
		{{IdleNs: 1e6, ExtraNs: 1e5}, {IdleNs: 2e6, ExtraNs: 3e5}},
	}
	if s := step(t, pool(t, sys, "preprocess"), "decode"); !reflect.DeepEqual(s.Rest, want) {
		t.Errorf("decode %v, want %v", s.Rest, want)
	}
	if s := step(t, pool(t, sys, "preprocess"), "decode"); s.RestBeside != nil {
		t.Errorf("beside others %v, of which nothing is known", s.RestBeside)
	}
	p.AfterIdles = append(p.AfterIdles, profile.AfterIdle{Key: profile.Key{Stage: "decode", Resource: "cpu", Image: "medium"}, BesideModel: "facenet-small", IdleNs: 2e6, ExtraNs: 2e5, BaseNs: 1e6, N: 1})
	sys = mustBuild(t, cpuScenario, FromProfile(p, nil)).System
	if s := step(t, pool(t, sys, "preprocess"), "decode"); !reflect.DeepEqual(s.Rest, want) || !reflect.DeepEqual(s.RestBeside, []engine.Rest{want[0], {{IdleNs: 2e6, ExtraNs: 2e5}}}) {
		t.Errorf("decode %v, beside others %v", s.Rest, s.RestBeside)
	}
	if s := step(t, pool(t, sys, "preprocess"), "resize"); s.Rest != nil {
		t.Errorf("resize %v, of which nothing is known", s.Rest)
	}
}

// A worker of two models comes to each after the other, and to what is before a model after that which was last.
func TestBetweenTwoModels(t *testing.T) {
	p := &plan{}
	for _, model := range []string{"", "a", "a", "", "b", "b"} { // decode, copy, infer, resize the face, copy, infer
		p.steps = append(p.steps, plannedStep{Step: &scenario.Step{Service: []scenario.Service{{Model: model}}}})
	}
	for i, want := range []string{"b", "b", "b", "a", "a", "a"} {
		if got := p.between(&p.steps[i]); got != want {
			t.Errorf("step %d: %q, want %q", i, got, want)
		}
	}
	p.steps = p.steps[:3]
	if got := p.between(&p.steps[2]); got != "" {
		t.Errorf("one model: %q", got)
	}
}

// How what pauses cost fades, and what batches of another size cost, stands in the step that infers, for batches of all sizes.
func TestFadingAndChangesOfTheProfile(t *testing.T) {
	p := measured()
	infer := func(batch, after int, idle, extra, next float64) profile.AfterIdle {
		return profile.AfterIdle{Key: profile.Key{Stage: "infer", Resource: "cpu", Model: "resnet50", Batch: batch, Threads: 1}, AfterBatch: after,
			IdleNs: idle, ExtraNs: extra, NextExtraNs: next, BaseNs: 5e6, N: 1}
	}
	p.AfterIdles = []profile.AfterIdle{infer(1, 0, 1e7, 1e6, 5e5), infer(1, 4, 0, 8e5, 3e5), infer(4, 1, 0, 2e5, 1e5)}
	sys := mustBuild(t, cpuScenario, FromProfile(p, nil)).System
	s := step(t, pool(t, sys, "inference"), "infer")
	if s.RestHalfNs != 6e6 || len(s.Rest) == 0 {
		t.Errorf("half is left after %v ns of rests %v, want 6e6", s.RestHalfNs, s.Rest)
	}
	if want := []float64{8e5, 2e5, 2e5, 2e5}; len(s.Change) < 4 || !reflect.DeepEqual(s.Change[:4], want) {
		t.Errorf("changes %v, want %v", s.Change, want)
	}
}

// What pauses cost varies as the profile says, and what waking up costs beside inference on the same CPU is what was measured beyond a pause's cost; on twice the profile's cores half as
// many wake-ups find another's.
func TestWakingUpOfTheProfile(t *testing.T) {
	p := measured()
	decode := func(beside string, idle, extra, sd float64) profile.AfterIdle {
		return profile.AfterIdle{Key: profile.Key{Stage: "decode", Resource: "cpu", Image: "medium"}, BesideStage: beside, IdleNs: idle, ExtraNs: extra, ExtraSDNs: sd, BaseNs: 1e6, N: 1}
	}
	p.AfterIdles = []profile.AfterIdle{decode("", 2e6, 1e5, 2e5), decode("infer", 4e6, 4e5, 9e5), decode("infer", 0, 5e5, 5e5)}
	p.AfterIdles[1].BesideIdle = 0.5
	for _, cores := range []int{0, 1} {
		p.Provenance.Cores = cores
		s := step(t, pool(t, mustBuild(t, cpuScenario+"[workload]\nrate = '5/s'", FromProfile(p, nil)).System, "preprocess"), "decode")
		if s.RestVaries == nil || len(s.Wake) != len(s.Rest) {
			t.Fatalf("varies %v, wakes %v", s.RestVaries, s.Wake)
		}
		beside, interrupted := 3e5, 5e5
		if cores == 1 {
			beside, interrupted = beside/2, interrupted/2
		}
		for _, w := range s.Wake {
			if w.Beside.Ns != beside || w.Interrupted.Ns != interrupted || w.Beside.Varies == nil || w.Interrupted.Varies == nil || w.Beside.Idle != 0.5 || w.Interrupted.Idle != 0 {
				t.Errorf("%d cores in the profile: waking up costs %+v, want %v and %v", cores, w, beside, interrupted)
			}
		}
		if s := step(t, pool(t, mustBuild(t, cpuScenario, FromProfile(p, nil)).System, "preprocess"), "resize"); s.Wake != nil {
			t.Errorf("resize, of which nothing is known: %v", s.Wake)
		}
	}
	for traffic, want := range map[string]float64{"concurrency = 3": 0, "concurrency = 3\nthink_time = '5ms'": 1.5e5, "rate = '5/s'": 1.5e5} {
		sys := mustBuild(t, cpuScenario+"[workload]\n"+traffic, FromProfile(p, nil)).System
		if w := step(t, pool(t, sys, "preprocess"), "decode").Wake[0]; w.Beside.Ns != want || w.Interrupted.Ns != 2.5e5 {
			t.Errorf("%s: waking up costs %+v, want %v and 2.5e5", traffic, w, want)
		}
	}
	infer := profile.Key{Stage: "infer", Resource: "cpu", Model: "resnet50", Batch: 1, Threads: 1}
	p.AfterIdles = append(p.AfterIdles, profile.AfterIdle{Key: infer, IdleNs: 1e6, ExtraNs: 1e5, BaseNs: 5e6, N: 1},
		profile.AfterIdle{Key: infer, BesideStage: "decode", IdleNs: 2e6, ExtraNs: 7e5, BaseNs: 5e6, N: 1}, profile.AfterIdle{Key: infer, BesideStage: "decode", ExtraNs: 8e5, BaseNs: 5e6, N: 1})
	s := step(t, pool(t, mustBuild(t, cpuScenario, FromProfile(p, nil)).System, "inference"), "infer")
	if want := (engine.Wake{Beside: engine.Extra{Ns: 3.5e5}, Interrupted: engine.Extra{Ns: 4e5}}); !slices.Equal(s.Wake, []engine.Wake{want}) {
		t.Errorf("inference: waking up costs %+v, want %+v", s.Wake, want)
	}
	p.AfterIdles = p.AfterIdles[:1]
	if s := step(t, pool(t, mustBuild(t, cpuScenario, FromProfile(p, nil)).System, "preprocess"), "decode"); s.Wake != nil || s.RestVaries == nil {
		t.Errorf("without any measured: %v", s.Wake)
	}
}

// Where inference is on a GPU nobody on the CPU is woken by a worker that hands a batch on.
func TestWakingUpBesideAGPU(t *testing.T) {
	p := measured()
	key := profile.Key{Stage: "decode", Resource: "cpu", Image: "medium"}
	p.AfterIdles = []profile.AfterIdle{{Key: key, IdleNs: 2e6, ExtraNs: 1e5, BaseNs: 1e6, N: 1}, {Key: key, BesideStage: "infer", IdleNs: 2e6, ExtraNs: 5e5, BaseNs: 1e6, N: 1}}
	dir := t.TempDir()
	if err := p.Save(dir + "/cpu.toml"); err != nil {
		t.Fatal(err)
	}
	s, err := scenario.Load("8gpu", scenario.Options{Profile: dir + "/cpu.toml", Set: []string{"pipeline.preprocessing=cpu"}})
	if err != nil {
		t.Fatal(err)
	}
	profiles, err := LoadProfiles(s)
	if err != nil {
		t.Fatal(err)
	}
	built, err := Build(s, profiles)
	if err != nil {
		t.Fatal(err)
	}
	if s := step(t, pool(t, built.System, "preprocess"), "decode"); s.Rest == nil || s.Wake != nil {
		t.Errorf("rests %v, wakes %v", s.Rest, s.Wake)
	}
}
