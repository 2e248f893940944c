package triton

import (
	"fmt"
	"slices"
	"strings"

	"vsim/sim/scenario"
)

// ordered sorts visits so that each comes after those that it needs, and leaves of its needs only those
// that no other implies.
func (im *importer) ordered(visits []*visit) (out []*visit) {
	place := make([]int, len(visits)) // in out, from 1
	for len(out) < len(visits) {
		before := len(out)
		for i, v := range visits {
			if place[i] == 0 && !slices.ContainsFunc(v.after, func(j int) bool { return place[j] == 0 }) {
				out = append(out, v)
				place[i] = len(out)
			}
		}
		if len(out) == before {
			i := slices.Index(place, 0)
			im.fault(visits[i].step.fault("input_map", nil, fmt.Sprintf("step %q waits for itself: what it takes depends on what it writes", visits[i].step.ModelName), ""))
			return nil
		}
	}
	reach := make([]map[int]bool, len(out)) // visits before each
	for i, v := range out {
		reach[i] = map[int]bool{}
		for k, j := range v.after {
			v.after[k] = place[j] - 1
			reach[i][place[j]-1] = true
			for earlier := range reach[place[j]-1] {
				reach[i][earlier] = true
			}
		}
		slices.Sort(v.after)
		v.after = slices.DeleteFunc(v.after, func(j int) bool {
			return slices.ContainsFunc(v.after, func(k int) bool { return k != j && reach[k][j] })
		})
	}
	return out
}

// vertex is a stop of the scenario: a visit, or a point where requests wait for all that came before.
type vertex struct {
	visit  *visit // nil where they only wait
	name   string
	after  []string
	copies int // requests that each becomes on its way here; 0 for one
}

// vertices names the visits. Where their graph is no nesting of forks and joins, which is all that is
// simulated, visits of the same depth wait for all of the depth before.
func (im *importer) vertices(c *modelConfig, visits []*visit, names unique) ([]vertex, error) {
	var out []vertex
	for _, v := range visits {
		x := vertex{visit: v, name: names.of(v.config.Name), after: []string{}}
		for _, j := range v.after {
			x.after = append(x.after, out[j].name)
		}
		out = append(out, x)
	}
	if nests(out) == nil {
		return out, nil
	}
	levels := levelled(out, depths(visits), names)
	if err := nests(levels); err != nil {
		return nil, err
	}
	im.warn(c.fault("ensemble_scheduling", nil, "left out", "its steps are no nesting of forks and joins; a step is taken to wait for all steps of the depth before"))
	return levels, nil
}

// nests says what is wrong with the graph for the simulator.
func nests(vertices []vertex) error {
	var s scenario.Scenario
	for _, v := range vertices {
		s.Stages = append(s.Stages, scenario.Stage{Name: v.name, After: v.after})
	}
	_, err := s.Graph()
	return err
}

// depths gives the length of the longest way to each visit.
func depths(visits []*visit) []int {
	out := make([]int, len(visits))
	for i, v := range visits {
		for _, j := range v.after {
			out[i] = max(out[i], out[j]+1)
		}
	}
	return out
}

// levelled makes every vertex wait for all of the depth before: directly, or where there are several of
// both, at a vertex between them.
func levelled(vertices []vertex, depth []int, names unique) (out []vertex) {
	var before []string
	for level := range slices.Max(depth) + 1 {
		var here []vertex
		for i, v := range vertices {
			if depth[i] == level {
				here = append(here, v)
			}
		}
		if len(before) > 1 && len(here) > 1 {
			out = append(out, vertex{name: names.of("join"), after: before})
			before = []string{out[len(out)-1].name}
		}
		var now []string
		for _, v := range here {
			v.after = append([]string{}, before...)
			out, now = append(out, v), append(now, v.name)
		}
		before = now
	}
	return out
}

// unique gives names that are not taken, by numbering them.
type unique map[string]bool

func (u unique) of(name string) string {
	name = strings.TrimSpace(name)
	free := name
	for n := 2; u[free]; n++ {
		free = fmt.Sprintf("%s %d", name, n)
	}
	u[free] = true
	return free
}
