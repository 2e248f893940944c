package predict

import (
	"context"
	"fmt"
	"math"
	"time"

	"vsim/sim/engine"
	"vsim/sim/engine/stats"
	"vsim/sim/engine/workload"
)

const (
	moments     = 96                 // of a cycle that are simulated: a quarter of an hour of a day each
	fewMoments  = 24                 // or so many, where the peak alone takes much
	peakPart    = 8                  // part of the events that it may take
	looserInDay = 2                  // times the goals of a whole cycle are those of a moment, of which there are many
	slow        = 0.1                // most of a moment's part of the cycle that the system may take to forget
	hardlyAny   = 1e-3               // part of the mean rate below which nothing happens at a moment
	longerRound = 1.5                // times as long as the last round the next one may be: so much may lie behind the cycle when a round ends after it
	golden      = 0x9e3779b97f4a7c15 // 2^64 over the golden ratio
)

// day is what was simulated of a cycle of traffic of which there is too much for each replication to simulate it.
//
// Where its events suffice for all of the cycle once, that is simulated, in portions. Otherwise moments of it stand for it.
// Rates change in hours and requests are done within seconds: at any moment the system is as it would be if the rate had
// always been what it is then (a quasi-stationary approximation, "pointwise stationary": Green and Kolesar 1991, Management
// Science 37(1), 84-97). So a study is made of each of some moments, evenly spread over the cycle, at its rate, until it
// has settled: one at the peak goes on for longer than one at night. Their windows are added up in proportion to the time
// for which they stand. Neither is any use where the peak is more than can be served, or the system takes long to forget.
type day struct {
	moments  int
	peak     *study    // the moment with the highest rate
	open     int       // moments that had not settled when their events were used up
	each     float64   // ns for which each moment stands in the sum; what counts is that it is the same for all
	kept     int64     // events that each moment may take at least
	portions *portions // nil where there are moments in their place
	whole    float64   // events that all of the cycle takes, or about so many, with those that are used up; 0 where it cannot be simulated in portions
	course   History   // of the cycle
}

// unaffordable says that a whole cycle after the warm-up takes more events than there may be, and that its moments can be simulated.
func (s *study) unaffordable() bool {
	c := cycle(s.sys)
	if _, ok := s.sys.Source.Arrivals.(workload.Varying); !ok || c == 0 || s.unsampled || len(s.sys.Outages) > 0 || s.sys.TrafficSeed != 0 {
		return false
	}
	return s.completed() >= minCompleted && s.eventsOfCycles() > float64(s.opt.MaxEvents)
}

// eventsOfCycles is how many events it takes that each replication simulates a whole cycle after its warm-up.
func (s *study) eventsOfCycles() float64 {
	return s.eventsEach() * offered(s.sys) * cycle(s.sys).Seconds() * float64(len(s.runs)) * warmup / (warmup - 1) * longerRound
}

// completed is how many requests all replications have served.
func (s *study) completed() (n int64) {
	for _, r := range s.runs {
		n += r.Completed()
	}
	return n
}

// eventsEach is how many events a request has taken.
func (s *study) eventsEach() float64 {
	return float64(s.events()-s.aside.Events) / float64(max(s.completed(), 1))
}

// sampleCycle makes the study one of a cycle's portions or moments. It says whether that was possible.
func (s *study) sampleCycle(ctx context.Context, progress func(float64)) (bool, error) {
	d := &day{moments: moments}
	at := s.highest()
	peak, err := s.moment(ctx, d, at, s.opt.MaxEvents/peakPart)
	if err != nil || !peak.quick(cycle(s.sys)/moments) {
		return false, err
	}
	d.peak, d.each = peak, peak.standFor()
	if peak.grown == 0 {
		if done, err := s.inPortions(ctx, d, progress); done || err != nil {
			return done, err
		}
	}
	if peak.met < inARow {
		return false, nil
	}
	if peak.events() > s.opt.MaxEvents/moments {
		d.moments = fewMoments
	}
	d.kept = s.rest() / int64(2*d.moments)
	windows := make([]engine.Window, len(s.runs))
	for i := range d.moments {
		m := peak
		if d.moments != moments || i != at {
			if m, err = s.moment(ctx, d, i, s.share(d, d.moments-i)); err != nil || m != nil && !m.quick(cycle(s.sys)/time.Duration(d.moments)) {
				return false, err
			}
		}
		s.addMoment(windows, m, d)
		if progress != nil {
			progress(float64(i+1) / float64(d.moments))
		}
	}
	s.day, s.windows = d, windows
	s.judge()
	return true, nil
}

