package measure

import (
	"slices"
	"time"

	"gonum.org/v1/gonum/floats/scalar"
	"gonum.org/v1/gonum/stat"

	"vsim/profile"
	"vsim/sim/engine/stats"
)

const (
	// referenceEvery is how long after one timing of the reference job there may be another: three jobs of 0.8 ms take a
	// fortieth of it.
	referenceEvery = 100 * time.Millisecond
	// driftStep is what a point of a Drift covers at least. The mean of ten timings follows the machine as the bursts of a
	// second do; a single one scatters more than the bursts around it.
	driftStep = time.Second
	// driftPoints is how many points a Drift has at most.
	driftPoints = 500
)

// series are the timings of the reference job since a bench was opened.
type series struct {
	job     func() time.Duration
	began   time.Duration
	timings []timing
}

type timing struct {
	at, took time.Duration // at: since the series began
	quiet    bool          // nothing disturbed the visit beside it
}

// look times the job, unless it was timed a moment before, and gives the number of timings before this one.
func (s *series) look() (before int) {
	before = len(s.timings)
	at := Now() - s.began
	if before == 0 || at-s.timings[before-1].at >= referenceEvery {
		s.timings = append(s.timings, timing{at: at, took: s.job()})
	}
	return before
}

// TooSlow is how many times as long as otherwise the reference job may take while something is measured. Who else shares the host of a virtual machine
// takes memory bandwidth and caches, which shows in no counter: over 240 s of Poisson traffic on two cores, the job's time in stretches of 10 s went
// with that of MobileNetV2 by a correlation of 0.76, of resizing by 0.69.
const TooSlow = 1.05

// toKnow is how many timings tell what the job usually takes.
const toKnow = 20

// slower says that the job took longer than usual, by the timings from one on, which are those around a visit.
func (s *series) slower(first int) bool {
	around := s.timings[min(first, len(s.timings)):]
	if len(s.timings) < toKnow || len(around) == 0 {
		return false
	}
	mean := func(timings []timing) (sum float64) {
		for _, t := range timings {
			sum += float64(t.took) / float64(len(timings))
		}
		return sum
	}
	all := make([]float64, len(s.timings))
	for i, t := range s.timings {
		all[i] = float64(t.took)
	}
	return mean(around) > TooSlow*stats.Median(all)
}

// mark notes of all timings but the first ones whether the visit that they belong to was quiet.
func (s *series) mark(first int, quiet bool) {
	for i := range s.timings[first:] {
		s.timings[first+i].quiet = quiet
	}
}

// drift is the machine's speed over time, from the timings at quiet visits; where those are fewer than minVisits, from all.
// It is nil where there are none.
func (s *series) drift() *profile.Drift {
	timings := slices.DeleteFunc(slices.Clone(s.timings), func(t timing) bool { return !t.quiet })
	if len(timings) < minVisits {
		timings = s.timings
	}
	if len(timings) == 0 {
		return nil
	}
	step := max(driftStep, (timings[len(timings)-1].at+driftPoints)/driftPoints)
	d := &profile.Drift{Job: ReferenceJob}
	var at, took []float64
	flush := func() {
		d.AtS = append(d.AtS, scalar.Round(stat.Mean(at, nil), 2))
		d.Speed = append(d.Speed, 1/stat.Mean(took, nil))
		at, took = at[:0], took[:0]
	}
	for i, t := range timings {
		if i > 0 && t.at/step != timings[i-1].at/step {
			flush()
		}
		at, took = append(at, t.at.Seconds()), append(took, float64(t.took))
	}
	flush()
	mean := stat.Mean(d.Speed, nil)
	for i := range d.Speed {
		d.Speed[i] = scalar.Round(d.Speed[i]/mean, 4)
	}
	d.JobNs = scalar.Round(1/mean, 0)
	return d
}
