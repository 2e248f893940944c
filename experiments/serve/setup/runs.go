package setup

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"vsim/sim/scenario"
)

// condition says under which values a live run obeys a key; "" when it does, else what it needs instead.
type condition func(s *scenario.Scenario) (remedy string)

func always(*scenario.Scenario) string { return "" }

// unless is a condition on the whole scenario.
func unless(bad func(*scenario.Scenario) bool, remedy string) condition {
	return func(s *scenario.Scenario) string {
		if bad(s) {
			return remedy
		}
		return ""
	}
}

// runs lists the keys that a live run obeys, or that change nothing in it. A key that does not stand here is
// refused: whoever adds one to the language must say here that it runs.
var runs = map[string]condition{
	// Names for people, and keys that steer the simulation alone.
	"name": always, "hardware": always, "cpu.model": always, "gpu.model": always,
	"run.seed": always, "run.replications": always, "run.throughput_goal": always, "run.p99_goal": always, "run.max_events": always, "run.jitter": always,
	"scaling.allow_extrapolation": always, "scaling.spread": always,

	// This machine.
	"cpu.cores": always, // see checkCores
	"gpu.count": unless(func(s *scenario.Scenario) bool { return s.GPU.Count > 1 }, "a live run has one GPU; set gpu.count = 1"),
	// A GPU's link is measured and these are replaced; they are needed in the file.
	"link.bandwidth": always, "link.latency": always,
	"servers.count":   unless(func(s *scenario.Scenario) bool { return s.Servers.Count > 1 }, "a live run has one server; set servers.count = 1"),
	"memory.capacity": always, // of no effect without memory.full
	"memory.full":     unless(func(s *scenario.Scenario) bool { return s.Memory.Full != "" }, "a live run has the memory that this machine has; remove it"),
	"balance.gpus":    always, // there is one
	"balance.servers": always,

	// The server.
	"pipeline.preset": unless(func(s *scenario.Scenario) bool { return s.Pipeline.Preset != "classify" }, "set pipeline.preset = \"classify\""),
	"pipeline.model":  always,
	"pipeline.preprocessing": unless(func(s *scenario.Scenario) bool {
		return s.Pipeline.Preprocessing == "split"
	}, "set pipeline.preprocessing to \"cpu\", \"gpu\" or \"none\""),
	"pipeline.inference": always,
	"pipeline.image":     always, "pipeline.images": always,
	"pipeline.images.size": always, "pipeline.images.weight": always, "pipeline.images.priority": always,
	"preprocess.workers":         unless(func(s *scenario.Scenario) bool { return s.Pipeline.Preprocessing != "cpu" }, "no CPU preprocesses; remove it or set pipeline.preprocessing = \"cpu\""),
	"inference.instances":        always,
	"inference.intra_op_threads": unless(OnGPU, "instances on a GPU have none; remove it"),

	// The rule of its queue.
	"batcher.max_batch": always, "batcher.max_queue_delay": always, "batcher.preferred_batch_sizes": always, "batcher.allowed_batch_sizes": always,
	"batcher.prefetch": always, "batcher.formation": always, "batcher.priority_levels": always,
	"batcher.default_queue_policy.priority": always, "batcher.default_queue_policy.max_queue_size": always,
	"batcher.default_queue_policy.timeout": always, "batcher.default_queue_policy.timeout_action": always,
	"batcher.queue_policies": always, "batcher.queue_policies.priority": always, "batcher.queue_policies.max_queue_size": always,
	"batcher.queue_policies.timeout": always, "batcher.queue_policies.timeout_action": always,

	// The load.
	"workload.items": unless(func(s *scenario.Scenario) bool {
		c := s.Workload.Items
		return c != nil && (c.Dist != "constant" || c.Mean != 1)
	}, "a live client sends one image a request; remove it"),
	"workload.arrivals": always, "workload.concurrency": always, "workload.think_time": always, "workload.backoff": always,
	"workload.rate": always, "workload.cv": always, "workload.gap": always,
	"workload.states": always, "workload.states.rate": always, "workload.states.mean_time": always,
	"workload.spans": always, "workload.spans.for": always, "workload.spans.rate": always, "workload.spans.to": always,
	"workload.repeat": always, "workload.peak": always, "workload.period": always, "workload.phase": always,
	"workload.file": always, "workload.time_scale": always,
	"workload.cameras": always, "workload.frame_rate": always, "workload.phases": always, "workload.jitter": always, "workload.wander": always,
	"workload.skip": unless(func(s *scenario.Scenario) bool { return s.Workload.Skip }, "live cameras send every frame; remove it"),
}

