package engine

import (
	"fmt"
	"testing"
	"time"
)

// What others use of the cores is taken from jobs where no core is idle, and from none where one is.
func TestOthersTakeIdleCoresFirst(t *testing.T) {
	for _, c := range []struct {
		clients int
		want    time.Duration // of a job of 3 ms on two cores, of which others use half a one
	}{{1, 3 * time.Millisecond}, {2, 4 * time.Millisecond}, {4, 8 * time.Millisecond}} {
		for _, perCore := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d clients, per core %v", c.clients, perCore), func(t *testing.T) {
				two := cores(2)
				two.Others, two.PerCore = 0.5, perCore
				sys := tandem(Source{Clients: c.clients}, []Resource{two}, Pool{Name: "cpu", Workers: 4, Steps: []Step{on(0, 0, one(constant(3*time.Millisecond)))}})
				left := departures(t, newRun(t, sys, 0), 40*c.clients)
				last := len(left) - 1
				if got := time.Duration(left[last].at-left[last-20*c.clients].at) / 20; got != c.want {
					t.Errorf("%v a round, want %v", got, c.want)
				}
			})
		}
	}
}

// Others that use all of a resource, or of one without a capacity, are a mistake.
func TestOthersLeaveSomething(t *testing.T) {
	for _, r := range []Resource{{Capacity: 2, Others: 2}, {Others: 0.5}, {Capacity: 2, Others: -1}} {
		r.Kinds = []Kind{{Name: "job"}}
		sys := tandem(Source{Clients: 1}, []Resource{r}, Pool{Name: "cpu", Workers: 1, Steps: []Step{on(0, 0, one(constant(time.Millisecond)))}})
		if _, err := New(sys, 0); err == nil {
			t.Errorf("capacity %v, others %v: no error", r.Capacity, r.Others)
		}
	}
}
