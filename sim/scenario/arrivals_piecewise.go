package scenario

import (
	"slices"

	"vsim/sim/engine"
	"vsim/sim/engine/workload"
)

// PiecewiseKeys are the keys of a schedule.
type PiecewiseKeys struct {
	Spans  []Span `toml:"spans,omitempty" single:"true" doc:"one after the other" example:"[{for = \"60s\", rate = \"100/s\"}, {for = \"10s\", rate = \"400/s\"}]"`
	Repeat bool   `toml:"repeat,omitzero" default:"false" doc:"begin again at the end; else arrivals end there"`
}

// Span is a stretch of a schedule.
type Span struct {
	For    Duration `toml:"for" above:"0" needed:"yes" doc:"how long it lasts" example:"10s"`
	Rate   Rate     `toml:"rate" min:"0" needed:"yes" doc:"rate of arrivals, at its start where to is given" example:"100/s"`
	RateTo *Rate    `toml:"to,omitempty" min:"0" default:"rate" doc:"rate at its end, changing evenly" example:"400/s"`
}

// End is the rate at the end of a span.
func (s *Span) End() Rate {
	if s.RateTo != nil {
		return *s.RateTo
	}
	return s.Rate
}

var piecewiseArrivals = arrivalKind{
	name:    "piecewise",
	about:   "by a schedule",
	needs:   []string{"spans"},
	may:     []string{"cv", "repeat"},
	implied: "spans",
	fill:    fillCV,
	check: func(s *Scenario, d *decoder) {
		var rates []Rate
		for i := range s.Workload.Spans {
			rates = append(rates, s.Workload.Spans[i].Rate, s.Workload.Spans[i].End())
		}
		checkRates(d, "workload.spans", rates)
	},
	note: noteMeanRate,
	start: func(s *Scenario, source *engine.Source) (string, error) {
		w := &s.Workload
		plan := workload.Schedule{Once: !w.Repeat}
		for i := range w.Spans {
			s := &w.Spans[i]
			plan.Pieces = append(plan.Pieces, workload.Piece{Span: s.For.Duration(), From: float64(s.Rate), To: float64(s.End())})
		}
		return "spans", modulated(source, w.CV, plan)
	},
	part: func(w *Workload, of share) bool {
		w.Spans = slices.Clone(w.Spans)
		for i := range w.Spans {
			s := &w.Spans[i]
			end := of.rate(s.End())
			s.Rate, s.RateTo = of.rate(s.Rate), &end
		}
		return of.bursts(w)
	},
}
