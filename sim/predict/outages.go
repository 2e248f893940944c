package predict

import (
	"fmt"
	"time"

	"vsim/sim/engine"
)

// minOutages is how many outages at random, of all kinds and replications together, figures must know of.
const minOutages = 10

// outages is how many outages at random the windows have seen, in the mean: a number that a lucky sample
// cannot change.
func (s *study) outages() (n float64) {
	span := 0.0
	for i := range s.windows {
		span += float64(s.windows[i].Span)
	}
	for i := range s.sys.Outages {
		if o := &s.sys.Outages[i]; o.Up != nil {
			n += span / (o.Up.Mean() + o.Down.Mean())
		}
	}
	return n
}

// unseen warns of outages that the figures know nothing or little of: too rare for the time that was
// simulated, or over before the figures begin.
func (s *study) unseen() (warnings []string) {
	random := false
	cut := s.cut()
	for i := range s.sys.Outages {
		o := &s.sys.Outages[i]
		random = random || o.Up != nil
		if end := lastSpan(o); end > 0 && end <= cut && !finite(s.sys) {
			warnings = append(warnings, fmt.Sprintf("outage %q is over after %v, in the first %v, which are left out as warm-up; give the traffic an end to see it", o.Name, end, cut))
		}
	}
	if n := s.outages(); random && n < minOutages {
		warnings = append(warnings, fmt.Sprintf("outages are so rare that the simulated time has some %.1f of them: figures hardly know of them", n))
	}
	return warnings
}

// cut is the length of the warm-up.
func (s *study) cut() time.Duration {
	r := s.runs[0]
	_, length := r.Blocks()
	return time.Duration(s.warmup(r)) * length
}

// lastOutage is when the last scheduled outage ends.
func lastOutage(sys *engine.System) (end time.Duration) {
	for i := range sys.Outages {
		end = max(end, lastSpan(&sys.Outages[i]))
	}
	return end
}

func lastSpan(o *engine.Outage) (end time.Duration) {
	for _, span := range o.Schedule {
		end = max(end, span.To)
	}
	return end
}
