package cpu

import (
	"runtime"
	"time"

	"vsim/profile"
	"vsim/profile/measure"
	"vsim/profile/measure/input"
	"vsim/profile/measure/machine"
)

// stretch is how long jobs that take turns on a core are done before what they took is taken down: some turns, which kernels
// change every few milliseconds.
const stretch = 30 * time.Millisecond

// addTurns measures what preprocessing and inference cost each other, and themselves, that have a core in turn: each finds its caches as the
// other has left them. That is CPU time; the turns themselves are the simulator's to give. Nothing is measured where threads cannot be kept on a core.
func (t *target) addTurns() error {
	if len(t.cfg.Images) == 0 || !canPin() {
		return nil
	}
	set := input.Middle(t.cfg.Images)
	chains, err := t.firstChains(set, false)
	if err != nil {
		return err
	}
	neighbours, err := t.firstChains(set, false)
	if err != nil {
		return err
	}
	for _, c := range chains {
		for _, n := range neighbours {
			beside := n.Keys[0]
			of := profile.Contention{Stage: c.Keys[0].Stage, Batch: c.Keys[0].Batch, Beside: beside.Stage, BesideBatch: beside.Batch, SameCore: true}
			crew := &measure.Crew{Stage: beside.Stage, Batch: beside.Batch, Model: beside.Model, Jobs: []func() error{pinned(n)}}
			for _, other := range n.Keys[1:] {
				crew.Also = append(crew.Also, other.Stage)
			}
			t.add(&measure.Point{Name: of.Label(), Chain: inTurns(c), Crew: crew, K: 1, SameCore: true})
		}
	}
	return nil
}

// canPin says that threads can be kept on a core and their CPU time be told.
func canPin() bool {
	done := make(chan bool)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		free, err := machine.Pin()
		if err == nil {
			free()
			_, err = machine.ThreadTime()
		}
		done <- err == nil
	}()
	return <-done
}

// inTurns is a chain whose thread stays on one core, and of which the CPU time counts, all parts together: a turn may end in any.
func inTurns(c *measure.Chain) *measure.Chain {
	out := &measure.Chain{Keys: c.Keys}
	out.Job = func(spans *measure.Burst) error {
		free, err := machine.Pin()
		if err != nil {
			return err
		}
		defer free()
		began, err := machine.ThreadTime()
		if err != nil {
			return err
		}
		n := 0
		for end := measure.Now() + stretch; n == 0 || measure.Now() < end; n++ {
			if err := c.Job(nil); err != nil {
				return err
			}
		}
		now, err := machine.ThreadTime()
		for part := range c.Keys {
			spans.Keep(part, float64(now-began)/float64(n))
		}
		return err
	}
	return out
}

// pinned is a chain's job on a thread that stays on the core.
func pinned(c *measure.Chain) func() error {
	stays := false
	return func() error {
		if !stays {
			if _, err := machine.Pin(); err != nil {
				return err
			}
			stays = true
		}
		return c.Job(nil)
	}
}
