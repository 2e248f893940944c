package scenario

import (
	"fmt"
	"slices"
)

// Stop is one stop on a request's way: stages that are alternatives to each other, or a place where the
// request splits.
type Stop struct {
	Stages []int // indexes into Scenario.Stages; none where it splits
	Fork   []Branch
	Next   int // the stop after this one: 0 means the following, End that the way or branch ends here
}

// Branch is one way out of a stop that splits: so many copies (nil means one) begin at stop First.
type Branch struct {
	First  int
	Copies *Count
}

// End as a Stop's Next ends a way.
const End = -1

// Graph orders the stages of a scenario in the general form into stops, the first of which is where
// requests enter. The error names a stage whose place in the graph makes no sense.
func (s *Scenario) Graph() ([]Stop, error) { return s.GraphWithout(nil) }

// GraphWithout is Graph without the stages for which left is true: what follows them follows what is
// before them.
func (s *Scenario) GraphWithout(left func(stage int) bool) ([]Stop, error) {
	w := walk{s: s}
	if err := w.read(); err != nil {
		return nil, err
	}
	if left != nil {
		w.splice(left)
	}
	starts := w.after(entry)
	e, err := w.branches(starts)
	switch {
	case len(starts) == 0:
		return nil, fmt.Errorf("no stage is where requests enter; let one have after = []")
	case err != nil:
		return nil, err
	case e.join != none:
		return nil, fmt.Errorf("stage %q joins, but nothing before it splits, or not all of what it joins ends there", w.vertices[e.join].name)
	}
	for i := range w.vertices {
		if v := &w.vertices[i]; !v.seen && !v.gone {
			return nil, fmt.Errorf("stage %q is never reached; its after leads in a circle or to a branch that was joined before", v.name)
		}
	}
	return w.stops, w.check()
}

// vertex is a stage, or a group of them, in the graph.
type vertex struct {
	name   string
	stages []int
	after  []int // vertices; entry alone where requests enter
	seen   bool
	gone   bool
}

const (
	entry = -1
	none  = -1
)

// walk reads the graph of stages and takes it apart into nested forks and joins.
type walk struct {
	s        *Scenario
	vertices []vertex
	stops    []Stop
}

// read makes the vertices.
func (w *walk) read() error {
	for i := range w.s.Stages {
		st := &w.s.Stages[i]
		at := w.find(st.Group)
		if st.Group == "" || at < 0 {
			w.vertices = append(w.vertices, vertex{name: st.vertex()})
			at = len(w.vertices) - 1
		} else if first := &w.s.Stages[w.vertices[at].stages[0]]; st.Join != first.Join || st.Copies != nil ||
			st.After != nil && !slices.Equal(st.After, first.After) {
			return fmt.Errorf("stages %q and %q of one group have different after, copies or join; write them in the first of the group", first.Name, st.Name)
		}
		w.vertices[at].stages = append(w.vertices[at].stages, i)
	}
	for i := range w.vertices {
		if err := w.connect(i); err != nil {
			return err
		}
	}
	return nil
}

// vertex is the name by which others come after a stage: that of its group, else its own; none, where it was made from a broker.
func (st *Stage) vertex() string {
	if st.made() {
		return ""
	}
	return choose(st.Group == "", st.Name, st.Group)
}

// connect finds what a vertex comes after.
func (w *walk) connect(i int) error {
	v := &w.vertices[i]
	st := w.first(i)
	if st.After == nil {
		v.after = []int{i - 1} // the entry before the first
		return nil
	}
	for _, name := range st.After {
		at := w.find(name)
		if at < 0 {
			var names []string
			for _, o := range w.vertices {
				names = append(names, o.name)
			}
			return fmt.Errorf("stage %q comes after %q, but no stage has this name; %s", st.Name, name, nearestRemedy(name, names))
		}
		if at == i || slices.Contains(v.after, at) {
			return fmt.Errorf("stage %q comes after %q twice, or after itself", st.Name, name)
		}
		v.after = append(v.after, at)
	}
	if len(st.After) == 0 {
		v.after = []int{entry}
	}
	return nil
}

