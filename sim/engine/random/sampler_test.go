package random

import (
	"math"
	"math/bits"
	"strings"
	"testing"
	"unsafe"

	"gonum.org/v1/gonum/stat/distuv"
)

// law is a distribution with what is known of it from elsewhere.
type law struct {
	name     string
	sampler  *Sampler
	quantile func(p float64) float64 // ns
	cv       float64
}

func laws(t *testing.T) []law {
	t.Helper()
	const mean = 1e6
	must := func(s *Sampler, err error) *Sampler {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	scale := func(quantile func(float64) float64, ownMean float64) func(float64) float64 {
		return func(p float64) float64 { return quantile(p) * mean / ownMean }
	}
	gamma := func(shape float64) func(float64) float64 {
		return scale(bisected(distuv.Gamma{Alpha: shape, Beta: 1}), shape)
	}
	logN := func(cv float64) func(float64) float64 {
		sigma2 := math.Log1p(cv * cv)
		return scale(distuv.LogNormal{Sigma: math.Sqrt(sigma2)}.Quantile, math.Exp(sigma2/2))
	}
	return []law{
		{"constant", must(Constant(mean)), func(float64) float64 { return mean }, 0},
		{"uniform", must(Uniform(0.5*mean, 1.5*mean)), func(p float64) float64 { return (0.5 + p) * mean }, 1 / math.Sqrt(12)},
		{"exponential", must(Exponential(mean)), scale(distuv.Exponential{Rate: 1}.Quantile, 1), 1},
		{"lognormal 0.1", must(Lognormal(mean, 0.1)), logN(0.1), 0.1},
		{"lognormal 1", must(Lognormal(mean, 1)), logN(1), 1},
		{"lognormal 2", must(Lognormal(mean, 2)), logN(2), 2},
		{"gamma 0.3", must(Gamma(mean, 0.3)), gamma(1 / 0.09), 0.3},
		{"gamma 2", must(Gamma(mean, 2)), gamma(0.25), 2},
		{"erlang 4", must(Erlang(4, mean)), gamma(4), 0.5},
		{"hyperexponential 2", must(Hyperexponential(mean, 2)), h2Quantile(mean, 2), 2},
	}
}

// bisected inverts the distribution function, from the side where it keeps its
// digits, rather than trusting the quantile function that the package uses.
func bisected(d distuv.Gamma) func(p float64) float64 {
	return func(p float64) float64 {
		low, high := 0.0, 100*(1+d.Alpha)
		for range 80 {
			mid := (low + high) / 2
			if p < 0.5 && d.CDF(mid) < p || p >= 0.5 && d.Survival(mid) > 1-p {
				low = mid
			} else {
				high = mid
			}
		}
		return low
	}
}

// h2Quantile inverts the textbook form of the balanced-means H2 by Newton's
// method: another parametrization and another solver than the package's.
func h2Quantile(mean, cv float64) func(float64) float64 {
	p1 := 0.5 * (1 + math.Sqrt((cv*cv-1)/(cv*cv+1)))
	m1, m2 := mean/(2*p1), mean/(2*(1-p1))
	return func(p float64) float64 {
		x := 0.0
		for range 500 { // from the left of a convex falling function: steps never overshoot
			s := p1*math.Exp(-x/m1) + (1-p1)*math.Exp(-x/m2)
			slope := p1/m1*math.Exp(-x/m1) + (1-p1)/m2*math.Exp(-x/m2)
			x += (s - (1 - p)) / slope
		}
		return x
	}
}

// The error of interpolation: at most 0.05 % of the quantile for probabilities
// up to 1 - 1e-9, and at the low end of the mean.
func TestQuantilesAreRight(t *testing.T) {
	for _, l := range laws(t) {
		worst, at := 0.0, 0.0
		check := func(p float64) {
			want := l.quantile(p)
			if e := math.Abs(l.sampler.At(p)-want) / max(want, 0.05e6); e > worst {
				worst, at = e, p
			}
		}
		for i := 1; i < 500; i++ {
			check(float64(i) / 500)
		}
		for d := 1e-9; d < 0.02; d *= 1.07 {
			check(d)
			check(1 - d)
		}
		t.Logf("%-20s worst error %.2e at %g", l.name, worst, at)
		if worst > 5e-4 {
			t.Errorf("%s: quantile at %g is %g, want %g: off by %.2e", l.name, at, l.sampler.At(at), l.quantile(at), worst)
		}
	}
}

// Mean to 1e-6 by construction; the standard deviation to 0.01 %. Moments are
// those of a piecewise linear quantile function, integrated exactly.
func TestMomentsAreRight(t *testing.T) {
	for _, l := range laws(t) {
		mean, square := 0.0, 0.0
		for i := range nodes - 1 {
			w := nodeAt(i+1) - nodeAt(i)
			a, b := l.sampler.value(i), l.sampler.value(i+1)
			mean += w * (a + b) / 2
			square += w * (a*a + a*b + b*b) / 3
		}
		cv := math.Sqrt(max(square-mean*mean, 0)) / mean
		t.Logf("%-20s mean off by %.1e, cv %.6f for %.6f", l.name, mean/1e6-1, cv, l.cv)
		if math.Abs(mean/1e6-1) > 1e-6 {
			t.Errorf("%s: mean is %g, want 1e6", l.name, mean)
		}
		if math.Abs(l.sampler.Mean()-mean) > 0.01 {
			t.Errorf("%s: Mean() is %g, quantiles have %g", l.name, l.sampler.Mean(), mean)
		}
		if math.Abs(cv-l.cv) > 1e-4*max(l.cv, 0.01) {
			t.Errorf("%s: cv is %g, want %g", l.name, cv, l.cv)
		}
	}
}

// atBits is Draw for a given uniform number.
func (t *Sampler) atBits(u uint64) int64 {
	if cell := u >> (64 - midBits); cell-edge < mids {
		low, high := t.node[tails-edge+cell], t.node[tails-edge+cell+1]
		rise, _ := bits.Mul64(u<<midBits, high-low)
		return int64((low + rise) >> fracBits)
	}
	return t.tail(u)
}

// The integer arithmetic of Draw and the search of At agree everywhere, at
// the joints of the grid above all, and never fall.
func TestDrawIsAt(t *testing.T) {
	for _, l := range laws(t) {
		var last int64
		check := func(u uint64) {
			got, want := l.sampler.atBits(u), l.sampler.At(float64(u)*0x1p-64)
			// Rounding to 1 ns and 1/256 ns, and that of u to a float, which is
			// coarse where the quantile is steep.
			margin := 0.51 + 2*(l.sampler.At(float64(u)*0x1p-64+0x1p-52)-want) + 1e-9*want
			if math.Abs(float64(got)-want) > margin {
				t.Fatalf("%s: at %#x: Draw gives %d, At %g", l.name, u, got, want)
			}
			if got < last {
				t.Fatalf("%s: at %#x: Draw falls from %d to %d", l.name, u, last, got)
			}
			last = got
		}
		for i := range nodes - 1 {
			from := uint64(nodeAt(i) * 0x1p64)
			to := from + uint64((nodeAt(i+1)-nodeAt(i))*0x1p64) - 1
			for _, u := range []uint64{from, from + 1, from + (to-from)/2, to - 1, to} {
				check(u)
			}
		}
	}
}

// A stream's numbers go through Draw as through atBits, which the other tests
// look at.
func TestDrawUsesOneNumber(t *testing.T) {
	s, err := Lognormal(1e6, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	a, b := NewStream(3, "draw", 0), NewStream(3, "draw", 0)
	for range 100_000 {
		if got, want := s.Draw(&a), s.atBits(b.Uint64()); got != want {
			t.Fatalf("got %d, want %d", got, want)
		}
	}
}

// Mean() counts rounding: a draw of 0..3 ns is mostly rounding. 4e6 draws, in
// three standard errors.
func TestMeanOfSmallTimesIsExact(t *testing.T) {
	for _, mean := range []float64{0.3, 1.2, 2.5} {
		s, err := Exponential(mean)
		if err != nil {
			t.Fatal(err)
		}
		stream := NewStream(1, "small", 0)
		const n = 4_000_000
		sum := int64(0)
		for range n {
			sum += s.Draw(&stream)
		}
		if got := float64(sum) / n; math.Abs(got-s.Mean()) > 3*(mean+0.5)/math.Sqrt(n) {
			t.Errorf("mean %g: drew %g, Mean() is %g", mean, got, s.Mean())
		}
	}
	s, err := Constant(2.5)
	if err != nil {
		t.Fatal(err)
	}
	if s.Mean() != 3 {
		t.Errorf("constant 2.5 is drawn as 3, Mean() is %g", s.Mean())
	}
}

func TestBadParametersAreErrors(t *testing.T) {
	nan := math.NaN()
	for want, build := range map[string]func() (*Sampler, error){
		"mean is -1":         func() (*Sampler, error) { return Exponential(-1) },
		"mean is NaN":        func() (*Sampler, error) { return Constant(nan) },
		"mean is +Inf":       func() (*Sampler, error) { return Erlang(2, math.Inf(1)) },
		"208 days":           func() (*Sampler, error) { return Exponential(1 << 53) },
		"cv is -0.1":         func() (*Sampler, error) { return Lognormal(1, -0.1) },
		"cv is NaN":          func() (*Sampler, error) { return Lognormal(1, nan) },
		"gamma: cv is 0.001": func() (*Sampler, error) { return Gamma(1, 0.001) },
		"cv is 0.5":          func() (*Sampler, error) { return Hyperexponential(1, 0.5) },
		"k is 0":             func() (*Sampler, error) { return Erlang(0, 1) },
		"from 2 to 1":        func() (*Sampler, error) { return Uniform(2, 1) },
	} {
		if _, err := build(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one that says %q", err, want)
		}
	}
}

func TestSamplerIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(Sampler{}); size > 16<<10 {
		t.Errorf("a Sampler takes %d bytes, want at most 16 kB", size)
	}
}

func TestDrawAllocatesNothing(t *testing.T) {
	s, err := Exponential(1e6)
	if err != nil {
		t.Fatal(err)
	}
	stream := NewStream(1, "alloc", 0)
	if n := testing.AllocsPerRun(1000, func() { s.Draw(&stream) }); n != 0 {
		t.Errorf("%g allocations a draw, want 0", n)
	}
}
