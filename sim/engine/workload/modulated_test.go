package workload

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat"

	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
)

// piece is a span with one rate.
func piece(span time.Duration, rate float64) Piece { return Piece{span, rate, rate} }

// Even gaps make every arrival known beforehand.
func TestEvenGapsByHand(t *testing.T) {
	for _, c := range []struct {
		what string
		rate Rate
		want []float64 // s
		ends bool
	}{
		{"three a second do not drift", Constant(3), []float64{0.333333333, 0.666666667, 1, 1.333333333, 1.666666667, 2}, false},
		{"nor do tenths", Constant(0.1), []float64{10, 20, 30, 40, 50, 60, 70}, false},
		{"a pause costs its length, not the part of the gap that has passed", Schedule{Pieces: []Piece{piece(1500*time.Millisecond, 1), piece(3*time.Second, 0), piece(time.Second, 1)}},
			[]float64{1, 5, 6, 7, 11, 12}, false},
		{"a gap that ends with the piece does not wait for the next", Schedule{Pieces: []Piece{piece(2*time.Second, 1), piece(3*time.Second, 0), piece(time.Second, 2)}},
			[]float64{1, 2, 5.5, 6, 7, 8, 11.5, 12}, false},
		{"a gap can span many pieces", Schedule{Pieces: []Piece{piece(time.Second, 0.25), piece(time.Second, 0)}},
			[]float64{7, 15, 23}, false},
		{"a ramp: the integral of t is t^2/2", Schedule{Pieces: []Piece{{2 * time.Second, 0, 2}}, Once: true},
			[]float64{1.414213562, 2}, true},
		{"down to nothing", Schedule{Pieces: []Piece{{2 * time.Second, 2, 0}}, Once: true},
			[]float64{0.585786438, 2}, true},
		{"once is over after the last whole gap", Schedule{Pieces: []Piece{piece(2500*time.Millisecond, 1), piece(time.Second, 0)}, Once: true},
			[]float64{1, 2}, true},
		{"no rate, no arrival", Constant(0), nil, true},
		{"not in a cycle either", Schedule{Pieces: []Piece{piece(time.Second, 0), piece(time.Hour, 0)}}, nil, true},
		{"nor in any state", MMPP{States: []State{{0, time.Second}, {0, time.Second}}}, nil, true},
		{"one in 2^31 cycles", Schedule{Pieces: []Piece{piece(time.Second/2, 0x1p-30), piece(time.Second/2, 0)}},
			[]float64{1<<31 - 0.5, 1<<32 - 0.5}, true}, // the third is after the end of time
		{"one in two thousand million", Schedule{Pieces: []Piece{piece(time.Second/2-1, 0), piece(1, 0.5), piece(time.Second/2, 0)}},
			[]float64{2e9 - 0.5, 4e9 - 0.5}, true},
	} {
		p := start(traffic(t, even(), c.rate), 1, 0)
		times := first(p, len(c.want))
		if len(times) != len(c.want) {
			t.Errorf("%s: %d arrivals, want %d", c.what, len(times), len(c.want))
		}
		for i, at := range times {
			whole, fraction := math.Modf(c.want[i])
			if want := event.Time(whole)*1e9 + event.Time(math.Round(fraction*1e9)); at != want {
				t.Errorf("%s: arrival %d is at %d ns, want %d", c.what, i, at, want)
			}
		}
		for range 3 { // it stays over
			if at, class, ok := p.Next(); ok == c.ends || class != -1 {
				t.Errorf("%s: then %d ns, class %d, %v", c.what, at, class, ok)
			}
		}
	}
}

// The long-run rate, and what MeanRate says of it, whatever the gaps and the rate.
func TestMeanRate(t *testing.T) {
	for what, rate := range map[string]Rate{
		"constant": Constant(500),
		"schedule": Schedule{Pieces: []Piece{piece(time.Second, 200), {2 * time.Second, 100, 1000}, piece(time.Second, 700)}}, // 200 + 1100 + 700 in 4 s
		"diurnal":  Diurnal{Mean: 500, Amplitude: 1, Period: 2 * time.Second, Phase: 700 * time.Millisecond},
		"mmpp":     MMPP{States: []State{{300, 30 * time.Millisecond}, {1100, 10 * time.Millisecond}}}, // 3/4 of the time at 300
	} {
		for _, cv := range []float64{0, 0.5, 1, 2} {
			a := traffic(t, gamma(cv), rate)
			if math.Abs(a.MeanRate()-500) > 1e-6 || a.Finite() {
				t.Errorf("%s: mean rate %g, finite: %v; want 500, false", what, a.MeanRate(), a.Finite())
			}
			if cv == 0 {
				continue // counts hardly scatter
			}
			var rates []float64
			for replication := range 30 {
				// From 4 s on: a renewal process that starts with a whole gap comes a little late.
				n := counts(start(a, 7, replication), []event.Time{4e9, 24e9})
				rates = append(rates, n[0]/20)
			}
			nearby(t, what, 500, rates)
		}
	}
}