// inPortions simulates all of the cycle once. It says whether that was possible.
func (s *study) inPortions(ctx context.Context, d *day, progress func(float64)) (bool, error) {
	p, err := s.portionsOf(d.peak)
	if p == nil || err != nil {
		return false, err
	}
	once, err := s.eventsOfOnePass(ctx, d.peak)
	if err != nil {
		return false, err
	}
	if d.whole = once + float64(s.events()); d.whole > float64(s.opt.MaxEvents) {
		return false, nil
	}
	done, err := p.simulate(ctx, s, s.rest(), progress)
	if !done || err != nil {
		return false, err
	}
	p.spent.SimS = float64(p.n) * (p.warmUp * (warmUpPart + 1)).Seconds()
	s.aside.plus(&p.spent)
	d.portions, d.moments = p, p.n
	d.course, d.open = p.course, 0
	s.day, s.windows = d, p.windows
	s.judge()
	return true, nil
}

// eventsOfOnePass is about how many events it takes to simulate all of the cycle once, in portions. A request takes more of them in
// light hours, when batches are small, than at the peak; in between, no more than on the straight line from one to the other.
func (s *study) eventsOfOnePass(ctx context.Context, peak *study) (float64, error) {
	light, err := s.moment(ctx, &day{moments: moments}, s.lowest(), s.opt.MaxEvents/moments)
	if err != nil {
		return 0, err
	}
	low, high := offered(light.sys), offered(peak.sys)
	slope := (peak.eventsEach() - light.eventsEach()) / max(high-low, math.SmallestNonzeroFloat64)
	perSecond := 0.0
	for i := range moments {
		rate := s.rateAt(s.when(i, moments))
		perSecond += rate * (peak.eventsEach() - slope*(high-rate)) / moments
	}
	return perSecond * cycle(s.sys).Seconds() * (warmUpPart + 1) / warmUpPart, nil
}

// share is how many events a moment may take, of which there are so many left: four times its part of what is left, as some take less, but
// half of its part of all is kept for each of those that come later.
func (s *study) share(d *day, left int) int64 {
	rest := s.rest()
	return max(min(rest/int64(left)*4, rest-int64(left-1)*d.kept), 0)
}

// rest is how many events are left.
func (s *study) rest() int64 { return max(s.opt.MaxEvents-s.events(), 0) }

// judge works out the intervals of a day, and says what is wrong with them.
func (s *study) judge() {
	s.throughput = s.perSecond(func(w *engine.Window) int64 { return w.Completed })
	s.p99 = stats.QuantileInterval(s.latencies(), 0.99, level)
	if s.throughput.RelativeHalfWidth() > s.opt.ThroughputGoal || s.p99.RelativeHalfWidth() > s.opt.P99Goal {
		s.giveUp()
	}
	if s.day.open > 0 {
		s.doubt = fmt.Sprintf("stopped after %d events, before %d of %d moments of the traffic's cycle had settled", s.events(), s.day.open, s.day.moments)
	}
}

// when is the middle of part i of so many of the cycle.
func (s *study) when(i, of int) time.Duration {
	c := cycle(s.sys)
	return c/time.Duration(of)*time.Duration(i) + c/time.Duration(2*of)
}

// rateAt is the rate of arrivals at a moment, requests/s.
func (s *study) rateAt(at time.Duration) float64 {
	a, err := s.sys.Source.Arrivals.(workload.Varying).At(at)
	if err != nil {
		return 0 // its cycle is known to be there
	}
	return a.MeanRate()
}

// highest is the moment of the highest rate.
func (s *study) highest() (best int) {
	for i := range moments {
		if s.rateAt(s.when(i, moments)) > s.rateAt(s.when(best, moments)) {
			best = i
		}
	}
	return best
}

// lowest is the moment of the lowest rate at which there is any traffic to speak of.
func (s *study) lowest() int {
	best := s.highest()
	for i := range moments {
		if rate := s.rateAt(s.when(i, moments)); rate >= hardlyAny*offered(s.sys) && rate < s.rateAt(s.when(best, moments)) {
			best = i
		}
	}
	return best
}

// moment studies the system at the rate of one of d.moments moments, with so many events at the most. It is nil where next to
// nothing arrives.
func (s *study) moment(ctx context.Context, d *day, i int, events int64) (*study, error) {
	at := s.when(i, d.moments)
	a, err := s.sys.Source.Arrivals.(workload.Varying).At(at)
	if err != nil || a.MeanRate() < hardlyAny*offered(s.sys) {
		return nil, err
	}
	sys, opt := *s.sys, s.opt
	sys.Source.Arrivals = a
	sys.Seed += uint64(i+1) * golden
	opt.ThroughputGoal, opt.P99Goal = looserInDay*opt.ThroughputGoal, looserInDay*opt.P99Goal
	opt.MaxEvents = events
	m, err := newStudy(&sys, s.top, opt)
	if err != nil {
		return nil, err
	}
	if err := m.simulate(ctx, nil); err != nil {
		return nil, err
	}
	m.lookClosely()
	s.aside.add(m)
	if m.met < inARow {
		d.open++
	}
	return m, nil
}

