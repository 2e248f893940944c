package paper

import (
	"context"
	"fmt"
	"math"

	"vsim/sim"
)

// ScalingTolerance is how far a judged prediction of a published system may be off, as a part of what is published.
const ScalingTolerance = 0.10

// scaling predicts published systems with several GPUs from what is published of one of theirs: the check from outside of what
// the paper's figure 9 says.
func scaling(ctx context.Context, lab *Lab) (*Sheet, error) {
	sheet := &Sheet{Table: Table{Columns: []string{"system", "mode", "gpus", "published", "predicted", "predicted_low", "predicted_high", "unit", "error_percent", "use", "source"}}}
	all, err := predictScaling(ctx, lab, published())
	if err != nil {
		return nil, err
	}
	worst, judged, elsewhere := 0.0, 0, 0.0
	for _, s := range all {
		for _, p := range s.of.points {
			e := s.at[p.gpus]
			off := 100 * (e.Value/p.value - 1)
			sheet.Table.Add(s.of.name, s.of.mode, float64(p.gpus), p.value, e.Value, e.Low, e.High, s.of.unit, off, string(p.use), p.source)
			switch p.use {
			case Judged:
				worst, judged = max(worst, math.Abs(off)), judged+1
			case Elsewhere:
				elsewhere = max(elsewhere, math.Abs(off))
			}
		}
		sheet.Notes = append(sheet.Notes, s.of.name+", "+s.of.mode+": "+s.of.assumed)
	}
	sheet.Plots = scalingPlots(all)
	sheet.Notes = append([]string{fmt.Sprintf("%d published figures of systems with 2 to 8 GPUs are predicted from the figures of one GPU and what is known of the "+
		"host; the largest error of those that are judged is %.1f %% (at most %.0f %% may be). Whatever was fitted, and what another host than that "+
		"of the single GPU showed (up to %.1f %% off), stands in the table and is not judged.", judged, worst, 100*ScalingTolerance, elsewhere)}, sheet.Notes...)
	return sheet, nil
}

// scaled is a system with what was predicted of it, by the number of GPUs, in its unit.
type scaled struct {
	of system
	at map[int]sim.Estimate
}

// predictScaling predicts all systems, those without a limit of latency in one go.
func predictScaling(ctx context.Context, lab *Lab, systems []system) ([]scaled, error) {
	out := make([]scaled, len(systems))
	var points []Point
	var limited []*scaled
	for i, s := range systems {
		out[i] = scaled{s, map[int]sim.Estimate{}}
		if s.limitS > 0 {
			limited = append(limited, &out[i])
			continue
		}
		for _, n := range s.gpus() {
			points = append(points, s.full(n))
		}
	}
	got, err := lab.Predict(ctx, points...)
	if err != nil {
		return nil, err
	}
	for i, s := range systems {
		if s.limitS > 0 {
			continue
		}
		for _, n := range s.gpus() {
			out[i].at[n] = items(got[0])
			got = got[1:]
		}
		if s.unit == times {
			relative(out[i].at)
		}
	}
	return out, fastest(ctx, lab, limited)
}

// items is the throughput in images.
func items(p *sim.Prediction) sim.Estimate {
	if p.ItemsPerS != nil {
		return *p.ItemsPerS
	}
	return p.ThroughputRPS
}

// relative divides by the throughput of one GPU.
func relative(at map[int]sim.Estimate) {
	one := at[1]
	for n, e := range at {
		at[n] = RatioOf(e, one)
	}
	at[1] = sim.Estimate{Value: 1, Low: 1, High: 1}
}

// scalingPlots are one a system and mode: predictions as a line, what is published as points.
func scalingPlots(all []scaled) []Plot {
	var out []Plot
	for _, s := range all {
		plot := Plot{Name: "scaling-" + s.of.short, Title: s.of.name + ", " + s.of.mode, X: "GPUs", Y: "throughput (" + s.of.unit + ")"}
		line := Series{Name: "predicted"}
		for _, n := range s.of.gpus() {
			e := s.at[n]
			line.X, line.Y = append(line.X, float64(n)), append(line.Y, e.Value)
			line.Low, line.High = append(line.Low, e.Low), append(line.High, e.High)
		}
		plot.Series = append(plot.Series, line)
		for _, use := range []use{Judged, FittedTo, Elsewhere} {
			seen := Series{Name: "published, " + string(use), Live: true}
			for _, p := range s.of.points {
				if p.use == use {
					seen.X, seen.Y = append(seen.X, float64(p.gpus)), append(seen.Y, p.value)
				}
			}
			if len(seen.X) > 0 {
				plot.Series = append(plot.Series, seen)
			}
		}
		out = append(out, plot)
	}
	return out
}
