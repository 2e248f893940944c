package workload

import (
	"testing"
	"time"

	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
)

// Whatever goes in, there is an error or arrivals that do not step back and stay below the end of time.
func FuzzModulated(f *testing.F) {
	f.Add(second, int64(1e9), int64(3), 1000.0, 5.0, 0.0, 2e8)
	f.Add(1.0, int64(1), int64(1)<<53, 1e9, 0.0, 1e9, 1e-300)
	f.Add(float64(1<<49), int64(1)<<53, int64(1)<<53, 1e-9, 1e-9, 1e9, 1e-9)
	f.Fuzz(func(t *testing.T, meanGapNs float64, span1, span2 int64, a, b, c, d float64) {
		gaps, err := random.Exponential(meanGapNs)
		if err != nil {
			return
		}
		pieces := []Piece{{time.Duration(span1), a, b}, {time.Duration(span2), c, d}}
		for _, rate := range []Rate{
			Constant(a), Schedule{Pieces: pieces}, Schedule{Pieces: pieces, Once: true},
			Diurnal{Mean: a, Amplitude: b, Period: time.Duration(span1), Phase: time.Duration(span2)},
			MMPP{States: []State{{a, time.Duration(span1)}, {b, time.Duration(span2)}}},
		} {
			arrivals, err := Modulated(gaps, rate)
			if err != nil {
				continue
			}
			if r := arrivals.MeanRate(); !(r >= 0 && r <= maxRate) {
				t.Errorf("%+v: mean rate %g", rate, r)
			}
			last := event.Time(0)
			for _, at := range first(start(arrivals, 1, 0), 20) {
				if at < last || at > forever+random.MaxNs {
					t.Fatalf("%+v, gaps of %g ns: %d ns after %d ns", rate, meanGapNs, at, last)
				}
				last = at
			}
		}
	})
}