// Gaps at a constant rate have the coefficient of variation of those that were given.
func TestBurstinessOfGaps(t *testing.T) {
	for _, cv := range []float64{0.3, 1, 2} {
		a := traffic(t, gamma(cv), Constant(1000))
		var cvs []float64
		for replication := range 30 {
			times := first(start(a, 3, replication), 10_000)
			gaps := make([]float64, len(times)-1)
			for i := range gaps {
				gaps[i] = float64(times[i+1] - times[i])
			}
			mean, deviation := stat.MeanStdDev(gaps, nil)
			cvs = append(cvs, deviation/mean)
		}
		nearby(t, "cv", cv, cvs)
	}
}

// At the rate of the gaps themselves the traffic is the renewal process of the gaps.
func TestConstantRateIsRenewal(t *testing.T) {
	gaps := gamma(1.5)
	p := start(traffic(t, gaps, Constant(1e9/gaps.Mean())), 5, 0)
	s := random.NewStream(5, "arrival", 0)
	sum := event.Time(0)
	for i := range 10_000 {
		sum += event.Time(gaps.Draw(&s))
		if at, _, _ := p.Next(); at-sum > 1 || at-sum < -1 {
			t.Fatalf("arrival %d is at %d ns, the gaps add up to %d", i, at, sum)
		}
	}
}

// Common random numbers: the same gaps at any rate, so that times go with its inverse, and no rounding
// adds up.
func TestSameGapsAtAnyRate(t *testing.T) {
	for _, factor := range []int64{2, 3, 1000} {
		slow := first(start(traffic(t, exponential(), Constant(70)), 9, 0), 20_000)
		fast := first(start(traffic(t, exponential(), Constant(float64(70*factor))), 9, 0), 20_000)
		for i := range slow {
			if d := int64(slow[i]) - factor*int64(fast[i]); d > factor/2+1 || d < -factor/2-1 {
				t.Fatalf("arrival %d at %d ns, and at %d ns at %d times the rate", i, slow[i], fast[i], factor)
			}
		}
	}
}

// Times and spans times 2, rates over 2: the same traffic, half as fast.
func TestTimeScales(t *testing.T) {
	once := []Piece{piece(30*time.Millisecond, 900), {50 * time.Millisecond, 100, 2000}, piece(20*time.Millisecond, 0), {70 * time.Millisecond, 700, 0}}
	var twice []Piece
	for _, p := range once {
		twice = append(twice, Piece{2 * p.Span, p.From / 2, p.To / 2})
	}
	a := first(start(traffic(t, gamma(2), Schedule{Pieces: once}), 9, 0), 20_000)
	b := first(start(traffic(t, gamma(2), Schedule{Pieces: twice}), 9, 0), 20_000)
	for i := range a {
		if d := b[i] - 2*a[i]; d > 1 || d < -1 {
			t.Fatalf("arrival %d at %d ns, and at %d ns half as fast", i, a[i], b[i])
		}
	}
}

// A rate that changes to what it was is a constant one, to the byte.
func TestNoChangeIsConstant(t *testing.T) {
	const rate = 1234.5
	want := first(start(traffic(t, exponential(), Constant(rate)), 11, 2), 50_000)
	for what, same := range map[string]Rate{
		"schedule": Schedule{Pieces: []Piece{piece(333_333_333, rate), piece(1, rate), piece(7_777_777, rate)}},
		"diurnal":  Diurnal{Mean: rate, Period: 1_234_567_891, Phase: 555_555_555},
		"mmpp":     MMPP{States: []State{{rate, time.Microsecond}, {rate, time.Second}, {rate, time.Millisecond}}},
	} {
		if got := first(start(traffic(t, exponential(), same), 11, 2), len(want)); !slices.Equal(got, want) {
			t.Errorf("%s: other arrivals than at a constant rate", what)
		}
	}
}

// The same stream makes the same arrivals, another one others, and replications share nothing.
func TestReplicationsAreTheirOwn(t *testing.T) {
	a := traffic(t, exponential(), MMPP{States: []State{{100, time.Second}, {900, time.Second}}})
	p, q := start(a, 1, 0), start(a, 1, 1)
	var mixed []event.Time
	for range 1000 {
		mixed = append(mixed, first(p, 1)...)
		first(q, 1)
	}
	if again := first(start(a, 1, 0), 1000); !slices.Equal(mixed, again) {
		t.Error("a replication went another way beside another one")
	}
	if other := first(start(a, 1, 1), 1000); slices.Equal(mixed, other) {
		t.Error("two replications went the same way")
	}
}

func TestNextAllocatesNothing(t *testing.T) {
	for what, rate := range rates() {
		p := start(traffic(t, exponential(), rate), 1, 0)
		if n := testing.AllocsPerRun(10_000, func() { p.Next() }); n != 0 {
			t.Errorf("%s: %g allocations an arrival, want 0", what, n)
		}
	}
}