// remedies say, by the key or the first part of it, why a live run does not obey it and what to do.
var remedies = map[string]string{
	"profile":               "validate measures a profile of this machine; remove it",
	"cpu":                   "this machine's processor is measured; remove it",
	"gpu":                   "this machine's GPU is measured; remove it",
	"link":                  "a GPU's link is measured as it is; remove it",
	"memory":                "a live server's memory is not limited; remove it",
	"server":                "a live server has no front end and no overhead of its own; remove it",
	"pipeline.images.items": "a live client sends one image a request; remove it",
	"times":                 "a live server takes the time that it takes; remove it",
	"outage":                "nothing fails in a live run; remove it",
	"broker":                "this live run has no brokers; vsim validate brokers compares them; remove it",
	"stage":                 "a live run has a preset's server; write [pipeline] instead",

	"resource":              "a live run has a preset's server; write [pipeline] instead",
	"class":                 "a live run has a preset's server; write pipeline.images instead",
	"identify":              "a live server has one model; remove it",
	"preprocess":            "a live server preprocesses in its workers, or in its instances on the GPU; remove it",
	"pipeline.tensor":       "the model says how large its input is; remove it",
	"pipeline.answer":       "the model says how large its answer is; remove it",
	"pipeline.images.model": "a live server has one model, pipeline.model; remove it",
	"pipeline.images":       "the images are real and have the size that they have; remove it",
}

// Refusals lists a fault for each key that a scenario gives and a live run does not obey; rule is what the faults say of it. What
// a machine says that the scenario only names is replaced by this machine's, unless it stands in the list of what runs: there its
// condition counts.
func Refusals(file, rule string, s *scenario.Scenario) (faults []scenario.Fault) {
	walk("", "", reflect.ValueOf(*s), s.Given, func(key, path string, found reflect.Value) bool {
		remedy := refusal(key, s)
		if _, listed := runs[key]; remedy == "" || !listed && !s.Written(path) {
			return true
		}
		faults = append(faults, scenario.Fault{File: file, Key: path, Found: text(found), Rule: rule, Remedy: remedy})
		return false
	})
	return faults
}

// refusal says why a live run does not obey a key; "" when it does.
func refusal(key string, s *scenario.Scenario) string {
	if obeyed, ok := runs[key]; ok {
		return obeyed(s)
	}
	for part := key; ; {
		if remedy, ok := remedies[part]; ok {
			return remedy
		}
		at := strings.LastIndex(part, ".")
		if at < 0 {
			return "remove it, or predict without a live run: vsim simulate"
		}
		part = part[:at]
	}
}

// walk visits the keys of a table that are given. key is the name of a key in the language, path that of one
// of its places in the file, with the numbers of list elements. visit says of a list of tables whether to look
// into it.
func walk(key, path string, table reflect.Value, given func(path string) bool, visit func(key, path string, found reflect.Value) bool) {
	for i := range table.NumField() {
		f, v := table.Type().Field(i), table.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		if f.Anonymous && f.IsExported() {
			walk(key, path, v, given, visit)
			continue
		}
		if name == "" || !f.IsExported() {
			continue
		}
		below, at := join(key, name), join(path, name)
		if !given(at) {
			continue
		}
		for v.Kind() == reflect.Pointer && !v.IsNil() {
			v = v.Elem()
		}
		switch {
		case isTable(v.Type()):
			walk(below, at, v, given, visit)
		case v.Kind() != reflect.Slice || !isTable(v.Type().Elem()):
			visit(below, at, v)
		case visit(below, at, v):
			for i := range v.Len() {
				element := join(at, strconv.Itoa(i))
				if !given(element) { // a single table that stands for a list of one
					element = at
				}
				walk(below, element, v.Index(i), given, visit)
			}
		}
	}
}

// isTable says whether a type is a table of keys of its own. Distributions are values: a live run draws from
// them as the simulator does.
func isTable(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t != reflect.TypeFor[scenario.Distribution]() && t != reflect.TypeFor[scenario.Service]() && t != reflect.TypeFor[scenario.Count]()
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// text shows a value as it stands in a file; "" for tables and lists of them.
func text(v reflect.Value) string {
	if q, ok := v.Interface().(encoding.TextMarshaler); ok {
		if out, err := q.MarshalText(); err == nil {
			return strconv.Quote(string(out))
		}
	}
	switch v.Kind() {
	case reflect.String:
		return strconv.Quote(v.String())
	case reflect.Struct, reflect.Slice, reflect.Pointer:
		return ""
	}
	return fmt.Sprint(v.Interface())
}
