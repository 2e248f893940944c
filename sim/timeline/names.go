package timeline

import (
	"fmt"

	"vsim/sim/engine"
	"vsim/sim/topology"
)

// names are what the numbers of a run are called.
type names struct {
	classes   []string
	stages    []string   // by pool
	steps     [][]string // by pool, then step
	resources []string
	pools     [][]int             // by stage
	busy      []topology.Resource // those that can be full
}

func newNames(sys *engine.System, top *topology.Topology) names {
	n := names{stages: make([]string, len(sys.Pools)), steps: make([][]string, len(sys.Pools)), resources: make([]string, len(sys.Resources))}
	for i := range sys.Classes {
		n.classes = append(n.classes, sys.Classes[i].Name)
	}
	for i := range top.Stages {
		n.addStage(sys, &top.Stages[i])
	}
	for i := range top.Resources {
		r := &top.Resources[i]
		for _, c := range r.Copies {
			n.resources[c.Index] = copyName(r, c)
		}
		if canBeFull(sys, r) {
			n.busy = append(n.busy, *r)
		}
	}
	return n
}

func (n *names) addStage(sys *engine.System, s *topology.Stage) {
	n.pools = append(n.pools, s.Pools)
	for _, p := range s.Pools {
		n.stages[p] = s.Name
		n.steps[p] = make([]string, len(sys.Pools[p].Steps))
		for i := range s.Steps {
			for _, part := range s.Steps[i].Parts {
				n.steps[p][part] = s.Steps[i].Name
			}
		}
	}
}

// canBeFull says that somebody may wait or slow down on a resource.
func canBeFull(sys *engine.System, r *topology.Resource) bool {
	spec := &sys.Resources[r.Copies[0].Index]
	return r.Type != topology.Delay && (spec.Capacity > 0 || spec.Slots > 0 || spec.Excess != nil)
}

// copyName is a resource's name, with the place of its copy where there are several.
func copyName(r *topology.Resource, c topology.Copy) string {
	servers, gpus := false, false
	for _, other := range r.Copies {
		servers = servers || other.Server != r.Copies[0].Server
		gpus = gpus || other.GPU != r.Copies[0].GPU
	}
	name := r.Name
	if servers {
		name += fmt.Sprintf(" of server %d", c.Server)
	}
	if gpus {
		name += fmt.Sprintf(", gpu %d", c.GPU)
	}
	return name
}

func (n *names) stage(pool int32) string        { return n.stages[pool] }
func (n *names) step(pool, step int32) string   { return n.steps[pool][step] }
func (n *names) resource(resource int32) string { return n.resources[resource] }