func TestBadRatesAreErrors(t *testing.T) {
	nan, on := math.NaN(), State{5, time.Second}
	for want, rate := range map[string]Rate{
		"workload: constant: rate is -1/s: want 0 to 1e+09/s": Constant(-1),
		"constant: rate is NaN/s":                             Constant(nan),
		"constant: rate is +Inf/s":                            Constant(math.Inf(1)),
		"schedule: no pieces":                                 Schedule{},
		"schedule: piece 1: span is 0s: want more than 0":     Schedule{Pieces: []Piece{piece(1, 1), piece(0, 1)}},
		"piece 1: span is 2501h59m59.254740993s":              Schedule{Pieces: []Piece{piece(random.MaxNs/2, 1), piece(random.MaxNs/2+1, 1)}},
		"piece 0: from is -1/s: want 0 to 1e+09/s":            Schedule{Pieces: []Piece{{1, -1, 1}}},
		"piece 0: to is 1e+10/s":                              Schedule{Pieces: []Piece{{1, 1, 1e10}}},
		"diurnal: mean is -3/s":                               Diurnal{Mean: -3, Period: time.Hour},
		"diurnal: amplitude is 1.1: want 0 to 1":              Diurnal{Mean: 1, Amplitude: 1.1, Period: time.Hour},
		"diurnal: amplitude is NaN":                           Diurnal{Mean: 1, Amplitude: nan, Period: time.Hour},
		"diurnal: period is 0s: want 1ms":                     Diurnal{Mean: 1},
		"diurnal: phase is 1h0m1s: want 0s to the period":     Diurnal{Mean: 1, Period: time.Hour, Phase: time.Hour + time.Second},
		"diurnal: peak is 1.8e+09/s":                          Diurnal{Mean: 9e8, Amplitude: 1, Period: time.Hour},
		"mmpp: 1 states: want 2 to 100":                       MMPP{States: []State{on}},
		"mmpp: state 1: rate is -3/s":                         MMPP{States: []State{on, {-3, time.Second}}},
		"mmpp: state 1: sojourn is 0s: want more than 0":      MMPP{States: []State{on, {3, 0}}},
		"mmpp: state 0: sojourn is 200h0m0s: want more":       MMPP{States: []State{{5, 200 * time.Hour}, on}},
		"mmpp: jumps from 1 states: want them from all 2":     MMPP{States: []State{on, on}, Jumps: [][]float64{{0, 1}}},
		"mmpp: state 1: jumps to 1 states":                    MMPP{States: []State{on, on}, Jumps: [][]float64{{0, 1}, {1}}},
		"jump to state 1 is 1.5: want 0 to 1":                 MMPP{States: []State{on, on}, Jumps: [][]float64{{0, 1.5}, {1, 0}}},
		"jump to state 0 is NaN":                              MMPP{States: []State{on, on}, Jumps: [][]float64{{nan, 1}, {1, 0}}},
		"jump to itself is 0.5":                               MMPP{States: []State{on, on}, Jumps: [][]float64{{0.5, 0.5}, {1, 0}}},
		"jump add up to 0.9: want 1":                          MMPP{States: []State{on, on}, Jumps: [][]float64{{0, 0.9}, {1, 0}}},
		"state 2 never leads back":                            MMPP{States: []State{on, on, on, on}, Jumps: [][]float64{{0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}, {0, 0, 1, 0}}},
		"state 2 is never entered":                            MMPP{States: []State{on, on, on}, Jumps: [][]float64{{0, 1, 0}, {1, 0, 0}, {1, 0, 0}}},
		"mmpp: 1e-09 arrivals in a mean sojourn":              MMPP{States: []State{{1e-6, time.Millisecond}, {1e-6, time.Millisecond}}},
	} {
		if _, err := Modulated(even(), rate); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one that says %q", err, want)
		}
	}
	if _, err := Modulated(must(random.Constant(0)), Constant(1)); err == nil || !strings.Contains(err.Error(), "mean gap is 0 ns") {
		t.Errorf("got error %v for gaps of 0", err)
	}
}

// Traffic that begins at a moment of its cycle does, with even gaps, what the traffic from its start does after that moment.
func TestFromAMoment(t *testing.T) {
	whole := traffic(t, even(), Schedule{Pieces: []Piece{piece(2*time.Second, 20), {4 * time.Second, 20, 60}, piece(2*time.Second, 0)}})
	for _, moment := range []time.Duration{0, time.Second, 2 * time.Second, 3 * time.Second, 6 * time.Second, 7 * time.Second, 8*time.Second - 1} {
		from, err := whole.(Varying).From(moment)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(from.MeanRate()-25) > 1e-6 || from.(Periodic).Cycle() != 8*time.Second {
			t.Errorf("from %v: %g requests/s, again after %v", moment, from.MeanRate(), from.(Periodic).Cycle())
		}
		var edges, later []event.Time
		for s := range event.Time(20) {
			edges, later = append(edges, s*1e9), append(later, s*1e9+event.Time(moment))
		}
		got, want := counts(start(from, 1, 0), edges), counts(start(whole, 1, 0), later)
		for i := range want {
			if math.Abs(got[i]-want[i]) > 1 { // gaps begin anew at the moment
				t.Errorf("from %v: %g arrivals in second %d, want %g", moment, got[i], i, want[i])
			}
		}
	}
	if _, err := traffic(t, even(), Constant(5)).(Varying).From(0); err == nil {
		t.Error("no error where nothing repeats itself")
	}
}
