package triton

import (
	"fmt"
	"slices"
)

// way is the stops of the requests of a class, each of alternative stages.
type way struct {
	class string
	stops [][]notedStage
}

// together leads several classes of requests through one graph, since the language has one for all of them. Ways
// without branches run side by side: their first stops are one, of which each class visits its own stages, and so are
// their second ones. Ways with branches follow one after the other. Where a class has nothing to do it passes by.
func together(ways []*way, names unique) []notedStage {
	t := joint{names: names}
	var lines, graphs []*way
	for _, w := range ways {
		t.classes = append(t.classes, w.class)
		if w.branches() {
			graphs = append(graphs, w)
		} else {
			lines = append(lines, w)
		}
	}
	t.abreast(lines)
	for _, w := range graphs {
		t.append(w)
	}
	return t.stages
}

// joint is a graph in the making.
type joint struct {
	classes []string
	names   unique
	stages  []notedStage
	last    string // stop that all have left; "" before the first
}

// branches says that a way is more than one stop after the other.
func (w *way) branches() bool {
	if w.copies() {
		return true
	}
	for i, stop := range w.stops {
		after := stop[0].After
		if len(after) > 1 || (len(after) == 0) != (i == 0) || i > 0 && after[0] != nameOf(w.stops[i-1]) {
			return true
		}
	}
	return false
}

// copies says that a request becomes several on its way.
func (w *way) copies() bool {
	return slices.ContainsFunc(w.stops, func(stop []notedStage) bool { return stop[0].Copies != nil })
}

// nameOf is the name of a stop.
func nameOf(stop []notedStage) string {
	if stop[0].Group != "" {
		return stop[0].Group
	}
	return stop[0].Name
}

func (t *joint) after() []string {
	if t.last == "" {
		return []string{}
	}
	return []string{t.last}
}

// abreast adds ways without branches: stop k of all of them is one.
func (t *joint) abreast(ways []*way) {
	for k := 0; ; k++ {
		var stop []notedStage
		var present []string
		for _, w := range ways {
			if k < len(w.stops) {
				present = append(present, w.class)
				for _, st := range w.stops[k] {
					st.Classes = []string{w.class}
					stop = append(stop, st)
				}
			}
		}
		if len(stop) == 0 {
			return
		}
		name := t.names.of(fmt.Sprintf("stop %d", k+1))
		t.add(name, t.after(), stop, present)
		t.last = name
	}
}

// append adds a way with branches behind all others.
func (t *joint) append(w *way) {
	followed := map[string]bool{}
	for _, stop := range w.stops {
		for i := range stop {
			if stop[i].Service == nil { // a waiting point is everybody's
				stop[i].Classes = []string{w.class}
			}
		}
		after := stop[0].After
		for _, name := range after {
			followed[name] = true
		}
		if len(after) == 0 {
			after = t.after()
		}
		if stop[0].Service != nil {
			stop[0].After = after
			t.stages = append(t.stages, stop[0])
			continue
		}
		t.add(nameOf(stop), after, stop, []string{w.class})
	}
	var ends []string
	for _, stop := range w.stops {
		if !followed[nameOf(stop)] {
			ends = append(ends, nameOf(stop))
		}
	}
	if t.last = ends[0]; len(ends) > 1 || w.copies() {
		t.last = t.names.of("join")
		end := waitingPoint(t.last, ends)
		end.Join = true
		t.stages = append(t.stages, end)
	}
}

// add adds a stop of several stages, and one for the classes that are not present there.
func (t *joint) add(name string, after []string, stop []notedStage, present []string) {
	absent := slices.DeleteFunc(slices.Clone(t.classes), func(c string) bool { return slices.Contains(present, c) })
	if len(absent) > 0 {
		by := waitingPoint(t.names.of(name+" passed by"), nil)
		by.head, by.Classes = []string{"Requests that have nothing to do here pass by, in a nanosecond."}, absent
		stop = append(stop, by)
	}
	for i := range stop {
		stop[i].Group, stop[i].After = name, nil
	}
	stop[0].After = after
	t.stages = append(t.stages, stop...)
}
