package workload

import (
	"errors"
	"fmt"
	"time"

	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
)

// Rate is how the rate of arrivals goes with time: Constant, Schedule, Diurnal or MMPP.
type Rate interface {
	// tempo makes the rate ready for gaps of a mean, or says what is wrong with it.
	tempo(meanGapNs float64) (tempo, error)
}

// tempo is a Rate as the speed of a source's clock.
type tempo struct {
	scale
	meanRate float64 // requests a second
	finite   bool
	cycle    time.Duration // 0 when the rate does not repeat itself, or does not change
	schedule *Schedule     // of the cycle; nil where there is none
	start    func(stream func(purpose string) random.Stream) course
}

// course is a rate in one replication: stretches of time, one after the other.
type course interface {
	// next returns the next stretch, ok being false when there are no more. Where the clock has area left
	// to go, several stretches that it leaves behind for sure may come as one.
	next(area wide) (s stretch, ok bool)
}

// Modulated returns traffic at a rate that changes with time. Gaps is the distribution of the gaps
// between arrivals, its mean standing for one arrival whatever it is in ns: a sampler of mean 1 s rounds
// gaps to 1e-9 of their mean. Exponential gaps make a Poisson process whose intensity is the rate; gaps
// of a larger or smaller coefficient of variation make burstier or smoother traffic, and constant gaps
// are even.
//
// The next arrival is when the integral of the rate since the last one reaches the gap drawn, in mean
// gaps (time rescaling, the inversion method for nonhomogeneous Poisson processes: Cinlar 1975,
// Introduction to Stochastic Processes, section 4.7; Law 2015, Simulation Modeling and Analysis, section
// 8.6.2; Gerhardt and Nelson 2009, INFORMS Journal on Computing 21(4), 630-640, for gaps that are not
// exponential). It is rounded to ns, and rounding does not add up. The first comes a whole gap after
// the start. Gaps come from the stream "arrival" and are the same at any rate; what is random about
// the rate comes from the stream "modulation".
func Modulated(gaps *random.Sampler, rate Rate) (Arrivals, error) {
	if !(gaps.Mean() > 0) {
		return nil, fmt.Errorf("workload: the mean gap is %g ns: want more than 0", gaps.Mean())
	}
	t, err := rate.tempo(gaps.Mean())
	if err != nil {
		return nil, err
	}
	return &modulated{gaps, t}, nil
}

// modulated is what Modulated returns.
type modulated struct {
	gaps *random.Sampler
	tempo
}

func (m *modulated) MeanRate() float64 { return m.meanRate }

func (m *modulated) Finite() bool { return m.finite }

// Cycle is the length of a Schedule that begins anew, or a Diurnal's period.
func (m *modulated) Cycle() time.Duration { return m.cycle }

// At is traffic whose rate stays what it is at a moment of the cycle. It errs where there is no cycle.
func (m *modulated) At(moment time.Duration) (Arrivals, error) {
	if m.schedule == nil {
		return nil, errNoCycle
	}
	return Modulated(m.gaps, Constant(m.schedule.rateAt(moment)))
}

// From is the traffic begun at a moment of the cycle. It errs where there is no cycle.
func (m *modulated) From(moment time.Duration) (Arrivals, error) {
	if m.schedule == nil {
		return nil, errNoCycle
	}
	return Modulated(m.gaps, m.schedule.from(moment))
}

var errNoCycle = errors.New("workload: the traffic does not repeat itself")

func (m *modulated) Start(stream func(purpose string) random.Stream) Process {
	p := &renewals{gaps: m.gaps, shift: m.shift, stream: stream("arrival"), course: m.start(stream)}
	p.ended = !p.goOn()
	return p
}

// renewals is modulated traffic under way.
type renewals struct {
	gaps    *random.Sampler
	shift   uint
	stream  random.Stream
	course  course
	stretch stretch    // in which the last arrival came
	start   event.Time // when it began
	area    wide       // how far the clock had gone on since then, at the last arrival
	last    event.Time
	ended   bool
}

func (p *renewals) Next() (at event.Time, class int32, ok bool) {
	p.area = p.area.plus(wide{lo: uint64(p.gaps.Draw(&p.stream))}.left(p.shift))
	for !p.ended && p.stretch.area.less(p.area) {
		p.ended = !p.goOn()
	}
	if p.ended {
		return event.Never, -1, false
	}
	p.last = max(p.last, p.start+p.stretch.at(p.area)) // floats could step back by 1 ns
	return p.last, -1, true
}

// goOn leaves the stretch for the next one and says whether there is one.
func (p *renewals) goOn() (ok bool) {
	p.area = p.area.minus(p.stretch.area)
	p.start += p.stretch.length
	if p.start >= forever {
		return false
	}
	p.stretch, ok = p.course.next(p.area)
	return ok
}

// maxRate is one arrival a nanosecond, in requests a second.
const maxRate = 1e9

// checkRate returns an error unless rate, in requests a second, can be had.
func checkRate(what string, rate float64) error {
	if rate >= 0 && rate <= maxRate {
		return nil
	}
	return fmt.Errorf("workload: %s is %g/s: want 0 to %g/s", what, rate, float64(maxRate))
}
