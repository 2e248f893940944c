package batcher

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"vsim/sim/engine/event"
	"vsim/sim/golden"
)

// story tells what a batcher does with requests that come at given times, in words: one file in testdata
// for each rule. Instances need `service` for any batch.
type story struct {
	rule     string
	config   Config
	service  event.Time
	arrivals []arrival
	end      event.Time
}

// at are arrivals at so many milliseconds, of the highest level.
func at(times ...float64) (a []arrival) {
	for _, t := range times {
		a = append(a, arrival{at: event.Time(t * 1e6)})
	}
	return a
}

// of puts arrivals into queues: one level for each.
func of(a []arrival, levels ...int) []arrival {
	for i := range a {
		a[i].level = levels[i]
	}
	return a
}

// with gives arrivals so many items each.
func with(a []arrival, items ...int) []arrival {
	for i := range a {
		a[i].items = items[i]
	}
	return a
}

// every is n arrivals from start on, one each gap.
func every(n int, start, gap float64) (a []arrival) {
	for i := range n {
		a = append(a, at(start+float64(i)*gap)...)
	}
	return a
}

// milliseconds as a duration.
func milli(n float64) time.Duration { return time.Duration(n * 1e6) }

func TestStories(t *testing.T) {
	for name, s := range stories() {
		path := filepath.Join("testdata", name+".txt")
		golden.Check(t, path, []byte(tell(t, s)))
	}
}

// tell plays a story and writes it down.
func tell(t *testing.T, s story) string {
	b := newBatcher(t, s.config)
	st := newStage(b, s.config.Instances, fixed(s.service), s.arrivals)
	n := narrator{Batcher: b, seen: "nothing waits"}
	fmt.Fprintf(&n, "# %s\n", s.rule)
	st.tell = n.line
	for st.step(s.end) {
		n.waits(st.now)
	}
	return n.String()
}

// narrator puts what happens into words, and what waits whenever it is not what waited before.
type narrator struct {
	*Batcher
	strings.Builder
	seen string
}

func (n *narrator) line(o occurrence) {
	instance := "the instance"
	if n.instances > 1 {
		instance = fmt.Sprintf("instance %d", o.instance+1)
	}
	say := func(format string, args ...any) {
		fmt.Fprintf(&n.Builder, "%9.3f ms  "+format+"\n", append([]any{float64(o.at) / 1e6}, args...)...)
	}
	switch o.what {
	case arrives:
		say("%s", subject(o.ids, "arrives", "arrive"))
	case starts:
		say("%s takes %s", instance, list(o.ids))
	case ends:
		say("%s is done with %s", instance, list(o.ids))
	case refused:
		say("%s: no room in the queue", subject(o.ids, "is rejected", "are rejected"))
	case expires:
		say("%s: waited too long", subject(o.ids, "is rejected", "are rejected"))
	}
}

func subject(ids []int32, one, many string) string {
	if len(ids) == 1 {
		return list(ids) + " " + one
	}
	return list(ids) + " " + many
}

// list names requests: request 1; requests 1, 2, 5 to 8.
func list(ids []int32) string {
	if len(ids) == 1 {
		return fmt.Sprintf("request %d", ids[0])
	}
	var names []string
	for _, id := range ids {
		names = append(names, fmt.Sprint(id))
	}
	return "requests " + enumerate(names)
}

// enumerate joins numbers, and shortens four and more in a row.
func enumerate(names []string) string {
	var parts []string
	for len(names) > 0 {
		first, err := strconv.Atoi(names[0])
		run := 1
		for err == nil && run < len(names) && names[run] == strconv.Itoa(first+run) {
			run++
		}
		if run < 4 {
			run = 1
			parts = append(parts, names[0])
		} else {
			parts = append(parts, names[0]+" to "+names[run-1])
		}
		names = names[run:]
	}
	return strings.Join(parts, ", ")
}

// waits tells what waits: payloads that are made up, (2, 3), queued requests in the order in which they
// go, a level in brackets each where there are several, deferred ones with a star.
func (n *narrator) waits(at event.Time) {
	var parts []string
	skip := 0
	for i := range n.payloads.len() {
		size := n.payloads.at(i).requests
		parts = append(parts, "("+numbers(&n.levels[0].waiting, skip, size, "")+")")
		skip += size
	}
	for i := range n.levels {
		q := &n.levels[i]
		text := numbers(&q.waiting, skip, q.waiting.len()-skip, "")
		if late := numbers(&q.deferred, 0, q.deferred.len(), "*"); late != "" {
			text = strings.TrimPrefix(text+", "+late, ", ")
		}
		if len(n.levels) > 1 {
			text = "[" + text + "]"
		}
		if text != "" && n.queued() > 0 {
			parts = append(parts, text)
		}
	}
	now := "waiting: " + strings.Join(parts, " ")
	if n.total.requests == 0 {
		now = "nothing waits"
	}
	if now != n.seen {
		fmt.Fprintf(&n.Builder, "%9.3f ms      %s\n", float64(at)/1e6, now)
	}
	n.seen = now
}

func numbers(f *fifo[waiter], from, count int, mark string) string {
	var s []string
	for i := range count {
		s = append(s, fmt.Sprint(f.at(from+i).id)+mark)
	}
	return enumerate(s)
}
