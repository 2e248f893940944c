package oracle

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func near(t *testing.T, what string, got, want, relative float64) {
	t.Helper()
	if math.Abs(got-want) > relative*math.Abs(want) || math.IsNaN(got) {
		t.Errorf("%s: got %.12g, want %.12g within %g of it", what, got, want, relative)
	}
}

// The tables of Erlang's formulas, to their printed digits.
func TestErlangTables(t *testing.T) {
	near(t, "ErlangB(5, 3)", ErlangB(5, 3), 0.11005, 1e-4)
	near(t, "ErlangB(10, 5)", ErlangB(10, 5), 0.01838, 3e-4)
	near(t, "ErlangC(2, 1)", ErlangC(2, 1), 1.0/3, 1e-12) // 2 rho^2 / (1 + rho) at rho = 1/2
	near(t, "ErlangC(1, 0.8)", ErlangC(1, 0.8), 0.8, 1e-12)
	near(t, "MM1Sojourn", MM1Sojourn(0.8, 1), 5, 1e-12)
	near(t, "median sojourn", MM1SojournQuantile(0.8, 1, 0.5), 5*math.Ln2, 1e-12)
	near(t, "wait exceeded by C/2", MMcWaitQuantile(1, 1, 2, 1-1.0/6), math.Ln2, 1e-12)
}

func TestUnstableQueuesWaitForEver(t *testing.T) {
	for what, wait := range map[string]float64{
		"M/M/1": MM1Wait(1, 1), "M/M/c": MMcWait(3, 1, 2), "M/G/1": MG1Wait(2, 1, 0),
		"PS": MG1PSSojourn(1, 1, 1), "quantile": MM1SojournQuantile(1, 1, 0.5),
		"wait quantile": MMcWaitQuantile(3, 1, 2, 0.5), "bulk": InoueBound(1, 1, 1),
	} {
		if !math.IsInf(wait, 1) {
			t.Errorf("%s: got %g, want +Inf", what, wait)
		}
	}
}

// generator solves pi Q = 0 for a chain on 0..top with rates between any two
// states, by a dense linear solver: nothing in common with birthDeath.
func generator(t *testing.T, top int, rate func(from, to int) float64) []float64 {
	t.Helper()
	q := mat.NewDense(top+1, top+1, nil)
	for i := range top + 1 {
		for j := range top + 1 {
			if i != j {
				q.Set(j, i, q.At(j, i)+rate(i, j))
				q.Set(i, i, q.At(i, i)-rate(i, j))
			}
		}
	}
	b := mat.NewVecDense(top+1, nil)
	for j := range top + 1 {
		q.Set(top, j, 1) // one balance is redundant: the shares add to 1
	}
	b.SetVec(top, 1)
	var p mat.VecDense
	if err := p.SolveVec(q, b); err != nil {
		t.Fatal(err)
	}
	return p.RawVector().Data
}

func TestMMcKAgainstLinearSolver(t *testing.T) {
	const lambda, mu, c, k = 3.0, 1.0, 2, 7
	p := generator(t, k, func(from, to int) float64 {
		switch to {
		case from + 1:
			return lambda
		case from - 1:
			return mu * float64(min(from, c))
		}
		return 0
	})
	number, waiting := 0.0, 0.0
	for n, share := range p {
		number += share * float64(n)
		waiting += share * float64(max(n-c, 0))
	}
	s := MMcK(lambda, mu, c, k)
	near(t, "loss", s.Loss, p[k], 1e-10)
	near(t, "number", s.Number, number, 1e-10)
	near(t, "throughput", s.Throughput, lambda*(1-p[k]), 1e-10)
	near(t, "wait", s.Wait, waiting/(lambda*(1-p[k])), 1e-10)
	near(t, "Erlang B is K = c", MMcK(3, 1, 5, 5).Loss, ErlangB(5, 3), 1e-12)
	near(t, "M/M/c is K = infinity", MMcK(1.5, 1, 2, 400).Wait, MMcWait(1.5, 1, 2), 1e-10)
}

