package scenario

import "slices"

// arrivalKeys says which keys each kind of arrivals needs, and which it may have.
var arrivalKeys = map[string]struct{ needs, may []string }{
	"closed":        {nil, []string{"concurrency", "think_time", "backoff"}},
	"poisson":       {[]string{"rate"}, nil},
	"deterministic": {[]string{"rate"}, nil},
	"gamma":         {[]string{"rate"}, []string{"cv"}},
	"renewal":       {[]string{"gap"}, nil},
	"mmpp":          {[]string{"states"}, []string{"cv"}},
	"piecewise":     {[]string{"spans"}, []string{"cv", "repeat"}},
	"diurnal":       {[]string{"rate", "peak"}, []string{"cv", "period", "phase"}},
	"trace":         {[]string{"file"}, []string{"period", "time_scale"}},
}

// allArrivalKeys are all keys that belong to some kinds of arrivals.
var allArrivalKeys = []string{"concurrency", "think_time", "backoff", "rate", "cv", "gap", "states", "spans", "repeat", "peak", "period", "phase", "file", "time_scale"}

func (s *Scenario) checkWorkload(d *decoder) {
	w := &s.Workload
	keys := arrivalKeys[w.Arrivals]
	for _, name := range allArrivalKeys {
		key := join("workload", name)
		switch given := s.Given(key); {
		case slices.Contains(keys.needs, name) && !given:
			d.fault(key, nil, "missing; arrivals = %q needs it", w.Arrivals)
		case given && !slices.Contains(keys.needs, name) && !slices.Contains(keys.may, name):
			d.fault(key, nil, "has no effect with arrivals = %q; remove one of the two", w.Arrivals)
		}
	}
	for _, k := range []struct {
		key  string
		rate Rate
	}{{"workload.rate", w.Rate}, {"workload.peak", w.Peak}} {
		if s.Given(k.key) && (k.rate < minRate || k.rate > maxRate) {
			d.fault(k.key, float64(k.rate), "must be between %v/s and %v/s", minRate, maxRate)
		}
	}
	if w.Arrivals == "diurnal" && s.Given("workload.peak") && (w.Peak < w.Rate || w.Peak > 2*w.Rate) {
		d.fault("workload.peak", float64(w.Peak), "must be between rate and 2 x rate = %v/s; the lowest rate is as far below the mean and cannot be negative", 2*float64(w.Rate))
	}
	if w.Arrivals == "diurnal" && w.Phase > w.Period {
		d.fault("workload.phase", w.Phase.Duration(), "must not exceed period = %v", w.Period.Duration())
	}
	s.checkRates(d)
}

// checkRates checks the rates of states and spans.
func (s *Scenario) checkRates(d *decoder) {
	w := &s.Workload
	if s.Given("workload.states") && len(w.States) < 2 {
		d.fault("workload.states", nil, "has %d states; a modulated process needs at least two", len(w.States))
	}
	var states, spans []Rate
	for i := range w.States {
		states = append(states, w.States[i].Rate)
	}
	for i := range w.Spans {
		spans = append(spans, w.Spans[i].Rate, w.Spans[i].End())
	}
	for _, list := range []struct {
		key   string
		rates []Rate
	}{{"workload.states", states}, {"workload.spans", spans}} {
		if len(list.rates) > 0 && (slices.Max(list.rates) < minRate || slices.Max(list.rates) > maxRate) {
			d.fault(list.key, nil, "the highest rate is %v/s; it must be between %v/s and %v/s", float64(slices.Max(list.rates)), minRate, maxRate)
		}
	}
}

// End is the rate at the end of a span.
func (s *Span) End() Rate {
	if s.RateTo != nil {
		return *s.RateTo
	}
	return s.Rate
}

// The rates whose gaps the samplers hold to better than a tenth.
const (
	minRate = 1e-6
	maxRate = 1e8
)
