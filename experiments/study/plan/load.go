package plan

import (
	"fmt"
	"math"
	"slices"
	"time"

	"vsim/sim/engine"
	"vsim/sim/scenario"
)

// traffic is the workload of a question, which can be given another rate.
type traffic struct {
	w    scenario.Workload
	rps  float64 // as written: in the long run, or until it ends
	ends bool    // finite traffic, of which a long run's utilisation says nothing
	day  float64 // its peak is so many times the mean, and lasts: then rps is that of the peak, for which plans are; else 0
}

// trafficOf reads how requests arrive; load is what was asked for, requests/s, 0 where the file says it. Errors are
// *scenario.InputError.
func trafficOf(s *scenario.Scenario, load float64) (t traffic, err error) {
	if t.w = s.Workload; t.w.Arrivals == "closed" {
		if load == 0 {
			return t, &scenario.InputError{Faults: []scenario.Fault{{File: s.File(), Key: "workload.rate",
				Rule: "no load is given, and clients that wait for their answers send whatever is served", Remedy: "add --load, for example --load 20000/s"}}}
		}
		return traffic{w: scenario.Workload{Arrivals: "poisson"}, rps: load}, nil
	}
	source, err := s.Source()
	if err != nil {
		return t, err
	}
	t.rps, t.ends = meanRate(&t.w, &source), source.Arrivals != nil && source.Arrivals.Finite()
	if t.w.Arrivals == "diurnal" && (t.w.Period == 0 || t.w.Period.Duration() >= lasting) {
		t.day = float64(t.w.Peak) / t.rps
		t.rps = float64(t.w.Peak)
	}
	return t, nil
}

// lasting is the shortest period of a day's traffic whose peak is planned for: at a peak of minutes a server is as if the rate had
// always been that.
const lasting = 10 * time.Minute

// meanRate is the rate of an open loop, requests/s.
func meanRate(w *scenario.Workload, source *engine.Source) float64 {
	if w.Rate > 0 {
		return float64(w.Rate) // not rounded to a gap in ns
	}
	if source.Arrivals != nil {
		return source.Arrivals.MeanRate()
	}
	return 1e9 / source.Gap.Mean()
}

// cameras is the number of cameras that make so many frames/s, 0 where there are none.
func (t *traffic) cameras(rps float64) int {
	if t.w.Arrivals != "cameras" {
		return 0
	}
	return max(int(math.Round(rps/float64(t.w.FrameRate))), 1)
}

// nearest is the rate next to rps that the traffic can have: cameras come whole.
func (t *traffic) nearest(rps float64) float64 {
	if n := t.cameras(rps); n > 0 {
		return float64(n) * float64(t.w.FrameRate)
	}
	return rps
}

// at is what to set for so many requests/s, with everything in the same proportion.
func (t *traffic) at(rps float64) []scenario.Override {
	if t.day > 0 {
		return t.atPeak(rps)
	}
	return t.whole(rps)
}

// atPeak has the traffic of a day's peak alone.
func (t *traffic) atPeak(rps float64) []scenario.Override {
	kind := "poisson"
	if t.w.CV > 0 {
		kind = "gamma"
	}
	return []scenario.Override{{Key: "workload.arrivals", Value: kind}, {Key: "workload.rate", Value: scenario.Rate(rps)},
		{Key: "workload.peak"}, {Key: "workload.phase"}, {Key: "workload.period"}}
}

// whole is what to set for all of the traffic.
func (t *traffic) whole(rps float64) []scenario.Override {
	by := rps / t.rps
	scaled := func(r scenario.Rate) scenario.Rate { return scenario.Rate(float64(r) * by) }
	switch t.w.Arrivals {
	case "cameras":
		return []scenario.Override{{Key: "workload.cameras", Value: t.cameras(rps)}}
	case "mmpp":
		states := slices.Clone(t.w.States)
		for i := range states {
			states[i].Rate = scaled(states[i].Rate)
		}
		return []scenario.Override{{Key: "workload.states", Value: states}}
	case "piecewise":
		spans := slices.Clone(t.w.Spans)
		for i := range spans {
			to := scaled(spans[i].End())
			spans[i].Rate, spans[i].RateTo = scaled(spans[i].Rate), &to
		}
		return []scenario.Override{{Key: "workload.spans", Value: spans}}
	case "trace":
		return []scenario.Override{{Key: "workload.time_scale", Value: t.w.TimeScale / by}}
	case "renewal":
		return []scenario.Override{{Key: "workload.gap", Value: shortened(t.w.Gap, by)}}
	case "diurnal":
		return []scenario.Override{{Key: "workload.rate", Value: scaled(t.w.Rate)}, {Key: "workload.peak", Value: scaled(t.w.Peak)}}
	}
	return []scenario.Override{{Key: "workload.rate", Value: scenario.Rate(rps)}}
}

// shortened is a distribution of which all times are divided by a factor.
func shortened(d *scenario.Distribution, by float64) *scenario.Distribution {
	out := *d
	shorter := func(x scenario.Duration) scenario.Duration { return scenario.Duration(math.Round(float64(x) / by)) }
	for _, x := range []*scenario.Duration{&out.Mean, &out.PerImage, &out.Min, &out.Max, &out.P50, &out.P90, &out.P95, &out.P99, &out.P999} {
		*x = shorter(*x)
	}
	out.Quantiles, out.Means = slices.Clone(d.Quantiles), slices.Clone(d.Means)
	for _, list := range [][]scenario.Duration{out.Quantiles, out.Means} {
		for i := range list {
			list[i] = shorter(list[i])
		}
	}
	return &out
}

// Load is how much arrives: a rate, or a number of cameras. Neither: what the file says.
type Load struct {
	RPS     float64
	Cameras int
}

// ParseLoad reads "20000/s" or "24 cameras". Errors are *scenario.InputError.
func ParseLoad(text string) (l Load, err error) {
	var cameras int
	if _, err := fmt.Sscanf(text, "%d camera", &cameras); err == nil {
		if cameras < 1 || cameras > 1_000_000 {
			return l, badLoad(text, "must be 1 to 1,000,000 cameras")
		}
		return Load{Cameras: cameras}, nil
	}
	r, err := scenario.ParseRate(text)
	if err != nil {
		return l, badLoad(text, err.Error())
	}
	if !(r >= 1e-6 && r <= 1e8) {
		return l, badLoad(text, "must be between 1e-6/s and 1e8/s")
	}
	return Load{RPS: float64(r)}, nil
}

func badLoad(text, rule string) error {
	return &scenario.InputError{Faults: []scenario.Fault{{File: "--load", Key: fmt.Sprintf("%q", text), Rule: rule,
		Remedy: "for example --load 20000/s, or --load '24 cameras' where the workload has cameras"}}}
}

// rate is the load on a workload in requests/s, 0 for what the file says.
func (l Load) rate(w *scenario.Workload) (float64, error) {
	if l.Cameras == 0 {
		return l.RPS, nil
	}
	if w.Arrivals != "cameras" {
		return 0, badLoad(fmt.Sprintf("%d cameras", l.Cameras), "the workload has no cameras")
	}
	return float64(l.Cameras) * float64(w.FrameRate), nil
}
