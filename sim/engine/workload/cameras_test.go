package workload

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"vsim/sim/engine/event"
)

func cameras(t testing.TB, c Cameras) Arrivals {
	t.Helper()
	a, err := c.Arrivals()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// One stream is even from its phase on, to the last nanosecond; its frames are 1/FrameRate apart.
func TestOneCameraIsEven(t *testing.T) {
	a := cameras(t, Cameras{Streams: 1, FrameRate: 30})
	times := first(start(a, 1, 0), 100_000)
	for k, at := range times {
		if want := float64(times[0]) + float64(k)/30*1e9; math.Abs(float64(at)-want) > 1 {
			t.Fatalf("frame %d at %d ns, want %.0f", k, at, want)
		}
	}
	if times[0] < 0 || times[0] >= event.Time(time.Second)/30 {
		t.Errorf("the phase is %d ns", times[0])
	}
	if a.(Periodic).Cycle() != 33_333_333 || a.Finite() || a.MeanRate() != 30 {
		t.Errorf("cycle %v, finite %v, mean rate %v", a.(Periodic).Cycle(), a.Finite(), a.MeanRate())
	}
}

// Aligned streams send together: batches of n, a period apart, in the order of the streams.
func TestAlignedCamerasSendTogether(t *testing.T) {
	p := start(cameras(t, Cameras{Streams: 5, FrameRate: 1000, Aligned: true}), 1, 0)
	for k := range 50 {
		at, class, ok := p.Next()
		if want := event.Time(k/5) * 1_000_000; at != want || class != -1 || !ok || p.(Streams).Stream() != int32(k%5) {
			t.Fatalf("frame %d of stream %d at %d ns, want %d", k, p.(Streams).Stream(), at, want)
		}
	}
}

// Each stream sends once a period whatever the phases, and the phases are uniform.
func TestPhasesAreUniform(t *testing.T) {
	const n, period = 1000, 40_000_000
	p := start(cameras(t, Cameras{Streams: n, FrameRate: 25}), 1, 0)
	var phases []float64
	for range n {
		at, _, _ := p.Next()
		phases = append(phases, float64(at)/period)
	}
	worst := 0.0 // Kolmogorov-Smirnov
	for i, x := range phases {
		worst = max(worst, math.Abs(x-float64(i)/n), math.Abs(x-float64(i+1)/n))
	}
	if !slices.IsSorted(phases) || worst > 1.63/math.Sqrt(n) { // the 1 % point
		t.Errorf("phases differ from uniform by %.3f", worst)
	}
	seen := map[int32]int{}
	for range 7 * n {
		p.Next()
		seen[p.(Streams).Stream()]++
	}
	for i, k := range seen {
		if k != 7 {
			t.Fatalf("stream %d sent %d frames in 7 periods", i, k)
		}
	}
}

// Jitter delays each frame by itself and does not add up.
func TestJitter(t *testing.T) {
	const period = 10_000_000.0
	p := start(cameras(t, Cameras{Streams: 1, FrameRate: 100, Aligned: true, Jitter: 0.3}), 1, 0)
	sum, squares := 0.0, 0.0
	const n = 100_000
	for k, at := range first(p, n) {
		d := (float64(at) - float64(k)*period) / period
		if d < -1e-6 || d > 0.3+1e-6 {
			t.Fatalf("frame %d is %g periods late", k, d)
		}
		sum += d
		squares += d * d
	}
	mean := sum / n
	if off := math.Abs(mean - 0.15); off > 3*0.3/math.Sqrt(12*n) {
		t.Errorf("frames are %g periods late on average, want 0.15", mean)
	}
	if v := squares/n - mean*mean; math.Abs(v/(0.09/12)-1) > 3*math.Sqrt(0.8/n) { // a uniform's fourth moment
		t.Errorf("variance %g, want %g", v, 0.09/12)
	}
}

// Wander adds up like a random walk, keeps the rate, and keeps gaps near the period.
func TestWander(t *testing.T) {
	const period, n, wander = 1_000_000.0, 100, 0.02
	var ends []float64
	for r := range 40_000 {
		times := first(start(cameras(t, Cameras{Streams: 1, FrameRate: 1000, Aligned: true, Wander: wander}), 1, r), n+1)
		for k := range n {
			if gap := float64(times[k+1]-times[k]) / period; math.Abs(gap-1) > wander+1e-5 {
				t.Fatalf("a gap of %g periods", gap)
			}
		}
		ends = append(ends, float64(times[n])/period)
	}
	nearby(t, "the time of 100 periods", n, ends)
	var squares []float64
	for _, x := range ends {
		squares = append(squares, (x-n)*(x-n))
	}
	nearby(t, "its square", n*wander*wander/3, squares)
}

// More cameras, or another jitter, leave the others as they were: common random numbers.
func TestCamerasKeepTheirNumbers(t *testing.T) {
	of := func(c Cameras, stream int32) (times []event.Time) {
		p := start(cameras(t, c), 7, 3)
		for len(times) < 50 {
			if at, _, _ := p.Next(); p.(Streams).Stream() == stream {
				times = append(times, at)
			}
		}
		return times
	}
	few := Cameras{Streams: 3, FrameRate: 25, Wander: 0.02}
	many, twice, late := few, few, few
	many.Streams, twice.FrameRate, late.Jitter = 30, 50, 0.1
	if !slices.Equal(of(few, 2), of(many, 2)) {
		t.Error("more cameras change a camera")
	}
	a, b, c := of(few, 2), of(twice, 2), of(late, 2)
	for i := range a {
		if math.Abs(float64(a[i]-2*b[i])) > 2 {
			t.Fatalf("frame %d at %d ns, at twice the rate at %d", i, a[i], b[i])
		}
		if d := c[i] - a[i]; d < 0 || d > 4_000_001 {
			t.Fatalf("frame %d is %d ns late with a jitter of 4 ms", i, d)
		}
	}
}

// One server of constant service under streams of random phases is the queue sum of D/D/1. The chance that more than
// x services of work lie in it (Roberts and Virtamo 1991, equation 4), N streams, a period of T services:
//
//	P(V > x) = sum over n from floor(x)+1 to N of C(N,n) ((n-x)/T)^n (1-(n-x)/T)^(N-n) (T-N+x)/(T-n+x)
func TestSumOfPeriodicStreamsOnOneServer(t *testing.T) {
	const streams, period = 20, 25.0 // of services, 1 ms each: load 0.8
	want := func(x float64) (p float64) {
		for n := int(x) + 1; n <= streams; n++ {
			a, _ := math.Lgamma(streams + 1)
			b, _ := math.Lgamma(float64(n + 1))
			c, _ := math.Lgamma(float64(streams - n + 1))
			y := (float64(n) - x) / period
			p += math.Exp(a-b-c) * math.Pow(y, float64(n)) * math.Pow(1-y, float64(streams-n)) * (period - streams + x) / (period - float64(n) + x)
		}
		return p
	}
	for _, wander := range []float64{0, 0.02} {
		a := cameras(t, Cameras{Streams: streams, FrameRate: 40, Wander: wander})
		over := make([][]float64, 3)
		for r := range 30_000 {
			// The work found at a fixed time. (Not at a multiple of the period: phases end there, and the walk of later
			// frames is wider than that of earlier ones, which makes the rate uneven by a few thousandths at first.)
			work, last := 0.0, event.Time(0)
			for p := start(a, 1, r); ; {
				at, _, _ := p.Next()
				at = min(at, 97_000_000)
				work = max(work-float64(at-last)/1e6, 0)
				if last = at; at == 97_000_000 {
					break
				}
				work++
			}
			for x := range over {
				hit := 0.0
				if work > float64(x)+0.5 {
					hit = 1
				}
				over[x] = append(over[x], hit)
			}
		}
		for x := range over[:3] {
			nearby(t, fmt.Sprintf("wander %g: P(work > %d.5)", wander, x), want(float64(x)+0.5), over[x])
		}
	}
}

func TestCamerasAllocateNothing(t *testing.T) {
	p := start(cameras(t, Cameras{Streams: 100, FrameRate: 25, Jitter: 0.5, Wander: 0.02}), 1, 0)
	if n := testing.AllocsPerRun(10_000, func() { p.Next() }); n != 0 {
		t.Errorf("%g allocations a frame, want 0", n)
	}
}

func TestCamerasStayInOrder(t *testing.T) {
	times := first(start(cameras(t, Cameras{Streams: 3, FrameRate: 25, Jitter: 1, Wander: 0.5}), 1, 0), 100_000)
	if !slices.IsSorted(times) {
		t.Error("time goes back")
	}
	p := start(cameras(t, Cameras{Streams: 1, FrameRate: 1e-6}), 1, 0)
	if n := len(first(p, 10_000)); n > 4612 {
		t.Errorf("%d frames in 146 years", n)
	}
}

func TestBadCamerasAreErrors(t *testing.T) {
	for _, c := range []Cameras{{}, {Streams: 1}, {Streams: 2e6, FrameRate: 1}, {Streams: 1, FrameRate: math.NaN()}, {Streams: 1e6, FrameRate: 1e6},
		{Streams: 1, FrameRate: 1, Jitter: 2}, {Streams: 1, FrameRate: 1, Jitter: math.NaN()}, {Streams: 1, FrameRate: 1, Wander: 0.6}, {Streams: 1, FrameRate: 1, Wander: -1}} {
		if _, err := c.Arrivals(); err == nil {
			t.Errorf("%+v: no error", c)
		}
	}
}
