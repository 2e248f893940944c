package scenario

import (
	"cmp"
	"strings"
)

// General returns the scenario in the general form: the hardware tables as [[resource]] tables, a preset
// as [[class]] and [[stage]] tables, all numbers written out. A scenario in the general form returns
// itself.
func (s *Scenario) General() *Scenario {
	g := &Scenario{
		Name: s.Name, Profile: s.Profile, Price: s.Price,
		Classes: s.Classes, Stages: s.Stages, Brokers: s.brokers(),
		Servers: s.Servers, Balance: s.Balance, Outages: s.Outages,
		Workload: s.Workload, Scaling: s.Scaling, Run: s.Run, origin: s.origin,
	}
	if g.Name == "" {
		g.Name = s.hardwareName
	}
	if s.GPU.Count > 0 {
		g.Servers.GPUs = s.GPU.Count
	}
	g.Resources = append(s.machine(), s.Resources...)
	if !s.IsGeneral() {
		p := preset{s: s, g: g}
		p.write()
	}
	g.written = true
	return g
}

// IsGeneral says whether the pipeline is written in the general form, as [[stage]] tables, rather than
// as a preset.
func (s *Scenario) IsGeneral() bool {
	if s.written {
		return true
	}
	for _, list := range []string{"stage", "resource", "class", "broker"} {
		if s.Given(list) {
			return true
		}
	}
	return false
}

// Names of the resources that the hardware tables make.
const (
	cpuName        = "cpu"
	gpuName        = "gpu"
	h2dName        = "link h2d"
	d2hName        = "link d2h"
	jpegName       = "jpeg"
	gpuMemoryName  = "gpu memory"
	hostMemoryName = "host memory"
	memoryBusName  = "memory bus"
)

// machine writes the hardware tables as resources.
func (s *Scenario) machine() (out []Resource) {
	c, g, l := &s.CPU, &s.GPU, &s.Link
	if c.Cores > 0 {
		out = append(out, Resource{Name: cpuName, Type: "cpu", Per: "server", Capacity: float64(c.Cores), Speed: 1,
			Profile: c.Profile, Slowdown: c.Slowdown, IdlePower: c.IdlePower, ActivePower: c.CorePower, StagePower: c.StagePower, Bandwidth: s.stagingBandwidth(), key: "cpu"})
	}
	if s.Memory.Full != "" {
		out = append(out, Resource{Name: hostMemoryName, Type: "memory", Per: "server", Speed: 1, Size: s.Memory.Capacity, Full: s.Memory.Full, key: "memory"})
	}
	if s.copies() > 0 {
		out = append(out, Resource{Name: memoryBusName, Type: "link", Per: "server", Capacity: 1, Speed: 1, Bandwidth: s.Memory.Bandwidth, key: "memory"})
	}
	if g.Count == 0 {
		return out
	}
	out = append(out, Resource{Name: gpuName, Type: "gpu", Per: "gpu", Capacity: 1, Speed: 1,
		Profile: g.Profile, Slowdown: g.Slowdown, IdlePower: g.IdlePower, ActivePower: g.ActivePower, StagePower: g.StagePower, key: "gpu"})
	for _, name := range []string{h2dName, d2hName} {
		out = append(out, Resource{Name: name, Type: "link", Per: "gpu", Capacity: 1, Speed: 1, Slots: g.CopyEngines, Bandwidth: l.Bandwidth,
			Latency: l.Latency, GPUsPerBridge: l.GPUsPerBridge, BridgeBandwidth: l.BridgeBandwidth, Profile: l.Profile, key: "link"})
	}
	if g.JPEGDecoders > 0 {
		// A batched call keeps all engines busy, so that calls take turns; see the decode step.
		out = append(out, Resource{Name: jpegName, Type: "engine", Per: "gpu", Slots: 1, Speed: 1, Profile: g.Profile, key: "gpu"})
	}
	if size := s.inputMemory(); size > 0 {
		out = append(out, Resource{Name: gpuMemoryName, Type: "memory", Per: "gpu", Speed: 1, Size: size, Full: g.MemoryFull, key: "gpu"})
	}
	return out
}

// copies is how often what a client sends is copied in the host's memory, where that is simulated.
func (s *Scenario) copies() int {
	if s.Server == nil || s.IsGeneral() {
		return 0
	}
	return s.Server.Copies
}

// stagingBandwidth is that of a core copying into a pinned buffer, 0 where transfers need none.
func (s *Scenario) stagingBandwidth() Bandwidth {
	if s.Link.Memory == "pageable" {
		return s.Link.StagingBandwidth
	}
	return 0
}

// inputMemory is the part of a GPU's memory that preprocessed inputs can fill, 0 where none queue there.
func (s *Scenario) inputMemory() Bytes {
	if s.IsGeneral() {
		return s.GPU.Memory
	}
	if p := s.Preprocess; p != nil && p.Separate {
		return p.Memory
	}
	return 0
}

// AllSteps are the steps of a stage; the short form is a single one with the stage's name.
func (st *Stage) AllSteps() (out []*Step) {
	if len(st.Steps) == 0 {
		return []*Step{{Name: st.Name, Resource: st.Resource, Service: st.Service}}
	}
	for i := range st.Steps {
		out = append(out, &st.Steps[i])
	}
	return out
}

// Blame is the key that a user would change to change the resource: a hardware table's, where one has
// written it, else the given one.
func (r *Resource) Blame(key string) string { return choose(r.key != "", r.key, key) }

// Blame is the key that a user would change to change the stage's batches: a preset's, where one has
// written it, else the given one.
func (st *Stage) Blame(key string) string { return choose(st.key != "", st.key, key) }

// WorkersKey is the key that a user would change to change the number of the stage's workers: a preset's,
// where one has written the stage, else that of the table at.
func (st *Stage) WorkersKey(at string) string {
	return choose(st.workersKey != "", st.workersKey, join(at, "workers"))
}

// DelayKey is the key of the longest wait for a fuller batch, likewise.
func (st *Stage) DelayKey(at string) string {
	if st.delayKey != "" {
		return st.delayKey
	}
	table, _ := strings.CutSuffix(st.key, ".max_batch")
	return join(choose(st.key != "", table, at), "max_queue_delay")
}

// ProfileKind is the stage of the profile whose slow-downs the step's jobs have, "" where it has none.
func (s *Step) ProfileKind() string {
	kind := s.Kind
	for i := range s.Service {
		kind = cmp.Or(kind, s.Service[i].ProfileStage)
	}
	return kind
}

// Blame is the key that a user would change to change the step's time: a preset's, where one has
// written it, else the given one's service.
func (s *Step) Blame(key string) string { return choose(s.key != "", s.key, join(key, "service")) }