// mva is exact mean value analysis with load-dependent centers (Reiser and
// Lavenberg 1980), which shares nothing with the convolution.
func mva(centers []Center, customers int) (throughput float64, residence []float64) {
	share := make([][]float64, len(centers)) // P(j at center i), n customers
	for i := range share {
		share[i] = make([]float64, customers+1)
		share[i][0] = 1
	}
	residence = make([]float64, len(centers))
	for n := 1; n <= customers; n++ {
		round := 0.0
		for i, c := range centers {
			residence[i] = 0
			for j := 1; j <= n; j++ {
				residence[i] += c.Demand * share[i][j-1] * float64(j) / c.busy(j)
			}
			round += residence[i]
		}
		throughput = float64(n) / round
		for i, c := range centers {
			rest := 0.0
			for j := n; j >= 1; j-- {
				share[i][j] = share[i][j-1] * throughput * c.Demand / c.busy(j)
				rest += share[i][j]
			}
			share[i][0] = 1 - rest
		}
	}
	return throughput, residence
}

func TestClosedNetworkAgainstMVA(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for range 50 {
		centers := make([]Center, 1+rng.IntN(4))
		for i := range centers {
			centers[i] = Center{Demand: 0.1 + rng.Float64(), Servers: rng.IntN(4)}
		}
		customers := 1 + rng.IntN(12)
		got := ClosedNetwork(centers, customers)
		throughput, residence := mva(centers, customers)
		near(t, "throughput", got.Throughput, throughput, 1e-8)
		total := 0.0
		for i := range centers {
			near(t, "residence", got.Residence[i], residence[i], 1e-7)
			total += got.Number[i]
		}
		near(t, "customers", total, float64(customers), 1e-10)
		if t.Failed() {
			t.Fatalf("centers %+v, %d customers", centers, customers)
		}
	}
}

// A closed loop of a delay and one station is the machine repair model.
func TestClosedNetworkAgainstRepair(t *testing.T) {
	for _, customers := range []int{1, 10, 100, 512} {
		got := ClosedNetwork([]Center{{Demand: 50}, {Demand: 1.6, Servers: 16}}, customers)
		want := Repair(customers, 16, 1/50.0, 1/1.6)
		near(t, "throughput", got.Throughput, want.Throughput, 1e-10)
		near(t, "residence", got.Residence[1], want.Wait+1.6, 1e-9)
	}
}

func TestNearlySaturatedNetworkKeepsItsDigits(t *testing.T) {
	got := ClosedNetwork([]Center{{Demand: 1.6, Servers: 16}, {Demand: 0.01, Servers: 1}}, 512)
	near(t, "throughput", got.Throughput, 10, 1e-12) // 16 / 1.6
	near(t, "number", got.Number[0]+got.Number[1], 512, 1e-12)
}

// TestBreakdown solves the chain of (number inside, up or down) numerically.
func TestBreakdown(t *testing.T) {
	const lambda, mu, fail, repair, top = 0.5, 1.0, 0.05, 0.2, 400
	// Balance of flows between n and n+1: lambda (u[n] + d[n]) = mu u[n+1]; of the down states:
	// d[n] (lambda + repair) = fail u[n] + lambda d[n-1].
	u, d := make([]float64, top), make([]float64, top)
	u[0], d[0] = 1, fail/(lambda+repair)
	for n := 1; n < top; n++ {
		u[n] = lambda / mu * (u[n-1] + d[n-1])
		d[n] = (fail*u[n] + lambda*d[n-1]) / (lambda + repair)
	}
	total, mean := 0.0, 0.0
	for n := range top {
		total += u[n] + d[n]
		mean += float64(n) * (u[n] + d[n])
	}
	if got, want := BreakdownSojourn(lambda, mu, fail, repair), mean/total/lambda; math.Abs(got/want-1) > 1e-9 {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestMeanMaximum(t *testing.T) {
	if got := MeanMaximum(4); math.Abs(got-25.0/12) > 1e-12 {
		t.Errorf("%v, want 25/12", got)
	}
}

// TestPriorityWaits: one class is M/M/1, and the load-weighted waits are those without priorities
// (Kleinrock's conservation law 1965).
func TestPriorityWaits(t *testing.T) {
	if got := PriorityWaits([]float64{0.8}, 1)[0]; math.Abs(got/MM1Wait(0.8, 1)-1) > 1e-12 {
		t.Errorf("%v, want %v", got, MM1Wait(0.8, 1))
	}
	w := PriorityWaits([]float64{0.3, 0.5}, 1)
	if got := (0.3*w[0] + 0.5*w[1]) / 0.8; math.Abs(got/MM1Wait(0.8, 1)-1) > 1e-12 {
		t.Errorf("%v, want %v", got, MM1Wait(0.8, 1))
	}
}
