package stories

import (
	"cmp"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/sim/engine"
	clock "vsim/sim/engine/event"
	"vsim/sim/engine/queueing"
	"vsim/sim/engine/random"
	"vsim/sim/engine/workload"
)

// Of those recorded none is earlier than by the rule. They are later by what client, proxy and broker take (median 0.3 ms for what is sent,
// 0.6 ms for what is fetched), and by what a machine of two busy cores has them wait: at most 1.4 ms and 8.6 ms. The wait of a fetch
// that was answered late without messages, and the work of an application, are late for good.
const (
	lateSent    = 3 * ms
	lateFetched = 9 * ms
)

// TestStories: of every story, the rules make the same batches of the same messages, when they were recorded.
func TestStories(t *testing.T) {
	for name, s := range all(t) {
		for _, fault := range s.faults(t) {
			t.Errorf("%s: %s", name, fault)
		}
	}
}

func all(t *testing.T) map[string]*story {
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(paths) < 20 {
		t.Fatalf("%d stories, %v", len(paths), err)
	}
	out := map[string]*story{}
	for _, path := range paths {
		out[strings.TrimSuffix(filepath.Base(path), ".txt")] = read(t, path)
	}
	return out
}

// faults is in what the rules are wrong.
func (s *story) faults(t *testing.T) []string {
	switch {
	case s.rules.Taker != nil:
		fetched, taken := s.ahead(t)
		return append(compare("is fetched", lateFetched, fetched, s.answered()), compare("is taken", lateFetched, taken, s.of(takes))...)
	case s.rules.Fetch != nil:
		return compare("is fetched", lateFetched, s.fetch(t), s.answered())
	}
	return compare("is sent", lateSent, s.send(t), s.of(leaves))
}

// TestEveryPlayIsThere: no story was left out, and none is of another rule than what is played.
func TestEveryPlayIsThere(t *testing.T) {
	paths, _ := filepath.Glob("testdata/*.txt")
	if len(paths) != len(plays()) {
		t.Errorf("%d stories of %d plays", len(paths), len(plays()))
	}
	for name, p := range plays() {
		if s := read(t, filepath.Join("testdata", name+".txt")); s.title != p.title || !s.rules.equal(p.rules) || s.count(comes) != len(p.sends) {
			t.Errorf("%s: record it anew", name)
		}
	}
}

// compare tells batches by the rule and those that were recorded apart.
func compare(what string, late time.Duration, rule, recorded []event) (faults []string) {
	if len(rule) != len(recorded) {
		faults = append(faults, fmt.Sprintf("%d batches, %d were recorded", len(rule), len(recorded)))
	}
	off := time.Duration(0) // by which what happened before is late for good
	for i := range min(len(rule), len(recorded)) {
		r, w := rule[i], recorded[i]
		a, b := slices.Sorted(slices.Values(r.messages)), slices.Sorted(slices.Values(w.messages))
		d := w.at - r.at
		if !slices.Equal(a, b) || d-off > late || d < 0 {
			faults = append(faults, fmt.Sprintf("batch %d: %v %s at %v; recorded were %v at %v", i+1, a, what, r.at, b, w.at))
		}
		off = max(off, d)
	}
	return faults
}

// player drives a discipline.
type player struct {
	queueing.Discipline
	idle int
	out  []event
}

// until has all batches leave that do so by themselves up to a time.
func (p *player) until(at clock.Time) {
	for due := p.Due(); due <= at && due < clock.Never; due = p.Due() {
		p.take(due)
	}
}

func (p *player) take(at clock.Time) {
	for ids := p.Take(at, p.idle); ids != nil; ids = p.Take(at, p.idle) {
		p.out = append(p.out, batch(at, ids))
		p.idle--
	}
}

func batch(at clock.Time, ids []int32) (e event) {
	e.at = time.Duration(at)
	for _, id := range ids {
		e.messages = append(e.messages, int(id))
	}
	return e
}

