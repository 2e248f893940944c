//go:build linux

package rules_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"vsim/experiments/oip"
	"vsim/sim/engine/batcher"
)

// race is a story in which a batch ends while the last request waits: what that becomes part of, or when it begins, tells whether the
// batcher looked before the instance was back.
type race struct {
	story
	early func(all []outcome) bool
}

// races are those of batches that sleep, and of batches that keep a core busy.
func races() (out []race) {
	asleep := func(all []outcome) bool { return all[len(all)-1].began-all[len(all)-2].began > 200 }
	asleepAfterFull := func(all []outcome) bool { return all[len(all)-1].began-all[1].began > 200 }
	grew := func(all []outcome) bool { return all[len(all)-1].what == "batch of 2" }
	grows := story{max: 8, text: "max_queue_delay_microseconds: 30000", config: batcher.Config{Prefetch: true, Delay: 30 * ms}}
	for _, works := range []bool{false, true} {
		how := map[bool]string{false: "sleep", true: "work"}[works]
		wakes := story{name: "wakes-" + how, max: 1, text: "default_queue_policy { max_queue_size: 2 }", batchMs: 40, works: works,
			config: batcher.Config{Prefetch: true, Queues: []batcher.Queue{{Limit: 2}}}, requests: []request{{atMs: 0}, {atMs: 10}}}
		full := story{name: "wakes-full-" + how, max: 8, text: "default_queue_policy { max_queue_size: 16 }", batchMs: 40, works: works,
			config: batcher.Config{Prefetch: true, Queues: []batcher.Queue{{Limit: 16}}}, requests: append([]request{{atMs: 0}}, every(1, 10, 16)...)}
		late, soon := grows, grows
		late.name, late.works, late.batchMs, late.requests = "grows-late-"+how, works, 40, []request{{atMs: 0}, {atMs: 32}, {atMs: 65}}
		soon.name, soon.works, soon.batchMs, soon.requests = "grows-soon-"+how, works, 80, []request{{atMs: 0}, {atMs: 32}, {atMs: 85}}
		out = append(out, race{wakes, asleep}, race{full, asleepAfterFull}, race{late, grew}, race{soon, grew})
	}
	return out
}

// TestWhoIsFirst counts how often the batcher that a finished instance wakes looks before the instance is back (batcher.Config.Early): on
// a machine that does nothing else, and with one core busy for a share of the time.
func TestWhoIsFirst(t *testing.T) {
	all := races()
	var models []story
	for _, r := range all {
		models = append(models, r.story)
	}
	c := dial(t, serving(t, models))
	for _, percent := range []int{0, 25, 50, 100} {
		t.Run(fmt.Sprintf("%d %% of a core busy", percent), func(t *testing.T) {
			spin(t, percent)
			for _, r := range all {
				t.Run(r.name, func(t *testing.T) { r.count(t, c) })
			}
		})
	}
}

// count tells how often the batcher is first. Predictions of bounded queues stand on wakes-full-work, which has more plays: when a full batch
// ends, its answers are sent, and the batcher's thread finds the other core busy.
func (r *race) count(t *testing.T, c oip.Client) {
	plays, early := 60, 0
	if r.name == "wakes-full-work" {
		plays = 200
	}
	for range plays {
		got, _ := real(t, c, &r.story)
		if r.early(got) {
			early++
		}
		time.Sleep(60 * ms)
	}
	p := float64(early) / float64(plays)
	t.Logf("first in %d of %d plays (standard error %.2f)", early, plays, math.Sqrt(p*(1-p)/float64(plays)))
}

// spin keeps one core busy for a share of every 10 ms until the test ends.
func spin(t *testing.T, percent int) {
	const period = 10 * ms
	busy := period * time.Duration(percent) / 100
	go func() {
		for begin := time.Now(); t.Context().Err() == nil; begin = time.Now() {
			for time.Since(begin) < busy {
			}
			time.Sleep(period - busy)
		}
	}()
}
