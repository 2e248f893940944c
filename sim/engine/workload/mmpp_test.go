package workload

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat"

	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
)

// dispersion is the variance of the number of arrivals in t over its mean, of a two-state MMPP in its
// stationary distribution with rates a and b (1/s) and changes at rates leaveA and leaveB: Fischer and
// Meier-Hellstern 1993; Heffes and Lucantoni 1986, IEEE JSAC 4(6), 856-868. (It is 1 plus the variance of the
// integral of the rate, whose covariance at lag s is leaveA leaveB ((a-b)/change)^2 exp(-change s), over its mean.)
func dispersion(a, b, leaveA, leaveB, t float64) float64 {
	change := leaveA + leaveB
	excess := 2 * leaveA * leaveB * (a - b) * (a - b) / (change * change * (a*leaveB + b*leaveA))
	return 1 + excess*(1-(1-math.Exp(-change*t))/(change*t))
}

// Counts of independent replications from time 0 on: mean and index of dispersion as in the closed form,
// over short and long times. This also sees a start that is not stationary.
func TestMMPP2Counts(t *testing.T) {
	const a, b, leaveA, leaveB = 100., 20., 2., 1.
	arrivals := traffic(t, exponential(), MMPP{States: []State{{a, time.Second / leaveA}, {b, time.Second / leaveB}}})
	if want := (a*leaveB + b*leaveA) / (leaveA + leaveB); math.Abs(arrivals.MeanRate()-want) > 1e-9 {
		t.Errorf("mean rate %g, want %g", arrivals.MeanRate(), want)
	}
	edges := []event.Time{0, 1e8, 1e9, 1e10}
	const runs = 4000
	total := make([][]float64, len(edges)-1) // arrivals up to each edge
	for replication := range runs {
		sum := 0.0
		for i, n := range counts(start(arrivals, 23, replication), edges) {
			sum += n
			total[i] = append(total[i], sum)
		}
	}
	for i, values := range total {
		span := float64(edges[i+1]) / 1e9
		mean := arrivals.MeanRate() * span
		nearby(t, "mean count", mean, values)
		// The variance, with the standard error of its estimate from the fourth moment.
		var squares []float64
		for _, n := range values {
			squares = append(squares, (n-mean)*(n-mean))
		}
		variance, deviation := stat.MeanStdDev(squares, nil)
		want, se := dispersion(a, b, leaveA, leaveB, span), deviation/math.Sqrt(runs)/mean
		t.Logf("%4g s: index of dispersion %.3f, want %.3f, standard error %.3f", span, variance/mean, want, se)
		if math.Abs(variance/mean-want) > 3*se || se > 0.04*want {
			t.Errorf("%g s: index of dispersion %g, want %g, standard error %.2g", span, variance/mean, want, se)
		}
	}
}

// Four states by a matrix: the part of the time in each, counted by the arrivals of one state alone at a
// time, at the start and later.
func TestMMPPOfManyStates(t *testing.T) {
	jumps := [][]float64{{0, 0.5, 0.5, 0}, {0.2, 0, 0.3, 0.5}, {0, 0.1, 0, 0.9}, {1, 0, 0, 0}}
	sojourn := []time.Duration{40 * time.Millisecond, 60 * time.Millisecond, 100 * time.Millisecond, 50 * time.Millisecond}
	visits := []float64{1, 0, 0, 0}
	for range 2000 { // the dumb way: jump and average, for the chain need not converge
		next := make([]float64, 4)
		for i, row := range jumps {
			for j, p := range row {
				next[j] += visits[i] * p / 2
			}
			next[i] += visits[i] / 2
		}
		visits = next
	}
	total := 0.0
	for i := range visits {
		total += visits[i] * sojourn[i].Seconds()
	}
	for on := range 4 {
		m := MMPP{Jumps: jumps}
		for i := range 4 {
			m.States = append(m.States, State{0, sojourn[i]})
		}
		m.States[on].Rate = 10_000
		a := traffic(t, exponential(), m)
		share := visits[on] * sojourn[on].Seconds() / total
		if math.Abs(a.MeanRate()/10_000-share) > 1e-9 {
			t.Errorf("state %d: mean rate %g, want %g", on, a.MeanRate(), share*10_000)
		}
		var early, late []float64
		for replication := range 12_000 {
			n := counts(start(a, 29, replication), []event.Time{0, 5e6, 40e6, 45e6})
			early, late = append(early, n[0]), append(late, n[2])
		}
		nearby(t, "early", share*50, early)
		nearby(t, "late", share*50, late)
	}
}

