package load

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vsim/sim/engine"
	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
	"vsim/sim/engine/workload"
)

// sent is a request that a fake target got.
type sent struct {
	at    time.Duration // since the target was made
	class int
}

// fake answers every request after a time, with the reply that it is told.
type fake struct {
	service time.Duration
	answer  func(n int, r Request) Reply
	began   time.Time

	mu  sync.Mutex
	got []sent
}

func newFake(service time.Duration, answer func(n int, r Request) Reply) *fake {
	return &fake{service: service, answer: answer, began: time.Now()}
}

func served(int, Request) Reply { return Reply{Spans: []Span{{"serve", 5}}} }

func (f *fake) Send(_ context.Context, r Request, reply func(Reply)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := len(f.got)
	f.got = append(f.got, sent{time.Since(f.began), r.Class})
	time.AfterFunc(f.service, func() { reply(f.answer(n, r)) })
}

func twoClasses() []Class {
	return []Class{{Name: "a", Weight: 1, Images: [][]byte{{1}}}, {Name: "b", Weight: 3, Images: [][]byte{{2}}}}
}

func constant(t *testing.T, d time.Duration) *random.Sampler {
	t.Helper()
	s, err := random.Constant(float64(d))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// mustRun puts a load on a fake target.
func mustRun(t *testing.T, f *fake, cfg Config) *Result {
	t.Helper()
	r, err := Run(t.Context(), f, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Clients think between an answer and their next request, and back off after a drop or a failure. Times are at least those
// asked; how much later they are is up to the machine.
func TestClientsThinkAndBackOff(t *testing.T) {
	f := newFake(time.Millisecond, func(n int, _ Request) Reply {
		switch n {
		case 0:
			return Reply{Dropped: "rejected", Err: errors.New("full")}
		case 1:
			return Reply{Err: errors.New("broken")}
		}
		return Reply{}
	})
	source := engine.Source{Clients: 1, Think: constant(t, 20*time.Millisecond), Backoff: 60 * time.Millisecond}
	r := mustRun(t, f, Config{Classes: twoClasses(), Source: source, Measure: 300 * time.Millisecond})
	for i, s := range f.got[1:] {
		least := 21 * time.Millisecond
		if i < 2 {
			least = 61 * time.Millisecond
		}
		if pause := s.at - f.got[i].at; pause < least {
			t.Errorf("request %d came %v after the one before, want %v at least", i+1, pause, least)
		}
	}
	if r.Dropped["rejected"] != 1 || r.Failed != 1 || r.Completed == 0 || r.DroppedShare() != 1/float64(r.Completed+2) {
		t.Errorf("%+v", r)
	}
}

// Any traffic of the simulator is sent as its process says: times, in order, and classes.
func TestOpenLoopFollowsTheProcess(t *testing.T) {
	times := []event.Time{0, event.Time(5 * time.Millisecond), event.Time(5 * time.Millisecond), event.Time(30 * time.Millisecond)}
	arrivals, err := workload.Replay(workload.Trace{Times: times, Classes: []int32{1, 0, 0, 1}})
	if err != nil {
		t.Fatal(err)
	}
	f := newFake(10*time.Millisecond, served)
	r := mustRun(t, f, Config{Classes: twoClasses(), Source: engine.Source{Arrivals: arrivals}, WarmUp: time.Hour, Measure: time.Hour})
	var classes []int
	for i, s := range f.got {
		classes = append(classes, s.class)
		if s.at < time.Duration(times[i]) {
			t.Errorf("request %d was sent at %v, before %v", i, s.at, time.Duration(times[i]))
		}
	}
	if !slices.Equal(classes, []int{1, 0, 0, 1}) {
		t.Errorf("classes %v", classes)
	}
	// Traffic that ends is measured whole, until its last answer.
	if r.Completed != 4 || r.Unanswered != 0 || r.Span < 40*time.Millisecond || r.Span > time.Minute || r.Stages[0] != (Stage{"serve", 5e-9}) {
		t.Errorf("%+v", r)
	}
}

// Classes come by their weights, the same for the same seed.
func TestClassesFollowTheirWeights(t *testing.T) {
	cfg := Config{Classes: twoClasses(), Seed: 3}
	count := func() (b int) {
		p := newPicker(&cfg, 0)
		for range 4000 {
			if r := p.next(-1); r.Class == 1 {
				b++
			}
		}
		return b
	}
	if n := count(); n < 2900 || n > 3100 || n != count() {
		t.Errorf("%d of 4000 requests are of the class with three quarters of the weight; again: %d", n, count())
	}
}

// A target that never answers costs the grace time, and its requests are counted.
func TestUnansweredRequestsAreCounted(t *testing.T) {
	silent := targetFunc(func(Request, func(Reply)) {})
	for name, source := range map[string]engine.Source{"closed": {Clients: 3}, "open": {Gap: constant(t, time.Second)}} {
		synctest.Test(t, func(t *testing.T) {
			r := run{Config: &Config{Classes: twoClasses(), Source: source}, target: silent, begin: time.Now(), end: time.Now()}
			if name == "closed" {
				r.end = r.begin.Add(1)
				if n := r.closedLoop(t.Context()); n != 3 {
					t.Errorf("closed loop: %d unanswered, want 3", n)
				}
				return
			}
			r.begin = r.begin.Add(-2500 * time.Millisecond) // two arrivals are due, and nobody sleeps
			if n := r.openLoop(t.Context()); n != 2 {
				t.Errorf("open loop: %d unanswered, want 2", n)
			}
		})
	}
}

// targetFunc is a function as a target.
type targetFunc func(Request, func(Reply))

func (f targetFunc) Send(_ context.Context, r Request, reply func(Reply)) { f(r, reply) }

func TestInterruptEndsARun(t *testing.T) {
	for _, source := range []engine.Source{{Clients: 2}, {Clients: 2, Think: constant(t, time.Minute)}, {Gap: constant(t, 10*time.Millisecond)}} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		_, err := Run(ctx, newFake(time.Millisecond, served), Config{Classes: twoClasses(), Source: source, Measure: time.Hour})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("an interrupted run gave %v", err)
		}
		cancel()
	}
}

func TestImpossibleLoadsAreErrors(t *testing.T) {
	gap := constant(t, time.Second)
	for name, cfg := range map[string]Config{
		"clients and gaps": {Classes: twoClasses(), Source: engine.Source{Clients: 1, Gap: gap}, Measure: 1},
		"no load":          {Classes: twoClasses(), Measure: 1},
		"no time":          {Classes: twoClasses(), Source: engine.Source{Clients: 1}},
		"no classes":       {Source: engine.Source{Clients: 1}, Measure: 1},
		"no images":        {Classes: []Class{{Name: "x", Weight: 1}}, Source: engine.Source{Clients: 1}, Measure: 1},
	} {
		if _, err := Run(t.Context(), newFake(0, served), cfg); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line", name, err)
		}
	}
}
