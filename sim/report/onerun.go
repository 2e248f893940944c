package report

import (
	"fmt"
	"io"
	"math"
	"strings"

	"vsim/sim/predict"
)

// oneRun is what one live run will show, with its column's title; nothing where nobody asked or knows.
func oneRun(p *predict.Prediction) (title string, one *predict.PI) {
	if p.PI == nil || math.IsNaN(p.PI.ThroughputRPS.Low) {
		none := predict.Spread{Low: math.NaN()}
		return "", &predict.PI{ThroughputRPS: none, LatencyS: predict.SpreadOfLatency{Mean: none, P50: none, P90: none, P95: none, P99: none, P999: none}}
	}
	return "one run of " + length(p.PI) + "\t", p.PI
}

// length is that of the live run, for people: "60 s", "15 min", "1.5 h".
func length(one *predict.PI) string {
	for _, u := range []struct {
		name       string
		from, unit float64
	}{{"h", 3600, 3600}, {"min", 600, 60}, {"s", 1, 1}} {
		if one.HorizonS >= u.from {
			return fmt.Sprintf("%.4g %s", one.HorizonS/u.unit, u.name)
		}
	}
	return fmt.Sprintf("%.3g ms", one.HorizonS*1e3)
}

// fromTo writes an interval in a unit, "" where there is none.
func fromTo(s predict.Spread, of float64, unit string) string {
	if math.IsNaN(s.Low) {
		return ""
	}
	return digits(s.Low/of) + " to " + digits(s.High/of) + unit
}

func droppedInOneRun(one *predict.PI) string {
	if one == nil || math.IsNaN(one.DroppedShare.Low) {
		return ""
	}
	return fmt.Sprintf(" (one run of %s: %.1f to %.1f %%)", length(one), 100*one.DroppedShare.Low, 100*one.DroppedShare.High)
}

// widths says what the width of the interval of one run's p99 comes from, and what is not in it.
func widths(w io.Writer, one *predict.PI) {
	if one == nil {
		return
	}
	name, s := "p99", &one.LatencyS.P99
	if math.IsNaN(s.Chance) {
		name, s = "throughput", &one.ThroughputRPS
	}
	var lines, parts []string
	for _, part := range []struct {
		name string
		of   float64
	}{{"profile", s.Profile}, {"chance", s.Chance}, {"model", s.Model}} {
		if !math.IsNaN(part.of) {
			parts = append(parts, fmt.Sprintf("%s %.0f %%", part.name, 100*part.of))
		}
	}
	if parts != nil {
		lines = append(lines, fmt.Sprintf("Of the width of one run's %s: %s.", name, strings.Join(parts, ", ")))
	}
	if one.Unknown != nil {
		in := "the interval of one run"
		if parts != nil {
			in = "it"
		}
		lines = append(lines, fmt.Sprintf("Not in %s, as nobody knows: %s.", in, strings.Join(one.Unknown, "; ")))
	}
	if lines != nil {
		fmt.Fprintf(w, "%s\n\n", strings.Join(lines, " "))
	}
}
