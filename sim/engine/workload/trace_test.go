package workload

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"vsim/sim/engine/event"
)

func replayed(t testing.TB, trace Trace) Arrivals {
	t.Helper()
	a, err := Replay(trace)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestReplay(t *testing.T) {
	trace := Trace{Times: []event.Time{0, 5, 5, 12}, Classes: []int32{2, -1, 0, 1}}
	round := trace
	round.Period, round.Scale = 20, 2.5
	for _, c := range []struct {
		trace  Trace
		want   string
		rate   float64
		finite bool
	}{
		{trace, "0:2 5:-1 5:0 12:1 end", 4 / 12e-9, true},
		{Trace{Times: trace.Times}, "0:-1 5:-1 5:-1 12:-1 end", 4 / 12e-9, true},
		{Trace{Times: trace.Times, Scale: 0.5}, "0:-1 3:-1 3:-1 6:-1 end", 4 / 6e-9, true},
		{round, "0:2 13:-1 13:0 30:1 50:2 63:-1 63:0 80:1 100:2", 4 / 50e-9, false},
		{Trace{Times: []event.Time{0}, Period: 7}, "0:-1 7:-1 14:-1", 1 / 7e-9, false},
		{Trace{Times: []event.Time{0, 7}, Period: 7}, "0:-1 7:-1 7:-1 14:-1 14:-1", 2 / 7e-9, false},
	} {
		a := replayed(t, c.trace)
		p := start(a, 1, 0)
		var got []string
		for range strings.Count(c.want, " ") + 1 {
			at, class, ok := p.Next()
			if !ok {
				got = append(got, "end")
				break
			}
			got = append(got, fmt.Sprintf("%d:%d", at, class))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%+v: got %s, want %s", c.trace, s, c.want)
		}
		if math.Abs(a.MeanRate()/c.rate-1) > 1e-12 || a.Finite() != c.finite {
			t.Errorf("%+v: mean rate %g, finite: %v; want %g, %v", c.trace, a.MeanRate(), a.Finite(), c.rate, c.finite)
		}
	}
}

// Recorded traffic is the traffic, and stays in order at any scale.
func TestReplayOfModulated(t *testing.T) {
	times := first(start(traffic(t, gamma(3), Constant(1e6)), 1, 0), 20_000)
	if got := first(start(replayed(t, Trace{Times: times}), 1, 0), 30_000); !slices.Equal(got, times) {
		t.Error("the replay differs from what was recorded")
	}
	for _, scale := range []float64{1e-3, 0.3, 1.1, 1000} {
		got := first(start(replayed(t, Trace{Times: times, Scale: scale}), 1, 0), 30_000)
		if !slices.IsSorted(got) || len(got) != len(times) {
			t.Errorf("scale %g: %d arrivals, in order: %v", scale, len(got), slices.IsSorted(got))
		}
		for i := range got {
			if math.Abs(float64(got[i])-float64(times[i])*scale) > 0.5+1e-9 {
				t.Fatalf("scale %g: arrival %d at %d ns, recorded at %d", scale, i, got[i], times[i])
			}
		}
	}
}

// Replications read one and the same trace, each from its start, without allocating.
func TestReplicationsShareTheTrace(t *testing.T) {
	times := []event.Time{1, 2, 3}
	a := replayed(t, Trace{Times: times, Period: 10})
	p, q := start(a, 1, 0).(*reading), start(a, 1, 1).(*reading)
	if unsafe.SliceData(p.Times) != unsafe.SliceData(times) || unsafe.SliceData(q.Times) != unsafe.SliceData(times) {
		t.Error("the trace was copied")
	}
	first(p, 5)
	if at, _, _ := q.Next(); at != 1 {
		t.Errorf("the second replication begins at %d ns", at)
	}
	if n := testing.AllocsPerRun(1000, func() { p.Next() }); n != 0 {
		t.Errorf("%g allocations an arrival, want 0", n)
	}
}

// A period that goes on for 146 years ends there.
func TestReplayEnds(t *testing.T) {
	p := start(replayed(t, Trace{Times: []event.Time{0}, Period: maxTime}), 1, 0)
	times := first(p, 1000)
	if len(times) != 513 || times[512] != forever {
		t.Errorf("%d arrivals, the last at %d ns", len(times), times[len(times)-1])
	}
}

func TestBadTracesAreErrors(t *testing.T) {
	two := []event.Time{1, 2}
	for want, trace := range map[string]Trace{
		"no arrivals: want at least one":                                 {},
		"2 arrivals and the classes of 1":                                {Times: two, Classes: []int32{0}},
		"arrival 1 is at 1 ns: want 2 (the one before) to":               {Times: []event.Time{2, 1}},
		"arrival 0 is at -1 ns: want 0":                                  {Times: []event.Time{-1}},
		"arrival 0 is at 9007199254740993 ns: want 0":                    {Times: []event.Time{maxTime + 1}},
		"arrival 1: class is -2":                                         {Times: two, Classes: []int32{-1, -2}},
		"period is 1ns: want 2ns (the last arrival) to":                  {Times: two, Period: 1},
		"period is -1ns":                                                 {Times: two, Period: -1},
		"period is 2501h59m59.254740993s":                                {Times: two, Period: maxTime + 1},
		"scale is -1: want more than 0":                                  {Times: two, Scale: -1},
		"scale is NaN":                                                   {Times: two, Scale: math.NaN()},
		"it is 2 ns long at scale 1e+300: want 1 to 9007199254740992 ns": {Times: two, Scale: 1e300},
		"it is 2 ns long at scale 0.1: want 1":                           {Times: two, Scale: 0.1},
		"it is 0 ns long at scale 1: want 1":                             {Times: []event.Time{0, 0}},
		"it is 2 ns long at scale +Inf: want 1":                          {Times: two, Scale: math.Inf(1)},
	} {
		if _, err := Replay(trace); err == nil || !strings.HasPrefix(err.Error(), "workload: trace: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one that says %q", err, want)
		}
	}
	if _, err := Replay(Trace{Times: two, Period: 2 * time.Nanosecond}); err != nil {
		t.Error(err)
	}
}
