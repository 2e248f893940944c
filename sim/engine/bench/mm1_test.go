package bench

import (
	"math"
	"os"
	"runtime"
	"testing"

	"vsim/sim/engine/event"
	"vsim/sim/engine/oracle"
	"vsim/sim/engine/random"
	"vsim/sim/engine/stats"
)

// The reference model (a): one arrival a millisecond, load 0.8.
const betweenNs, serviceNs = 1e6, 0.8e6

func newMM1(t testing.TB, seed uint64, load float64) *MM1 {
	t.Helper()
	m, err := NewMM1(seed, betweenNs, load*betweenNs)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Lindley's recursion on the same random numbers gives the same latencies, to
// the nanosecond.
func TestMM1AgainstLindley(t *testing.T) {
	for seed := range uint64(20) {
		load := 0.2 + 0.04*float64(seed)
		m := newMM1(t, seed, load)
		m.Run(20_000)
		arrivals, services := random.NewStream(seed, "arrivals", 0), random.NewStream(seed, "services", 0)
		between, err := random.Exponential(betweenNs)
		if err != nil {
			t.Fatal(err)
		}
		service, err := random.Exponential(load * betweenNs)
		if err != nil {
			t.Fatal(err)
		}
		var want stats.Histogram
		came, free := int64(0), int64(0)
		for range m.Latency.Count() {
			came += between.Draw(&arrivals)
			free = max(came, free) + service.Draw(&services)
			want.Record(free - came)
		}
		if m.Latency.Sum() != want.Sum() || m.Latency.Max() != want.Max() || m.Latency.Quantile(0.9) != want.Quantile(0.9) {
			t.Errorf("seed %d: sum %d, max %d; Lindley has %d, %d", seed, m.Latency.Sum(), m.Latency.Max(), want.Sum(), want.Max())
		}
	}
}

// Mean and p99 of 30 seeds against the closed forms, in three standard errors.
func TestMM1AgainstOracle(t *testing.T) {
	var means, p99s []float64
	for seed := range uint64(30) {
		m := newMM1(t, seed, serviceNs/betweenNs)
		m.Run(20_000) // warm-up
		m.Latency.Reset()
		m.Run(400_000)
		means = append(means, m.Latency.Mean())
		p99s = append(p99s, float64(m.Latency.Quantile(0.99)))
	}
	within3SE(t, "mean", means, oracle.MM1Sojourn(1/betweenNs, 1/serviceNs))
	within3SE(t, "p99", p99s, oracle.MM1SojournQuantile(1/betweenNs, 1/serviceNs, 0.99))
}

func within3SE(t *testing.T, what string, values []float64, want float64) {
	t.Helper()
	// A 68.27 % interval by the normal law is one standard error; by Student's
	// t with 29 degrees of freedom it is 2 % wider.
	i := stats.MeanInterval(values, 0.6827)
	if se := (i.High - i.Low) / 2; math.Abs(i.Value-want) > 3*se {
		t.Errorf("%s: %g, want %g within three standard errors of %g", what, i.Value, want, se)
	}
}

// All times x 4 are latencies x 4, but for rounding to whole ns in each draw.
func TestMM1ScalesWithTime(t *testing.T) {
	m := newMM1(t, 1, 0.5)
	scaled, err := NewMM1(1, 4*betweenNs, 2*betweenNs)
	if err != nil {
		t.Fatal(err)
	}
	m.Run(10_000)
	scaled.Run(10_000)
	if got := scaled.Latency.Mean() / m.Latency.Mean(); math.Abs(got-4) > 1e-4 {
		t.Errorf("times x 4 give latencies x %g", got)
	}
}

func TestWarmMM1AllocatesNothing(t *testing.T) {
	m := newMM1(t, 1, 0.8)
	m.Run(1_000_000)
	if n := testing.AllocsPerRun(1000, func() { m.Run(100) }); n != 0 {
		t.Errorf("%g allocations in 100 events, want 0", n)
	}
}

// The long run: VSIM_LONG=1 go test -run Billion ./sim/engine/bench (a minute).
func TestBillionCustomers(t *testing.T) {
	if os.Getenv("VSIM_LONG") == "" {
		t.Skip("set VSIM_LONG=1 for a minute of 1e9 customers")
	}
	const batches, customers = 100, 10_000_000
	m := newMM1(t, 1, 0.8)
	var means []float64
	var before runtime.MemStats
	for i := range batches {
		sum, count := m.Latency.Sum(), m.Latency.Count()
		m.Run(2 * customers)
		means = append(means, float64(m.Latency.Sum()-sum)/float64(m.Latency.Count()-count))
		if i == 0 {
			runtime.ReadMemStats(&before)
		}
	}
	var after runtime.MemStats
	runtime.ReadMemStats(&after)
	t.Logf("%d customers, %d events, mean %.1f ns; %d bytes from the system, %d after the first hundredth",
		m.Latency.Count(), m.Events, m.Latency.Mean(), after.Sys, before.Sys)
	within3SE(t, "mean", means, oracle.MM1Sojourn(1/betweenNs, 1/serviceNs))
	if after.Sys > 50e6 {
		t.Errorf("%d bytes of memory, want less than 50 MB", after.Sys)
	}
	if m.End > event.NewTree(mm1Slots).Horizon()/2 {
		t.Errorf("the clock is at %d, close to the horizon", m.End)
	}
}
