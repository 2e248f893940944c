package workload

import (
	"math"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat"

	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
)

// second is the unit of gaps in these tests.
const second = float64(time.Second)

func must(s *random.Sampler, err error) *random.Sampler {
	if err != nil {
		panic(err)
	}
	return s
}

func even() *random.Sampler            { return must(random.Constant(second)) }
func exponential() *random.Sampler     { return must(random.Exponential(second)) }
func gamma(cv float64) *random.Sampler { return must(random.Gamma(second, cv)) }

func traffic(t testing.TB, gaps *random.Sampler, rate Rate) Arrivals {
	t.Helper()
	a, err := Modulated(gaps, rate)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func start(a Arrivals, seed uint64, replication int) Process {
	return a.Start(func(purpose string) random.Stream { return random.NewStream(seed, purpose, replication) })
}

// first returns the first n arrivals, or all when there are fewer.
func first(p Process, n int) (times []event.Time) {
	for range n {
		at, _, ok := p.Next()
		if !ok {
			break
		}
		times = append(times, at)
	}
	return times
}

// counts returns the numbers of arrivals between neighbouring edges, which ascend.
func counts(p Process, edges []event.Time) []float64 {
	n := make([]float64, len(edges)-1)
	for span := 0; ; {
		at, _, ok := p.Next()
		if !ok || at >= edges[len(edges)-1] {
			return n
		}
		for at >= edges[span+1] {
			span++
		}
		if at >= edges[0] {
			n[span]++
		}
	}
}

// nearby checks a mean of independent values, one a replication, in three standard errors. Seeded, so
// that it passes or fails for good.
func nearby(t *testing.T, what string, want float64, values []float64) {
	t.Helper()
	mean, deviation := stat.MeanStdDev(values, nil)
	se := deviation / math.Sqrt(float64(len(values)))
	if !(math.Abs(mean-want) <= 3*se) {
		t.Errorf("%s: %.6g, want %.6g; the standard error is %.2g", what, mean, want, se)
	}
	if !(se <= 0.03*want) {
		t.Errorf("%s: standard error %.2g is more than 3%% of %.6g: the check is blunt", what, se, want)
	}
}

// rates are one of each kind, all of 10,000/s on average.
func rates() map[string]Rate {
	return map[string]Rate{
		"constant": Constant(10_000),
		"schedule": Schedule{Pieces: []Piece{piece(time.Second, 5000), piece(time.Second, 15_000)}},
		"ramps":    Schedule{Pieces: []Piece{{time.Second, 0, 20_000}, {time.Second, 20_000, 0}}},
		"diurnal":  Diurnal{Mean: 10_000, Amplitude: 0.8, Period: 10 * time.Second},
		"mmpp":     MMPP{States: []State{{2000, 40 * time.Millisecond}, {42_000, 10 * time.Millisecond}}},
	}
}
