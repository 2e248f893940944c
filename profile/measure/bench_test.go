package measure

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"vsim/profile"
)

// fakeTarget has the points that a test gives it.
type fakeTarget struct {
	points []*Point
	cause  string // of the disturbance after each visit
	finish func() error
	closed bool
	lost   error
}

func (f *fakeTarget) Points() []*Point            { return f.points }
func (f *fakeTarget) Disturbed() (string, error)  { return f.cause, nil }
func (f *fakeTarget) Describe(p *profile.Profile) { p.Name = "fake" }
func (f *fakeTarget) Alive() error                { return f.lost }
func (f *fakeTarget) LeftOut() []string           { return nil }
func (f *fakeTarget) Close()                      { f.closed = true }
func (f *fakeTarget) Finish(context.Context) error {
	if f.finish == nil {
		return nil
	}
	return f.finish()
}

// open makes a bench of a fake target.
func open(t *testing.T, o Options, f *fakeTarget) *Bench {
	t.Helper()
	b, err := Open(t.Context(), o, func() (Target, error) { return f, nil })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// constant is a chain whose every span is 1000 ns.
func constant() *Chain {
	return &Chain{Keys: []profile.Key{{Stage: "constant", Resource: "cpu"}}, Job: func(b *Burst) error { b.Keep(0, 1000); return nil }}
}

// TestLeastMeasuredPointIsNext: after a slice the points have got the same time, to within one visit,
// though a job of one takes thirty times as long.
func TestLeastMeasuredPointIsNext(t *testing.T) {
	f := &fakeTarget{}
	longest := map[string]time.Duration{}
	for i, job := range []time.Duration{100 * time.Microsecond, 3 * time.Millisecond} {
		f.points = append(f.points, &Point{Name: fmt.Sprint(i), Chain: &Chain{Keys: make([]profile.Key, 1), Job: func(b *Burst) error {
			at := Now()
			time.Sleep(job)
			b.Add(0, at)
			return nil
		}}})
	}
	b := open(t, Options{Burst: time.Millisecond, Precision: 1e-9}, f)
	spent := []time.Duration{0, 0}
	for range 40 {
		if _, err := b.step(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i, p := range b.points {
			longest[p.Name] = max(longest[p.Name], p.spent-spent[i])
			spent[i] = p.spent
		}
	}
	if gap := (spent[0] - spent[1]).Abs(); gap > max(longest["0"], longest["1"]) {
		t.Errorf("points got %v and %v, further apart than a visit", spent[0], spent[1])
	}
}

// Points get visits enough first; then those with wide intervals get more time, up to three times that of others.
func TestWidePointsGetMoreTime(t *testing.T) {
	point := func(visits int, spent time.Duration, worst float64) *Point {
		return &Point{Chain: constant(), visits: make([]visit, visits), spent: spent, worst: worst}
	}
	for _, c := range []struct {
		points []*Point
		want   int
	}{
		{[]*Point{point(minVisits, 1, 1), point(minVisits-1, 9, 0.02)}, 1},
		{[]*Point{point(3, 5, 1), point(4, 4, 0.02)}, 1},
		{[]*Point{point(9, 10, 0.02), point(9, 4, 0.01)}, 1},
		{[]*Point{point(9, 10, 0.02), point(9, 6, 0.01)}, 0},
		{[]*Point{point(9, 29, 9), point(9, 10, 0.001)}, 0},
		{[]*Point{point(9, 31, 9), point(9, 10, 0.001)}, 1},
	} {
		b := &Bench{points: c.points, options: Options{Precision: 0.01}}
		if got := b.next(); got != c.points[c.want] {
			t.Errorf("%+v: the other one is next", c)
		}
	}
}

func TestFinishedPointsAreLeftAlone(t *testing.T) {
	done := &Point{Name: "measured enough", Chain: constant(), spent: time.Hour, fixed: true}
	b := open(t, Options{Burst: time.Microsecond, Precision: 0.5}, &fakeTarget{points: []*Point{{Name: "constant", Chain: constant()}, done}})
	if err := b.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	p := b.points[0]
	if len(p.visits) < minVisits || !p.fixed {
		t.Errorf("%d visits, finished %v; want at least %d", len(p.visits), p.fixed, minVisits)
	}
	if len(done.visits) != 0 {
		t.Error("a finished point was visited")
	}
}

// TestTargetIsAskedAfterEachVisit: what it says disturbed it stands in the profile, and its last word is
// Finish, after the points.
func TestTargetIsAskedAfterEachVisit(t *testing.T) {
	broken := errors.New("no power meter")
	f := &fakeTarget{points: []*Point{{Name: "constant", Chain: constant()}}, cause: "heat"}
	f.finish = func() error {
		if len(f.points[0].visits) == 0 {
			t.Error("Finish came before the points")
		}
		return broken
	}
	b := open(t, Options{Burst: time.Microsecond, Budget: 200 * time.Millisecond}, f)
	if err := b.Run(t.Context(), nil); !errors.Is(err, broken) {
		t.Errorf("error %v, want that of Finish", err)
	}
	p := b.Profile()
	if p.Name != "fake" || len(p.Services) != 1 || !has(p.Services[0].Warnings, "disturbed: 8 of the 8 bursts kept, by heat") {
		t.Errorf("profile %q: %+v", p.Name, p.Services)
	}
}

// TestTargetThatFailsIsClosed: a job that cannot be done is told by Open, and nothing stays open.
func TestTargetThatFailsIsClosed(t *testing.T) {
	broken := errors.New("broken")
	f := &fakeTarget{points: []*Point{{Chain: &Chain{Job: func(*Burst) error { return broken }}}}}
	if _, err := Open(t.Context(), Options{}, func() (Target, error) { return f, nil }); !errors.Is(err, broken) || !f.closed {
		t.Errorf("error %v, closed %v", err, f.closed)
	}
	if _, err := Open(t.Context(), Options{Precision: 2}, nil); err == nil {
		t.Error("a precision of 2 was accepted")
	}
}
