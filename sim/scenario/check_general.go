package scenario

import "slices"

// presetTables are the tables of presets, which have no place in the general form.
var presetTables = []string{"pipeline", "server", "preprocess", "batcher", "inference", "identify", "times"}

func (s *Scenario) checkGeneral(d *decoder) {
	for _, key := range presetTables {
		if s.Given(key) {
			d.fault(key, nil, "has no place beside [[stage]], [[resource]] or [[class]]; a scenario has either a preset's pipeline or stages of its own")
		}
	}
	if len(s.Stages) == 0 {
		d.fault("stage", nil, "missing; resources alone do nothing: add a [[stage]]")
	}
	var classes, names []string
	for i, c := range s.Classes {
		d.named("class", i, c.Name, &classes)
	}
	if len(classes) == 0 {
		classes = []string{DefaultClass}
	}
	s.checkPriorities(d)
	resources := s.machine()
	for _, r := range resources {
		names = append(names, r.Name)
	}
	for i := range s.Resources {
		d.named("resource", i, s.Resources[i].Name, &names)
		s.checkResource(d, join("resource", itoa(i)), &s.Resources[i])
	}
	all := append(resources, s.Resources...)
	s.checkBrokers(d, all)
	for i := range s.Stages {
		c := stageCheck{d: d, s: s, st: &s.Stages[i], at: join("stage", itoa(i)), classes: classes, resources: all}
		c.check()
	}
	var stages []string
	for i, st := range s.Stages {
		d.named("stage", i, st.Name, &stages)
	}
	if len(d.faults) == 0 && len(s.faulty) == 0 {
		if _, err := s.General().Graph(); err != nil {
			d.fault("stage", nil, "%s", err)
		}
	}
}

// DefaultClass is the class of all requests where none is written.
const DefaultClass = "request"

func (s *Scenario) checkResource(d *decoder, at string, r *Resource) {
	if r.Type == "memory" && r.Size == 0 {
		d.fault(join(at, "size"), nil, "missing; a memory needs it, for example size = \"24GB\"")
	}
	for _, k := range []struct {
		key     string
		written bool
	}{{"size", r.Size > 0}, {"full", r.Full != ""}} {
		if k.written && r.Type != "memory" {
			d.fault(join(at, k.key), nil, "belongs to a memory; set type = \"memory\" or remove it")
		}
	}
	if r.Latency > 0 && r.Bandwidth == 0 {
		d.fault(join(at, "latency"), nil, "has no effect without bandwidth: it belongs to services in bytes")
	}
	if r.GPUsPerBridge > 1 && (r.Per != "gpu" || r.Bandwidth == 0) {
		d.fault(join(at, "gpus_per_bridge"), r.GPUsPerBridge, "needs per = \"gpu\" and a bandwidth")
	}
	checkBridge(d, at, r.GPUsPerBridge, r.Slots, join(at, "slots"), r.BridgeBandwidth > 0)
	d.slowdowns(join(at, "slowdown"), r.Slowdown)
	if r.Per == "gpu" {
		s.needGPUs(d, join(at, "per"))
	}
}

// checkPriorities refuses priorities of which no stage takes notice.
func (s *Scenario) checkPriorities(d *decoder) {
	if slices.ContainsFunc(s.Stages, func(st Stage) bool { return st.PriorityLevels > 0 }) || !s.sound("stage") {
		return
	}
	for i, c := range s.Classes {
		if c.Priority > 0 {
			d.fault(join(join("class", itoa(i)), "priority"), c.Priority, "has no effect: no stage has priority_levels; set it, or remove this")
		}
	}
}

func (s *Scenario) needGPUs(d *decoder, key string) {
	if s.GPU.Count == 0 && s.Servers.GPUs == 0 && s.sound("gpu.count", "servers.gpus", "hardware") {
		d.fault(key, "gpu", "there are no GPUs; set servers.gpus, or give the machine a [gpu] table")
	}
}

// named checks that no two elements of a list have one name.
func (d *decoder) named(list string, i int, name string, seen *[]string) {
	key := join(join(list, itoa(i)), "name")
	if name != "" && slices.Contains(*seen, name) {
		d.fault(key, name, "stands twice; give each [[%s]] its own name", list)
	}
	*seen = append(*seen, name)
}