// Taking turns is a matrix like others; and a rare state does not disturb what the others do.
func TestTurnsAreJumps(t *testing.T) {
	states := []State{{100, time.Second}, {0, 2 * time.Second}, {5000, 100 * time.Millisecond}}
	turns := first(start(traffic(t, exponential(), MMPP{States: states}), 1, 0), 10_000)
	matrix := MMPP{States: states, Jumps: [][]float64{{0, 1, 0}, {0, 0, 1}, {1, 0, 0}}}
	if !slices.Equal(turns, first(start(traffic(t, exponential(), matrix), 1, 0), 10_000)) {
		t.Error("taking turns is not the matrix of taking turns")
	}
}

// Random chains: the shares balance, share = share times the matrix.
func TestStationaryBalances(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 9))
	for range 200 {
		n := 2 + rng.IntN(20)
		p := make([][]float64, n)
		for i := range p {
			p[i] = make([]float64, n)
			p[i][(i+1)%n] = 0.1 + rng.Float64()
			for j := range p {
				if j != i && rng.IntN(3) == 0 {
					p[i][j] = math.Pow(rng.Float64(), 8)
				}
			}
			sum := 0.0
			for _, x := range p[i] {
				sum += x
			}
			for j := range p {
				p[i][j] /= sum
			}
		}
		share, err := stationary(p)
		if err != nil {
			t.Fatal(err)
		}
		total := 0.0
		for j := range p {
			in := 0.0
			for i := range p {
				in += share[i] * p[i][j]
			}
			if math.Abs(in/share[j]-1) > 1e-12 {
				t.Fatalf("state %d of %d: %g goes in, %g out", j, n, in, share[j])
			}
			total += share[j]
		}
		if math.Abs(total-1) > 1e-12 {
			t.Fatalf("the shares add up to %g", total)
		}
	}
}

// However the weights round, the largest number below 1 picks something that can happen.
func TestPickTakesWhatCanHappen(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	for range 10_000 {
		weights := make([]float64, 1+rng.IntN(8))
		for i := range weights {
			if rng.IntN(2) == 0 {
				weights[i] = rng.Float64()
			}
		}
		weights[rng.IntN(len(weights))] = 0.1
		for _, u := range []float64{0, rng.Float64(), 1 - 0x1p-53} {
			if i := pick(cumulative(weights), u); weights[i] == 0 {
				t.Fatalf("%v at %g: picked %d", weights, u, i)
			}
		}
	}
}

// The states come from a stream of their own: other gaps see the same changes.
func TestModulationIsItsOwnStream(t *testing.T) {
	m := MMPP{States: []State{{1e6, 30 * time.Millisecond}, {0, 20 * time.Millisecond}}}
	pauses := func(gaps *random.Sampler) (from []event.Time) {
		p := start(traffic(t, gaps, m), 3, 0)
		last := event.Time(0)
		for at := last; at < 2e9; at, _, _ = p.Next() {
			if at-last > 1e6 {
				from = append(from, last/1e5) // to 0.1 ms
			}
			last = at
		}
		return from
	}
	a, b := pauses(even()), pauses(gamma(0.3))
	if len(a) < 20 || len(a) != len(b) {
		t.Fatalf("%d pauses and %d", len(a), len(b))
	}
	for i := range a {
		if d := a[i] - b[i]; d > 1 || d < -1 {
			t.Errorf("pause %d begins at %d and %d ms/10", i, a[i], b[i])
		}
	}
}
