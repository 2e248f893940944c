package workload

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"vsim/sim/engine/event"
)

// poisson checks counts of exponential gaps, counted[replication][span], against the expected number for
// each span: that they have these means and variances (Pearson's sum of squares, whose mean and variance
// are those of Poisson counts, 1 and 2 + 1/mean) and that neighbouring spans know nothing of each other.
// Three standard errors.
func poisson(t *testing.T, what string, want []float64, counted [][]float64) {
	t.Helper()
	squares, variance, products, pairs := 0.0, 0.0, 0.0, 0.0
	for span, mean := range want {
		sum := 0.0
		for _, n := range counted {
			sum += n[span]
			d := n[span] - mean
			squares += d*d/mean - 1
			variance += 2 + 1/mean
			if span > 0 {
				products += d * (n[span-1] - want[span-1]) / math.Sqrt(mean*want[span-1])
				pairs++
			}
		}
		runs := float64(len(counted))
		if se := math.Sqrt(mean / runs); math.Abs(sum/runs-mean) > 3*se || se > 0.03*mean {
			t.Errorf("%s: span %d has %g arrivals, want %g, standard error %.2g", what, span, sum/runs, mean, se)
		}
	}
	if se := math.Sqrt(variance); math.Abs(squares) > 3*se {
		t.Errorf("%s: counts scatter by %.3g more than Poisson's, standard error %.2g", what, squares, se)
	}
	if se := math.Sqrt(pairs); math.Abs(products) > 3*se {
		t.Errorf("%s: neighbouring counts go together by %.3g, standard error %.2g", what, products, se)
	}
}

// Exponential gaps at a changing rate make a Poisson process: counts in disjoint spans are independent and
// Poisson, with the integral of the rate as their mean.
func TestScheduleIsPoisson(t *testing.T) {
	pieces := []Piece{piece(time.Second, 20), {2 * time.Second, 0, 60}, piece(time.Second, 0), {time.Second, 80, 10}}
	edges := []event.Time{0, 1e9, 2e9, 3e9, 4e9, 4.5e9, 5e9, 6e9, 7e9, 8e9}
	want := []float64{20, 15, 45, 0, (80 + 45) / 4., (45 + 10) / 4., 20, 15, 45}
	a := traffic(t, exponential(), Schedule{Pieces: pieces})
	var counted [][]float64
	for replication := range 2000 {
		n := counts(start(a, 13, replication), edges)
		if n[3] != 0 {
			t.Fatalf("%g arrivals at rate 0", n[3])
		}
		counted = append(counted, append(n[:3:3], n[4:]...))
	}
	poisson(t, "schedule", append(want[:3:3], want[4:]...), counted)
}

func TestDiurnalIsPoisson(t *testing.T) {
	d := Diurnal{Mean: 40, Amplitude: 0.9, Period: 10 * time.Second, Phase: 3 * time.Second}
	var edges []event.Time
	for at := event.Time(0); at <= 20e9; at += 1e9 {
		edges = append(edges, at)
	}
	var want []float64
	for i := range len(edges) - 1 {
		want = append(want, d.integral(edges[i+1])-d.integral(edges[i]))
	}
	a := traffic(t, exponential(), d)
	var counted [][]float64
	for replication := range 1000 {
		counted = append(counted, counts(start(a, 17, replication), edges))
	}
	poisson(t, "diurnal", want, counted)
}

// integral is the expected number of arrivals up to t, in closed form.
func (d Diurnal) integral(t event.Time) float64 {
	period := d.Period.Seconds()
	turn := func(s float64) float64 { return 2 * math.Pi * math.Mod(s/period, 1) }
	swing := math.Cos(turn(d.Phase.Seconds())) - math.Cos(turn(float64(t)/1e9+d.Phase.Seconds()))
	return d.Mean*float64(t)/1e9 + d.Mean*d.Amplitude*period/(2*math.Pi)*swing
}

// Diurnal's rate is the sine to 5e-6 everywhere, and its pieces' integral inverts that of the sine: even
// gaps come where the closed form reaches 1, 2, 3, ..., within 1e-6 of a mean gap for the error of the
// pieces, which a whole period cancels, and 1 ns.
func TestDiurnalIsASine(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	for range 200 {
		d := Diurnal{Mean: 1000 * rng.Float64(), Amplitude: rng.Float64(), Period: MinPeriod + time.Duration(rng.Int64N(1e11))}
		d.Phase = time.Duration(rng.Int64N(int64(d.Period) + 1))
		from := time.Duration(0)
		for _, p := range d.schedule().Pieces {
			to := from + p.Span
			for _, at := range []time.Duration{from, from + p.Span/2, to} {
				got := p.From + (p.To-p.From)*float64(at-from)/float64(p.Span)
				turn := 2 * math.Pi * (at + d.Phase).Seconds() / d.Period.Seconds()
				want := d.Mean * (1 + d.Amplitude*math.Sin(turn))
				// A ns of the edges' rounding is that part of a turn.
				if margin := d.Mean * d.Amplitude * (5e-6 + 2*math.Pi*2/float64(d.Period)); math.Abs(got-want) > margin {
					t.Fatalf("%+v: at %v: rate %g, want %g", d, at, got, want)
				}
			}
			from = to
		}
		if from != d.Period {
			t.Fatalf("%+v: pieces of %v", d, from)
		}
	}
}

func TestDiurnalInvertsItsIntegral(t *testing.T) {
	for _, d := range []Diurnal{
		{Mean: 100, Amplitude: 1, Period: 24 * time.Hour},
		{Mean: 2000, Amplitude: 0.5, Period: 10 * time.Second, Phase: 9 * time.Second},
		{Mean: 0.01, Amplitude: 0.7, Period: time.Second, Phase: time.Second / 3},
		{Mean: 3, Amplitude: 1, Period: 10 * time.Second, Phase: 7500 * time.Millisecond},
	} {
		p := start(traffic(t, even(), d), 1, 0)
		// What the pieces, which are off by up to 5e-6, can add up to over half a period; and 1 ns at the peak.
		margin := d.Mean * d.Amplitude * (5e-6*d.Period.Seconds()/math.Pi + 2e-9)
		for i := range 5000 {
			at, _, _ := p.Next()
			if got := d.integral(at); math.Abs(got-float64(i+1)) > margin+1e-9*float64(i) {
				t.Fatalf("%+v: arrival %d at %d ns, where the integral is %.9f; margin %.2g", d, i+1, at, got, margin)
			}
		}
	}
}

// Processors differ in the last bits of math.Sin, 2^-53, but no point is within 2^-40 of where it would be
// rounded to another value.
func TestSineIsTheSameEverywhere(t *testing.T) {
	for k := range sinePieces + 1 {
		x := math.Abs(math.Sin(2*math.Pi*float64(k)/sinePieces)) * 0x1p30
		if tie := math.Abs(x - math.Floor(x) - 0.5); tie < 0x1p-10 {
			t.Errorf("sine %d is %g from a tie", k, tie)
		}
		if sine(k)+sine(sinePieces-k) != 0 {
			t.Errorf("sines %d and %d do not cancel", k, sinePieces-k)
		}
	}
}
