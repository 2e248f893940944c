package predict

import (
	"vsim/sim/engine"
	"vsim/sim/topology"
)

// types are those of the resources that tests have, by name; the others are delays.
var types = map[string]topology.Type{"core": topology.CPU, "cpu": topology.CPU, "gpu": topology.GPU, "gpu0": topology.GPU}

// bare is the topology of a system in which every pool is a stage and every resource one of its own.
func bare(sys *engine.System) *topology.Topology {
	top := &topology.Topology{}
	for i := range sys.Resources {
		r := topology.Resource{Name: sys.Resources[i].Name, Key: "resource." + sys.Resources[i].Name, Type: topology.Delay, Copies: []topology.Copy{{Index: i}}}
		if t, ok := types[r.Name]; ok {
			r.Type = t
		}
		top.Resources = append(top.Resources, r)
	}
	for i := range sys.Pools {
		p := &sys.Pools[i]
		st := topology.Stage{Name: p.Name, WorkersKey: "stage." + p.Name + ".workers", DelayKey: "stage." + p.Name + ".max_queue_delay", BatchKey: "stage." + p.Name + ".max_batch", Pools: []int{i}}
		for k, s := range p.Steps {
			st.Steps = append(st.Steps, topology.Step{Name: s.Name, Resource: s.Resource[0], Parts: []int{k}})
		}
		top.Stages = append(top.Stages, st)
	}
	return top
}
