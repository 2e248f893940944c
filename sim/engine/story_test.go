package engine

import (
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
	"vsim/sim/golden"
)

// story tells what happens in a run, in words; one file in testdata for each rule that a reader may
// wonder about. arrivals are the moments at which requests come; a system with a source of its own has
// none of them.
type story struct {
	rule     string
	sys      *System
	arrivals []time.Duration
	end      time.Duration
}

const ms = time.Millisecond

// gpu is one pool of a system whose batches of b take the b-th time, without contention.
func gpu(workers int, batch Batch, times ...time.Duration) Pool {
	row := make([]*random.Sampler, len(times))
	for i, d := range times {
		row[i] = constant(d)
	}
	return Pool{Name: "gpu", Workers: workers, Batch: batch, Steps: []Step{{Name: "infer", Resource: []int{0}, Service: Service{At: [][]*random.Sampler{row}}}}}
}

// byHand is the source of a system whose requests come when the story says.
func byHand() Source { return Source{Gap: constant(1e6 * time.Second)} }

// cpuPool has a worker for everybody and one step, of one class's time each.
func cpuPool(name string, kind int, times ...time.Duration) Pool {
	s := Service{PerItem: true}
	for _, d := range times {
		s.At = append(s.At, []*random.Sampler{constant(d)})
	}
	return Pool{Name: name, Steps: []Step{{Name: "work", Resource: []int{0}, Kind: kind, Service: s}}}
}

func stories() map[string]story {
	s := map[string]story{}
	s["delay-paid-while-idle"] = story{
		rule:     "A batch that is not full waits for its delay, even while workers idle.",
		sys:      tandem(byHand(), []Resource{unshared()}, gpu(2, Batch{Max: 4, Delay: 3 * ms}, 5*ms, 5*ms, 5*ms, 5*ms)),
		arrivals: []time.Duration{1 * ms, 2 * ms}, end: 20 * ms,
	}
	s["full-goes-at-once"] = story{
		rule:     "A full batch leaves before its delay is over; who comes next starts a new delay.",
		sys:      tandem(byHand(), []Resource{unshared()}, gpu(2, Batch{Max: 2, Delay: 10 * ms}, 5*ms, 5*ms)),
		arrivals: []time.Duration{1 * ms, 3 * ms, 4 * ms}, end: 30 * ms,
	}
	s["no-delay"] = story{
		rule:     "Without a delay an idle worker takes a single request; batches form only behind a busy one.",
		sys:      tandem(byHand(), []Resource{unshared()}, gpu(1, Batch{Max: 3}, 5*ms, 5*ms, 5*ms)),
		arrivals: []time.Duration{1 * ms, 2 * ms, 3 * ms, 4 * ms, 5 * ms}, end: 30 * ms,
	}
	s["deadline-passes-behind-busy"] = story{
		rule:     "A deadline that passes while all workers are busy does nothing; the freed worker takes all that wait, up to a full batch.",
		sys:      tandem(byHand(), []Resource{unshared()}, gpu(1, Batch{Max: 4, Delay: 2 * ms}, 10*ms, 10*ms, 10*ms, 10*ms)),
		arrivals: []time.Duration{0, 3 * ms, 11 * ms}, end: 40 * ms,
	}
	ties := tandem(Source{Gap: constant(4 * ms)}, []Resource{unshared()},
		Pool{Name: "cpu", Workers: 1, Steps: []Step{{Name: "decode", Resource: []int{0}, Service: one(constant(4 * ms))}}},
		gpu(1, Batch{Max: 3, Delay: 4 * ms}, 4*ms, 4*ms, 4*ms))
	s["ties"] = story{
		rule: "At one nanosecond: first completions, then deadlines, then arrivals. Request 2 comes as request 1 is decoded and finds the worker free; decoded itself at the very deadline of request 1, it still joins its batch.",
		sys:  ties, end: 18 * ms,
	}
	s["longest-idle"] = story{
		rule:     "Of several idle workers the one that has been idle longest is taken.",
		sys:      tandem(byHand(), []Resource{unshared()}, gpu(3, Batch{}, 4*ms)),
		arrivals: []time.Duration{0, 1 * ms, 6 * ms, 7 * ms, 8 * ms}, end: 20 * ms,
	}
	s["sharing"] = story{
		rule:     "Two jobs on one core run at half speed each; what the first has done alone stays done: 4 ms alone, 6 ms of work at half speed, and the second is alone for its last 4 ms.",
		sys:      tandem(byHand(), []Resource{cores(1)}, cpuPool("cpu", 0, 10*ms)),
		arrivals: []time.Duration{0, 4 * ms}, end: 40 * ms,
	}
	over := tandem(byHand(), []Resource{cores(2)}, cpuPool("cpu", 0, 6*ms))
	s["oversubscribed"] = story{
		rule:     "Two cores are enough for two jobs; with three, each gets two thirds of a core.",
		sys:      over,
		arrivals: []time.Duration{0, 0, 3 * ms}, end: 40 * ms,
	}
	beside := tandem(byHand(), []Resource{{Name: "cpu", Capacity: 4, Kinds: []Kind{{Name: "work"}}, Excess: [][]Curve{{{{1, 0.5}, {3, 1}}}}}}, cpuPool("cpu", 0, 6*ms))
	s["beside-neighbours"] = story{
		rule:     "Beside one other a job takes half as long again, with cores to spare: 2 ms alone leave 4 ms of work, which take 6 ms.",
		sys:      beside,
		arrivals: []time.Duration{0, 2 * ms}, end: 40 * ms,
	}
	both := tandem(byHand(), []Resource{{Name: "cpu", Capacity: 2, Kinds: []Kind{{Name: "work"}}, Excess: [][]Curve{{{{1, 0.5}}}}}}, cpuPool("cpu", 0, 6*ms))
	s["oversubscribed-beside-neighbours"] = story{
		rule:     "Four jobs on two cores run half of the time, and while one runs it has a neighbour: of the three others each runs with it in one third of its time. Speed 1/2 / (1 + 1/2): 18 ms.",
		sys:      both,
		arrivals: []time.Duration{0, 0, 0, 0}, end: 40 * ms,
	}
	s["closed-loop"] = story{
		rule: "A client of a closed loop sends its next request at the very moment at which the last one is done.",
		sys:  tandem(Source{Clients: 2}, []Resource{unshared()}, gpu(1, Batch{}, 3*ms)), end: 10 * ms,
	}
	s["think"] = story{
		rule: "Clients that think all send a first request at 0, and rest between their requests.",
		sys:  tandem(Source{Clients: 2, Think: constant(5 * ms)}, []Resource{unshared()}, gpu(1, Batch{}, 3*ms)), end: 18 * ms,
	}
	least := tandem(byHand(), []Resource{unshared()}, gpu(1, Batch{}, 10*ms), gpu(1, Batch{}, 4*ms))
	least.Pools[0].Name, least.Pools[1].Name = "slow", "fast"
	least.Route = []Node{{Pools: []int{0, 1}, Balance: LeastOutstanding}}
	s["least-outstanding"] = story{
		rule:     "A request joins the pool with the fewest, queue and worker together; a tie goes to the first.",
		sys:      least,
		arrivals: []time.Duration{0, 1 * ms, 2 * ms, 6 * ms}, end: 40 * ms,
	}
	return s
}

