package sim

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"vsim/sim/event"
)

// TestResourceAgainstTwin: jobs come, are done and are cancelled, running or waiting for a slot, on
// random resources; before each of these the resource says when the next job will be done as the dumb
// simulator does, to the nanosecond, and it is a job that has by then no more to do.
func TestResourceAgainstTwin(t *testing.T) {
	cancelled, inLine := 0, 0
	for seed := range uint64(seeds(400)) {
		s := swarmOf(seed)
		spec := s.resource()
		r, w := newResource(&spec, 0), twin{sys: &System{Resources: []Resource{spec}}}
		for id := range int32(200) {
			r.due = r.settle()
			due := w.soonest()
			if d := int64(r.due) - due; d < -1 || d > 1 {
				t.Fatalf("seed %d, step %d: due at %d ns, not at %d: %+v", seed, id, r.due, due, spec)
			}
			if len(w.jobs) > 0 && s.chance(0.4) {
				w.pass(int64(r.due))
				r.advance(r.due)
				i := slices.IndexFunc(w.jobs, func(j *twinJob) bool { return int32(j.worker) == r.first() })
				j := w.jobs[i]
				if late := j.left / w.speed(j); !(late < 1) {
					t.Fatalf("seed %d, step %d: a job is done that has %v ns to go: %+v", seed, id, late, spec)
				}
				r.remove(j.kind)
				w.jobs = slices.Delete(w.jobs, i, i+1)
				continue
			}
			now := w.now + s.Int64N(1e5)
			if len(w.jobs) > 0 {
				now = w.now + s.Int64N(int64(r.due)-w.now+1)
			}
			w.pass(now)
			r.advance(event.Time(now))
			if i := s.IntN(len(w.jobs) + 1); i < len(w.jobs) && s.chance(0.3) {
				j := w.jobs[i]
				cancelled++
				if !slices.Contains(w.working(0), j) {
					inLine++
				}
				r.cancel(int32(j.worker), j.kind)
				w.jobs = slices.Delete(w.jobs, i, i+1)
				continue
			}
			j := &twinJob{worker: int(id), kind: s.IntN(len(spec.Kinds)), left: 1e6 * s.ExpFloat64()}
			r.add(id, j.kind, j.left)
			w.jobs = append(w.jobs, j)
		}
	}
	t.Logf("%d cancelled, %d of them in line", cancelled, inLine)
	if cancelled < 10*seeds(400) || inLine < seeds(400) {
		t.Error("too few to say anything")
	}
}

// soonest returns when the next job is done.
func (w *twin) soonest() int64 {
	due := int64(event.Never)
	for _, j := range w.jobs {
		if speed := w.speed(j); speed > 0 {
			due = min(due, w.now+int64(math.Ceil(max(j.left/speed-noise, 0))))
		}
	}
	return due
}

// TestLine compares the ring with a slice.
func TestLine(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	var l line
	var want []waiting
	for id := range int32(5000) {
		switch random.IntN(5) {
		case 0:
			if len(want) > 0 {
				if got := l.pop(); got != want[0] {
					t.Fatalf("first is %v, not %v", got, want[0])
				}
				want = want[1:]
			}
		case 1:
			at, job := random.IntN(len(want)+1), int32(-1)
			if at < len(want) {
				job = want[at].job
				want = slices.Delete(want, at, at+1)
			}
			if found := l.drop(job); found != (job >= 0) {
				t.Fatalf("job %d found: %v", job, found)
			}
		default:
			if len(want) < 100 {
				l.push(waiting{job: id, work: float64(id)})
				want = append(want, waiting{job: id, work: float64(id)})
			}
		}
		if l.len != len(want) {
			t.Fatalf("%d in line, not %d", l.len, len(want))
		}
	}
	if len(l.ring) != 128 {
		t.Errorf("a ring of %d for at most 100", len(l.ring))
	}
}

// TestSlotsAreWorkers: c engines behind which jobs wait are c workers behind whose queue they wait, draw
// for draw.
func TestSlotsAreWorkers(t *testing.T) {
	for _, c := range []int{1, 2, 7} {
		workers := queue(c, poisson(900*float64(c)), lognormal(time.Millisecond, 1.5))
		engines := queue(0, poisson(900*float64(c)), lognormal(time.Millisecond, 1.5))
		engines.Resources[0].Slots = c
		if a, b := watch(t, workers, 20_000), watch(t, engines, 20_000); a != b || a == "" {
			t.Errorf("%d engines serve otherwise than %d workers", c, c)
		}
	}
}

// TestBridgeWithRoom: a bridge that is never the narrowest is nothing: links behind it are as separate ones.
func TestBridgeWithRoom(t *testing.T) {
	build := func(shared bool) *System {
		sys := tandem(poisson(2500), nil)
		node := Node{Balance: LeastOutstanding}
		for g := range 3 {
			p := Pool{Steps: []Step{on(g, 0, one(exponential(time.Millisecond)))}}
			if shared {
				p.Steps[0].Resource, p.Steps[0].Kind = []int{0}, g
			}
			node.Pools = append(node.Pools, g)
			sys.Pools = append(sys.Pools, p)
			sys.Resources = append(sys.Resources, bridge(1, 0))
		}
		sys.Route = []Node{node}
		if shared {
			sys.Resources = []Resource{bridge(3, 1, 1, 1)}
		}
		return sys
	}
	separate, shared := departures(t, newRun(t, build(false), 0), 5000), departures(t, newRun(t, build(true), 0), 5000)
	for i, a := range separate {
		if b := shared[i]; a.request != b.request || a.at-b.at < -1 || a.at-b.at > 1 {
			t.Fatalf("departure %d: request %d at %d ns, behind a bridge request %d at %d ns", i, a.request, a.at, b.request, b.at)
		}
	}
}