// quick says that a moment's study has a steady state and forgets within a small part of the time for which it stands.
func (s *study) quick(span time.Duration) bool {
	if s == nil {
		return true
	}
	_, block := s.runs[0].Blocks()
	// Means of blocks of b relaxation times each have a correlation of 1/(2(b-1)); that of 300 blocks is known to 0.06.
	remembers := max(s.memory-0.06, 0)
	relaxation := block.Seconds() * 2 * remembers / (1 + 2*remembers)
	// Blocks show nothing of what is much shorter than they are, but no system forgets a request that is still inside.
	for i := range s.windows {
		if l := &s.windows[i].Latency; l.Count() > 0 {
			relaxation = max(relaxation, l.Mean()/1e9)
		}
	}
	return !s.overloaded && !s.flooded && relaxation <= slow*span.Seconds()
}

// standFor is how many ns each moment is to stand for: as many times the window at the peak as keep the sum of all latencies
// within the integers, so that how often each window counts is rounded to little.
func (s *study) standFor() float64 {
	w := &s.windows[0]
	times := 1 << 12
	for times > 1<<4 && float64(w.Span)*w.Inside*float64(times)*moments*float64(len(s.windows)) > 1<<61 {
		times /= 2
	}
	return float64(w.Span) * float64(times)
}

// addMoment adds what the replications of a moment showed to those of the cycle; nil is a moment in which nothing happens.
func (s *study) addMoment(windows []engine.Window, m *study, d *day) {
	if m == nil {
		d.course.goOn(s.top)
	} else {
		d.course.goOn(s.top, m.windows...)
	}
	for i := range windows {
		if m == nil {
			windows[i].Add(s.idle(time.Duration(d.each)), 1)
			continue
		}
		w := &m.windows[i]
		if w.Span == 0 {
			continue // no event was left for it
		}
		windows[i].Add(w, max(int64(math.Round(d.each/float64(w.Span))), 1))
	}
}

// idle is a window in which nothing happens.
func (s *study) idle(span time.Duration) *engine.Window {
	shape := s.runs[0].Since(0)
	w := &engine.Window{Span: span, ByClass: make([]stats.Histogram, len(shape.ByClass)), Steps: make([]engine.StepSums, len(shape.Steps)),
		Pools: make([]engine.PoolSums, len(shape.Pools)), Busy: make([]float64, len(shape.Busy)), ActiveJ: make([]float64, len(shape.Busy))}
	for i := range s.sys.Resources {
		w.IdleJ = append(w.IdleJ, s.sys.Resources[i].IdleWatts*span.Seconds())
	}
	return w
}

// improve tries what would help at the peak.
func (d *day) improve(ctx context.Context, p *Prediction) error {
	at := d.peak.prediction()
	at.Run = RunInfo{}
	if math.IsNaN(at.ThroughputRPS.Value) {
		return nil
	}
	if err := d.peak.improve(ctx, at); err != nil {
		return err
	}
	p.Run.plus(&at.Run)
	p.Bottleneck, p.BottleneckCause, p.WhatIf, p.AlsoTried = at.Bottleneck, at.BottleneckCause, at.WhatIf, at.AlsoTried
	if p.WhatIf != nil {
		p.WhatIf.AtPeak = true
	}
	for i := range p.AlsoTried {
		p.AlsoTried[i].AtPeak = true
	}
	return nil
}

// note says for people what was simulated.
func (d *day) note(cycle time.Duration) string {
	if d.portions != nil {
		return d.portions.note(cycle)
	}
	note := fmt.Sprintf("Of the %v after which the traffic repeats itself, %d moments were simulated, each at its rate until it had settled; what limits the system is what does so at the peak.", cycle, d.moments)
	if d.whole > 0 {
		note += fmt.Sprintf(" All of it takes run.max_events = %.0f.", roundUp(1.2*d.whole))
	}
	return note
}

// shown says what of a cycle there is, in place of several runs over it.
func (d *day) shown() string {
	if d.portions != nil {
		return "which was simulated once"
	}
	return "of which moments were simulated"
}

// roundUp rounds up to a single digit.
func roundUp(v float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	return math.Ceil(v/unit) * unit
}
