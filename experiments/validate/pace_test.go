package validate

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vsim/experiments/load"
)

// Under a limit profiling gets what the live runs leave, by what those before took; without one all that it wants.
func TestPaceSharesOutTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &Case{Measure: 4 * time.Second} // and a second to warm up
		var p pace
		ctx, cancel := p.start(t.Context(), 60*time.Second)
		defer cancel()
		four := []liveRun{{c, 0}, {c, 0}, {c, 1}, {c, 1}}
		if got, want := p.spare(four), 32*time.Second; got != want { // 4 runs of 7 s
			t.Errorf("at first %v to spare, want %v", got, want)
		}
		time.Sleep(20 * time.Second)
		p.took(c, 9*time.Second)
		if got, want := p.spare(four), 8*time.Second; got != want { // a run takes 3 s beyond its load on average
			t.Errorf("%v to spare, want %v", got, want)
		}
		p.reserve(10 * time.Second)
		if got := p.spare(four); got != 0 {
			t.Errorf("%v to spare, want none", got)
		}
		time.Sleep(25 * time.Second)
		if !p.fits(c) || p.fits(&Case{Measure: 10 * time.Second}) {
			t.Errorf("with %v left: a run of 5 s fits: %v", p.left(), p.fits(c))
		}
		time.Sleep(15 * time.Second)
		synctest.Wait()
		if !errors.As(context.Cause(ctx), new(limitReached)) {
			t.Errorf("after the limit the cause is %v", context.Cause(ctx))
		}
	})
	var none pace
	if none.spare(slices.Repeat([]liveRun{{&Case{Measure: time.Hour}, 0}}, 1000)) < time.Hour || !none.fits(&Case{Measure: 24 * time.Hour}) {
		t.Error("without a limit there is not enough time")
	}
}

// A limit that ends within set-up leaves nothing to report.
func TestLimitWithinSetUp(t *testing.T) {
	m, opt := fakeMatrix(t), fakeOptions(t)
	opt.Limit = time.Nanosecond
	r, err := Run(t.Context(), m, opt, func(int, int, string) {})
	if r != nil || err == nil || !strings.HasPrefix(err.Error(), "the limit of 1ns ended before any case had run; ") {
		t.Errorf("error %v, report %v", err, r)
	}
}

// A case that does not fit into the limit does not run, the others do, and the report says how often each did.
func TestLimitLeavesOutWhatDoesNotFit(t *testing.T) {
	m, opt := fakeMatrix(t), fakeOptions(t)
	opt.Limit, opt.First, opt.Slice = 10*time.Minute, time.Hour, time.Hour
	m.Cases[1].Measure = time.Hour // which leaves no time for more than one visit to each point
	r, err := Run(t.Context(), m, opt, func(int, int, string) {})
	if r == nil || err == nil || !strings.HasPrefix(err.Error(), "the limit of 10m0s ended the live runs before every case had run twice") {
		t.Fatalf("error %v, report %+v", err, r)
	}
	wantWarning(t, r, "the limit of 10m0s ended the live runs: \""+m.Cases[1].Name+"\" ran 0 of 2 times; 1 of 2 cases did not run at all")
	if got := compared(r); !slices.Equal(got, []string{m.Cases[0].Name}) || r.Complete {
		t.Errorf("compared %q, complete %v", got, r.Complete)
	}
}

// Two runs of each case are what a limit must allow; of more it may leave out some.
func TestTwoRunsAreEnoughUnderALimit(t *testing.T) {
	a, b := &Case{Name: "a"}, &Case{Name: "b"}
	v := &validation{m: &Matrix{Cases: []*Case{a, b}}, cases: []*Case{a, b}, opt: Options{Rounds: 3}, limited: true, pace: pace{limit: time.Minute}}
	v.results = map[*Case][]*load.Result{a: make([]*load.Result, 3), b: make([]*load.Result, 2)}
	if err := v.missing(t.Context()); err != nil || v.whole() {
		t.Errorf("error %v, whole %v", err, v.whole())
	}
	wantWarning(t, &Report{Warnings: v.warnings}, "the limit of 1m0s ended the live runs: \"b\" ran 2 of 3 times")
	v.results[b] = v.results[b][:1]
	if err := v.missing(t.Context()); err == nil {
		t.Error("one run of a case is said to be enough")
	}
}
