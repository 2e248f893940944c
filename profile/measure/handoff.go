package measure

import (
	"sync/atomic"
	"time"

	"vsim/profile"
)

// Handoff is the stage name of waking an idle worker through a channel: what a server pays whenever a
// request passes from one of its goroutines to another that was waiting.
const Handoff = "handoff"

// idleFor lets the receiving thread fall asleep between two hand-offs.
const idleFor = 200 * time.Microsecond

// handoff measures from before the send until the receiver runs; the sender stays busy meanwhile, as a
// preprocessing worker does with its next picture. stop ends the receiver.
func handoff() (c *chain, stop func()) {
	sent := make(chan time.Duration, 1)
	var woken atomic.Int64 // the span until then, ns
	go func() {
		for t := range sent {
			woken.Store(int64(now() - t))
		}
	}()
	c = &chain{keys: []profile.Key{{Stage: Handoff, Resource: cpu}}, job: func(spans *burst) error {
		time.Sleep(idleFor)
		woken.Store(0)
		sent <- now()
		for woken.Load() == 0 {
			// busy: a sender that waited would give its own place to the receiver at once
		}
		if spans != nil {
			(*spans)[0] = append((*spans)[0], float64(woken.Load()))
		}
		return nil
	}}
	return c, func() { close(sent) }
}