// tell runs a story and writes it down.
func tell(t *testing.T, s story) string {
	r := newRun(t, s.sys, 0)
	n := narrator{sys: s.sys, number: map[int32]string{}, children: map[int32]int{}}
	fmt.Fprintf(&n, "# %s\n", s.rule)
	r.Observe(n.line)
	for _, at := range s.arrivals {
		r.Until(event.Time(at), unlimited, unlimited)
		r.now = event.Time(at)
		r.admit(-1)
		r.follow()
	}
	r.Until(event.Time(s.end), unlimited, unlimited)
	return n.String()
}

// narrator puts what an observer is told into words.
type narrator struct {
	strings.Builder
	sys      *System
	number   map[int32]string // of a request, by order of arrival; of a child behind its parent's
	children map[int32]int    // of a request, so far
	arrived  int
}

func (n *narrator) line(e *Event) {
	say := func(format string, args ...any) {
		fmt.Fprintf(&n.Builder, "%9.3f ms  "+format+"\n", append([]any{float64(e.At) / 1e6}, args...)...)
	}
	after := float64(e.At-e.Arrived) / 1e6
	switch e.Kind {
	case RequestArrives:
		n.arrived++
		n.number[e.Request], n.children[e.Request] = fmt.Sprint(n.arrived), 0
		say("request %d arrives", n.arrived)
	case ChildStarts:
		n.children[e.Parent]++
		n.number[e.Request], n.children[e.Request] = fmt.Sprintf("%s.%d", n.number[e.Parent], n.children[e.Parent]), 0
		say("request %s sends out %s", n.number[e.Parent], n.number[e.Request])
	case RequestLeaves:
		say("request %s leaves after %.3f ms", n.number[e.Request], after)
	case RequestDropped:
		say("request %s is %s after %.3f ms", n.number[e.Request], e.Reason, after)
	case OutageChanges:
		say("%s %s", n.sys.Outages[e.Outage].Name, map[bool]string{true: "fails", false: "is up again"}[e.Down])
	case BatchStarts:
		say("%s takes %s", n.worker(e), n.batch(e))
	case StepStarts:
		if e.Step > 0 {
			say("%s begins to %s", n.worker(e), n.sys.Pools[e.Pool].Steps[e.Step].Name)
		}
	case StepEnds:
		say("%s has done %s's %s", n.worker(e), n.batch(e), n.sys.Pools[e.Pool].Steps[e.Step].Name)
	}
}

// worker names the worker of a batch.
func (n *narrator) worker(e *Event) string {
	if p := &n.sys.Pools[e.Pool]; p.Workers <= 1 {
		return p.Name
	}
	return fmt.Sprintf("%s worker %d", n.sys.Pools[e.Pool].Name, e.Worker)
}

// batch names the requests of a batch.
func (n *narrator) batch(e *Event) string {
	var names []string
	for _, m := range e.Batch {
		names = append(names, n.number[m.Request])
	}
	if len(names) == 1 {
		return "request " + names[0]
	}
	return "requests " + strings.Join(names, ", ")
}

func TestStories(t *testing.T) {
	all := stories()
	maps.Copy(all, serverStories())
	maps.Copy(all, brokerStories())
	for name, s := range all {
		path := filepath.Join("testdata", name+".txt")
		golden.Check(t, path, []byte(tell(t, s)))
	}
}