// send is what leaves by the rule, given the messages and the acknowledgements as recorded.
func (s *story) send(t *testing.T) []event {
	d, err := queueing.NewSender(*s.rules.Send, s.rules.Workers)
	if err != nil {
		t.Fatal(err)
	}
	p := player{Discipline: d, idle: s.rules.Workers}
	for _, e := range s.events {
		p.until(clock.Time(e.at))
		switch e.kind {
		case comes:
			for _, m := range e.messages {
				p.Add(clock.Time(e.at), int32(m), 0, 1)
			}
		case acked:
			p.idle++
		default:
			continue
		}
		p.take(clock.Time(e.at))
	}
	p.until(clock.Never)
	return p.out
}

// fetch is what fetches are answered with by the rule, given the messages as recorded, and when the consumer came back after each answer with
// messages. It does not hear of those without: by the rule, the consumer is back at the same moment.
func (s *story) fetch(t *testing.T) []event {
	d, err := queueing.NewFetcher(*s.rules.Fetch, s.rules.Workers)
	if err != nil {
		t.Fatal(err)
	}
	p := player{Discipline: d}
	began := s.began()
	p.take(0)
	empty := false
	for _, e := range s.events {
		at := clock.Time(e.at - began)
		p.until(at)
		switch {
		case e.kind == comes:
			for _, m := range e.messages {
				p.Add(at, int32(m), 0, 1)
			}
		case e.kind == asks && !empty:
			p.idle++
		}
		if empty = e.kind == gets && len(e.messages) == 0; !empty {
			p.take(at)
		}
	}
	p.until(clock.Never)
	for i := range p.out {
		p.out[i].at += began
	}
	return p.out
}

// began is the time of the first event, from which simulated time counts.
func (s *story) began() time.Duration { return s.events[0].at }

// ahead is what the client is answered with and what the application takes by the rule, in the simulator.
func (s *story) ahead(t *testing.T) (fetched, taken []event) {
	constant := func(d time.Duration, sizes int) engine.Service {
		row := make([]*random.Sampler, sizes)
		for i := range row {
			row[i], _ = random.Constant(float64(d))
		}
		return engine.Service{At: [][]*random.Sampler{row}}
	}
	var trace workload.Trace
	for _, e := range s.of(comes) {
		for range e.messages {
			trace.Times = append(trace.Times, clock.Time(e.at-s.began()))
		}
	}
	arrivals, err := workload.Replay(trace)
	if err != nil {
		t.Fatal(err)
	}
	f, taker := *s.rules.Fetch, s.rules.Taker
	f.Max = cmp.Or(f.Max, 500)
	sys := &engine.System{Seed: 1, Classes: []engine.Class{{Name: "message", Weight: 1}}, Resources: []engine.Resource{{Kinds: []engine.Kind{{}}}},
		Source: engine.Source{Arrivals: arrivals}, Route: []engine.Node{{Pools: []int{0}}, {Pools: []int{1}}},
		Pools: []engine.Pool{
			{Name: "client", Workers: 1, Batch: engine.Batch{Fetch: &f}, Feeds: 2, Steps: []engine.Step{{Resource: []int{0}, Service: constant(0, f.Max)}}},
			{Name: "application", Workers: 1, Batch: engine.Batch{Max: taker.Max}, Steps: []engine.Step{{Resource: []int{0}, Service: constant(taker.Work, taker.Max)}}},
		}}
	run, err := engine.New(sys, 0)
	if err != nil {
		t.Fatal(err)
	}
	numbers, n := map[int32]int{}, 0
	run.Observe(func(e *engine.Event) {
		switch e.Kind {
		case engine.RequestArrives:
			n++
			numbers[e.Request] = n
		case engine.BatchStarts:
			b := event{at: time.Duration(e.At) + s.began()}
			for _, m := range e.Batch {
				b.messages = append(b.messages, numbers[m.Request])
			}
			if e.Pool == 0 {
				fetched = append(fetched, b)
			} else {
				taken = append(taken, b)
			}
		}
	})
	run.Until(clock.Time(time.Minute), math.MaxInt64, math.MaxInt)
	return fetched, taken
}

func (r rules) equal(o rules) bool { return reflect.DeepEqual(r, o) }

// count is the number of messages in events of a kind.
func (s *story) count(kind string) (n int) {
	for _, e := range s.of(kind) {
		n += len(e.messages)
	}
	return n
}
