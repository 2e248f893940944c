package scenario

import (
	"fmt"
	"slices"
)

// maxBranches is the largest number of branches of one fork, which the simulator sets.
const maxBranches = 16

// check finds stops at which a request could not go on.
func (w *walk) check() error {
	for i := range w.vertices {
		if v := &w.vertices[i]; !v.gone {
			if err := w.checkGroup(v); err != nil {
				return err
			}
		}
	}
	if fork := w.stops[0].Fork; fork != nil && !slices.ContainsFunc(fork, func(b Branch) bool { return b.Copies == nil || b.Copies.least() > 0 }) {
		return fmt.Errorf("requests enter into copies that may be none; begin with a stage that all visit")
	}
	return w.checkSticky(0, false)
}

// checkGroup checks that the stages of a group serve every class and stand in the same places.
func (w *walk) checkGroup(v *vertex) error {
	served := map[string]bool{}
	first := &w.s.Stages[v.stages[0]]
	for _, i := range v.stages {
		st := &w.s.Stages[i]
		if st.Per != first.Per || st.Sticky != first.Sticky {
			return fmt.Errorf("stages %q and %q of one group differ in per or sticky", first.Name, st.Name)
		}
		if len(st.Classes) == 0 {
			return nil
		}
		for _, c := range st.Classes {
			served[c] = true
		}
	}
	for _, c := range w.s.Classes {
		if !served[c.Name] {
			return fmt.Errorf("class %q is served by no stage of %q, which all requests visit; add one with group = %q", c.Name, v.name, v.name)
		}
	}
	return nil
}

// checkSticky checks that what sticks to a GPU comes from one.
func (w *walk) checkSticky(at int, onGPU bool) error {
	for at != End {
		stop := &w.stops[at]
		for _, b := range stop.Fork {
			if err := w.checkSticky(b.First, onGPU); err != nil {
				return err
			}
		}
		if stop.Fork == nil {
			st := &w.s.Stages[stop.Stages[0]]
			if st.Sticky && !onGPU {
				return fmt.Errorf("stage %q is sticky, but requests do not come to it from a GPU", st.Name)
			}
			onGPU = st.Per == "gpu"
		}
		if at = w.following(at); at == len(w.stops) {
			return nil
		}
	}
	return nil
}

// following is the stop after one.
func (w *walk) following(at int) int {
	if next := w.stops[at].Next; next != 0 {
		return next
	}
	return at + 1
}

// least is the smallest number that can be drawn.
func (c *Count) least() int {
	switch c.Dist {
	case "poisson":
		return 0
	case "uniform":
		return c.Min
	case "discrete":
		for i, w := range c.Weights {
			if w > 0 {
				return c.Values[i]
			}
		}
		return 0
	}
	return int(c.Mean)
}
