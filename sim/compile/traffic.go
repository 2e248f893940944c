package compile

import (
	"os"
	"time"

	"vsim/sim/engine/random"
	"vsim/sim/engine/workload"
)

// source makes the arrivals.
func (b *builder) source() {
	w, source := &b.g.Workload, &b.sys.Source
	switch w.Arrivals {
	case "closed":
		source.Clients, source.Backoff = w.Concurrency, w.Backoff.Duration()
		if w.ThinkTime != nil {
			source.Think = b.inline("workload.think_time", w.ThinkTime, 1)
		}
	case "renewal":
		source.Gap = b.inline("workload.gap", w.Gap, 1)
	case "poisson":
		source.Gap = b.gap(random.Exponential(1e9 / float64(w.Rate)))
	case "deterministic":
		source.Gap = b.gap(random.Constant(1e9 / float64(w.Rate)))
	case "gamma":
		source.Gap = b.gap(random.Gamma(1e9/float64(w.Rate), w.CV))
	case "trace":
		source.Arrivals = b.trace()
	default:
		source.Arrivals = b.modulated()
	}
}

func (b *builder) gap(s *random.Sampler, err error) *random.Sampler {
	if err != nil {
		b.fault("workload.rate", err)
	}
	return s
}

// modulated makes arrivals at a rate that changes.
func (b *builder) modulated() workload.Arrivals {
	w := &b.g.Workload
	key, rate := "workload", workload.Rate(nil)
	switch w.Arrivals {
	case "mmpp":
		m := workload.MMPP{}
		for _, s := range w.States {
			m.States = append(m.States, workload.State{Rate: float64(s.Rate), Sojourn: s.MeanTime.Duration()})
		}
		key, rate = "workload.states", m
	case "piecewise":
		plan := workload.Schedule{Once: !w.Repeat}
		for i := range w.Spans {
			s := &w.Spans[i]
			plan.Pieces = append(plan.Pieces, workload.Piece{Span: s.For.Duration(), From: float64(s.Rate), To: float64(s.End())})
		}
		key, rate = "workload.spans", plan
	case "diurnal":
		rate = workload.Diurnal{Mean: float64(w.Rate), Amplitude: float64(w.Peak/w.Rate) - 1, Period: w.Period.Duration(), Phase: w.Phase.Duration()}
	}
	gaps, err := random.Exponential(float64(time.Second))
	if w.CV != 1 {
		gaps, err = random.Gamma(float64(time.Second), w.CV)
	}
	if err != nil {
		b.fault("workload.cv", err)
		return nil
	}
	a, err := workload.Modulated(gaps, rate)
	if err != nil {
		b.fault(key, err)
	}
	return a
}

// trace reads recorded arrivals.
func (b *builder) trace() workload.Arrivals {
	w := &b.g.Workload
	path := b.s.Path(w.File)
	f, err := os.Open(path)
	if err != nil {
		b.fault("workload.file", err)
		return nil
	}
	defer f.Close()
	var classes []string
	for _, c := range b.sys.Classes {
		classes = append(classes, c.Name)
	}
	t, err := workload.ReadTrace(f, classes)
	if err != nil {
		b.fault("workload.file", err)
		return nil
	}
	t.Period, t.Scale = w.Period.Duration(), w.TimeScale
	a, err := workload.Replay(t)
	if err != nil {
		b.fault("workload.file", err)
	}
	return a
}
