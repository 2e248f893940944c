package triton

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"vsim/profile"
	"vsim/sim/scenario"
)

// notedStage is a stage and what the scenario's reader should know of it: lines before it, and remarks
// to its keys.
type notedStage struct {
	scenario.Stage
	head []string
	keys map[string]string
}

// served is a vertex of which all is known that its stages need.
type served struct {
	vertex
	batching  *batching
	placement *placement
	pool      *pool  // nil without instances on GPUs
	output    string // name of the stage that copies answers; "" without
	h2d, d2h  scenario.Bytes
}

// stops makes the stops of a vertex, each of alternative stages: one for its instances on GPUs and one for those on
// the CPU; and a stop for the copies of answers, where they are not the instances' work.
func (im *importer) stops(v *served, names unique) (out [][]notedStage) {
	if v.visit == nil {
		return [][]notedStage{{waitingPoint(v.name, v.after)}}
	}
	p := v.placement
	var either []notedStage
	if p.onGPU > 0 {
		st := im.stage(v, gpuKind, p.onGPU)
		st.Steps = im.gpuSteps(v)
		either = append(either, st)
	}
	if p.onCPU > 0 {
		st := im.stage(v, cpuKind, p.onCPU)
		st.Steps = im.cpuSteps(v)
		if len(either) > 0 {
			st.After, st.Copies, st.Name = nil, nil, names.of(v.name+" cpu") // the first of a group has them
			st.Group, either[0].Group = v.name, v.name
		}
		either = append(either, st)
	}
	if out = append(out, either); v.output != "" {
		out = append(out, []notedStage{copies(v)})
	}
	return out
}

// copiesApart says that answers are copied beside the instances' work. TensorRT's backend has a thread for it at each
// instance, which takes the next batch meanwhile (ModelInstanceState::ProcessResponse, instance_state.cc).
func (v *served) copiesApart() bool {
	return v.visit != nil && v.placement.onCPU == 0 && v.d2h > 0 && v.visit.config.backend() == "tensorrt"
}

// copies is the stage that copies a batch's answers to the host.
func copies(v *served) notedStage {
	return notedStage{head: []string{"Answers of " + quote(v.name) + ": TensorRT's backend copies them while its instance takes the next batch."},
		Stage: scenario.Stage{Name: v.output, After: []string{v.name}, Per: "server", Workers: v.placement.onGPU, MaxBatch: v.batching.maxBatch,
			Steps: []scenario.Step{{Name: "d2h", Resource: v.pool.name(d2hName), Service: []scenario.Service{{Bytes: v.d2h}}}}},
		keys: map[string]string{"workers": "a thread for each instance"}}
}

func (im *importer) stage(v *served, kind string, workers int) notedStage {
	c, b := v.visit.config, v.batching
	_, timed := im.service(c.Name, kind, 0)
	st := notedStage{head: []string{fmt.Sprintf("Model %q, from %s.", c.Name, filepath.ToSlash(c.file)), "The time of infer is " + timed + "."}, keys: map[string]string{}}
	st.Stage = scenario.Stage{Name: v.name, After: v.after, Per: "server", Workers: workers, MaxBatch: b.maxBatch, MaxQueueDelay: b.delay, QueueRules: b.rules}
	if v.vertex.copies > 1 {
		st.Copies = &scenario.Count{Dist: "constant", Mean: float64(v.vertex.copies)}
		st.keys["copies"] = "items of a request, from --items"
	}
	if h, ok := v.placement.held[kind]; ok {
		memory := im.slots(v, kind, h)
		st.Take, st.Give = []scenario.Hold{{Memory: memory, Bytes: scenario.Bytes(h.count), Batch: true}}, []string{memory}
	}
	st.keys["workers"] = strings.Join(v.placement.from, "; ")
	for key, from := range b.from {
		st.keys[key] = from
	}
	if v.visit.step != nil {
		st.keys["after"] = fmt.Sprintf("%s, line %d", v.visit.step.path, v.visit.step.line)
	}
	return st
}