// find returns the vertex of a group's or a stage's name, or -1.
func (w *walk) find(name string) int {
	return slices.IndexFunc(w.vertices, func(v vertex) bool {
		return v.name == name || slices.ContainsFunc(v.stages, func(i int) bool { return w.s.Stages[i].Name == name && !w.s.Stages[i].made() })
	})
}

// splice takes stages out of the graph.
func (w *walk) splice(left func(stage int) bool) {
	for i := range w.vertices {
		v := &w.vertices[i]
		if v.stages = slices.DeleteFunc(v.stages, left); len(v.stages) > 0 {
			continue
		}
		v.gone = true
		for k := range w.vertices {
			o := &w.vertices[k]
			if at := slices.Index(o.after, i); at >= 0 {
				o.after = slices.Replace(o.after, at, at+1, v.after...)
				slices.Sort(o.after)
				o.after = slices.Compact(o.after)
			}
		}
	}
}

// after lists the vertices that come after one.
func (w *walk) after(i int) (out []int) {
	for k := range w.vertices {
		if !w.vertices[k].gone && slices.Contains(w.vertices[k].after, i) {
			out = append(out, k)
		}
	}
	return out
}

// end says where a chain ends: at a join, of which so many incoming ends are counted, or nowhere.
type end struct{ join, ends int }

// first is the stage whose keys place a vertex in the graph.
func (w *walk) first(i int) *Stage { return &w.s.Stages[w.vertices[i].stages[0]] }

// joins says that a vertex waits for what split before it.
func (w *walk) joins(i int) bool { return len(w.vertices[i].after) > 1 || w.first(i).Join }

// chain writes the stops from a vertex on.
func (w *walk) chain(i int) (end, error) {
	w.vertices[i].seen = true
	w.stops = append(w.stops, Stop{Stages: w.vertices[i].stages})
	return w.branches(w.after(i))
}

// branches writes what comes after the last stop: the next one, or a fork with its branches.
func (w *walk) branches(next []int) (end, error) {
	joins := slices.ContainsFunc(next, w.joins)
	switch {
	case len(next) == 0 || joins && len(next) == 1:
		if len(w.stops) > 0 {
			w.stops[len(w.stops)-1].Next = End
		}
		if len(next) == 0 {
			return end{join: none}, nil
		}
		return end{next[0], 1}, nil
	case joins:
		return end{}, fmt.Errorf("stages %q and %q come after the same one, but one of them joins; put the join after the other", w.vertices[next[0]].name, w.vertices[next[1]].name)
	case len(next) == 1 && w.first(next[0]).Copies == nil:
		return w.chain(next[0])
	}
	return w.fork(next)
}

// fork writes a fork, its branches, and what comes after their join.
func (w *walk) fork(next []int) (end, error) {
	if len(next) > maxBranches {
		return end{}, fmt.Errorf("%d branches begin at %q and its neighbours; at most %d are simulated", len(next), w.vertices[next[0]].name, maxBranches)
	}
	at := len(w.stops)
	w.stops = append(w.stops, Stop{Next: End})
	var all end
	for k, v := range next {
		branch := Branch{First: len(w.stops), Copies: w.first(v).Copies}
		e, err := w.chain(v)
		if err != nil {
			return end{}, err
		}
		if k > 0 && e.join != all.join {
			return end{}, fmt.Errorf("the branches that begin at %q and %q are not joined by the same stage", w.vertices[next[0]].name, w.vertices[v].name)
		}
		all = end{e.join, all.ends + e.ends}
		w.stops[at].Fork = append(w.stops[at].Fork, branch)
	}
	if all.join == none || all.ends < len(w.vertices[all.join].after) {
		return all, nil
	}
	w.stops[at].Next = len(w.stops)
	return w.chain(all.join)
}
