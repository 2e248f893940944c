package scenario

import (
	"fmt"
	"time"

	"vsim/sim/engine"
	"vsim/sim/engine/workload"
)

// PeriodKeys are the keys of processes that can begin again.
type PeriodKeys struct {
	Period Duration `toml:"period,omitzero" above:"0" default:"24h, of diurnal" doc:"from peak to peak; a trace begins again after it (before time_scale), and ends with its file without it" example:"24h"`
}

// DiurnalKeys are the keys of a rate that follows the time of day.
type DiurnalKeys struct {
	Peak  Rate     `toml:"peak,omitzero" above:"0" doc:"highest rate; the lowest is as far below the mean" example:"300/s"`
	Phase Duration `toml:"phase,omitzero" min:"0" default:"0ns" doc:"time by which the simulation begins later than at the mean rate, rising" example:"6h"`
}

var diurnalArrivals = arrivalKind{
	name:    "diurnal",
	about:   "by the time of day",
	needs:   []string{"rate", "peak"},
	may:     []string{"cv", "period", "phase"},
	implied: "peak",
	fill: func(s *Scenario) {
		fillCV(s)
		setDefault(&s.Workload.Period, Duration(24*time.Hour), s.Given("workload.period"))
	},
	check: func(s *Scenario, d *decoder) {
		w := &s.Workload
		checkMeanRate(s, d)
		s.checkRate(d, "workload.peak", w.Peak)
		if s.Given("workload.peak") && s.Given("workload.rate") && (w.Peak < w.Rate || w.Peak > 2*w.Rate) {
			d.fault("workload.peak", float64(w.Peak), "must be between rate and 2 x rate = %v/s; the lowest rate is as far below the mean and cannot be negative", 2*float64(w.Rate))
		}
		if w.Period.Duration() < workload.MinPeriod {
			d.fault("workload.period", w.Period.Duration(), "must be at least %v; a day has 24h", workload.MinPeriod)
		}
		if w.Phase > w.Period {
			d.fault("workload.phase", w.Phase.Duration(), "must not exceed period = %v", w.Period.Duration())
		}
	},
	note: func(w *Workload, _ *engine.Source) string {
		return fmt.Sprintf("Open loop: diurnal arrivals at %s on average, %g/s at the peak", requestsPerSecond(w.Rate), float64(w.Peak))
	},
	start: func(s *Scenario, source *engine.Source) (string, error) {
		w := &s.Workload
		return "rate", modulated(source, w.CV, workload.Diurnal{
			Mean: float64(w.Rate), Amplitude: float64(w.Peak/w.Rate) - 1, Period: w.Period.Duration(), Phase: w.Phase.Duration()})
	},
	part: func(w *Workload, of share) bool {
		w.Rate, w.Peak = of.rate(w.Rate), of.rate(w.Peak)
		return of.bursts(w)
	},
}