// gpuSteps is what an instance on a GPU does with a batch: fetch it, infer, return the answers.
func (im *importer) gpuSteps(v *served) (out []scenario.Step) {
	link := func(name, resource string, bytes scenario.Bytes) {
		if bytes > 0 {
			out = append(out, scenario.Step{Name: name, Resource: v.pool.name(resource), Service: []scenario.Service{{Bytes: bytes}}})
		}
	}
	link("h2d", h2dName, v.h2d)
	infer, _ := im.service(v.visit.config.Name, gpuKind, 0)
	if infer.ProfileStage != "" { // launching is told apart in some profiles
		launch := profile.Key{Stage: profile.LaunchStage, Resource: cpuKind, Model: infer.Model}
		if im.machine.lacks(launch, 1) == "" {
			out = append(out, scenario.Step{Name: launch.Stage, Resource: cpuName, Service: []scenario.Service{{ProfileStage: launch.Stage, Model: launch.Model}}})
		}
	}
	out = append(out, scenario.Step{Name: "infer", Resource: v.pool.name(gpuName), Service: []scenario.Service{infer}})
	if v.output == "" {
		link("d2h", d2hName, v.d2h)
	}
	return out
}

func (im *importer) cpuSteps(v *served) []scenario.Step {
	threads := v.placement.threads
	if threads == 0 {
		threads = 1
		im.assumed(v.visit.config, v.name)
	}
	infer, _ := im.service(v.visit.config.Name, cpuKind, threads)
	return []scenario.Step{{Name: "infer", Resource: cpuName, Cores: threads, Service: []scenario.Service{infer}}}
}

// waitingPoint is where requests only wait for each other. A stage needs a time; a nanosecond is none.
func waitingPoint(name string, after []string) notedStage {
	return notedStage{head: []string{"Steps of the same depth wait here for each other."},
		Stage: scenario.Stage{Name: name, After: after, Per: "server", MaxBatch: 1,
			Service: []scenario.Service{{Distribution: scenario.Distribution{Dist: "constant", Mean: 1}}}}}
}

// classes are the kinds of requests: one for each priority that has a share, else one of the level that
// requests without a priority have.
func (im *importer) classes(all []*served) (out []scenario.Class, note string) {
	levels, byDefault := 0, 0
	for _, v := range all {
		if v.visit == nil || v.batching.defaultLevel == 0 {
			continue
		}
		levels = max(levels, v.batching.rules.PriorityLevels)
		if byDefault > 0 && byDefault != v.batching.defaultLevel {
			im.warn(v.visit.config.DynamicBatching.fault("default_priority_level", v.batching.defaultLevel, "left out", fmt.Sprintf("requests have one priority for all models, here %d", byDefault)))
			continue
		}
		byDefault = v.batching.defaultLevel
	}
	for level := 1; level <= levels; level++ {
		if share := im.opt.Shares[level]; share > 0 {
			out = append(out, scenario.Class{Name: fmt.Sprintf("priority %d", level), Weight: float64(share), Priority: level})
		}
	}
	for _, level := range slices.Sorted(maps.Keys(im.opt.Shares)) {
		if share := im.opt.Shares[level]; level < 1 || level > levels || share < 1 {
			f := scenario.Fault{File: "--shares", Key: fmt.Sprint(level), Found: fmt.Sprint(share), Rule: fmt.Sprintf("levels go from 1 to %d here and shares are positive", levels)}
			if levels == 0 {
				f.Rule, f.Remedy = "the model has no priority_levels in dynamic_batching, among which to part the requests", "drop --shares, or write the levels there"
			}
			im.fault(f)
		}
	}
	if len(out) > 0 {
		return out, "shares of the priority levels, from --shares"
	}
	if byDefault > 0 {
		return []scenario.Class{{Name: scenario.DefaultClass, Weight: 1, Priority: byDefault}},
			"requests that name no priority have default_priority_level; vsim import triton --shares 1=10,2=90 gives levels shares"
	}
	return nil, ""
}
