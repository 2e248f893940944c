package measure

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"vsim/profile"
)

// grid are the probabilities of the quantiles that a profile holds.
var grid = []float64{
	0, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5,
	0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99, 0.995, 0.999, 1,
}

// pooled are a part's spans of all visits, in the order of time.
func pooled(visits []visit, part int) []float64 {
	var out []float64
	for _, v := range visits {
		out = append(out, v.alone[part]...)
	}
	return out
}

// quantiles gives those of the grid that the samples carry: a tail of probability p needs 1/p samples.
// The minimum and the maximum are always there.
func quantiles(samples []float64) (probabilities, values []float64) {
	sorted := slices.Sorted(slices.Values(samples))
	n := float64(len(sorted))
	for _, p := range grid {
		tail := min(p, 1-p)
		if p != 0 && p != 1 && n*tail < 1-1e-9 {
			continue
		}
		probabilities = append(probabilities, p)
		values = append(values, stat.Quantile(p, stat.Empirical, sorted, nil))
	}
	return probabilities, values
}

const (
	fewSamples   = 100
	driftAbove   = 0.02 // relative change of the mean that is reported
	correlated   = 0.3  // lag-1 autocorrelation that is reported
	clockNoticed = 0.01 // part of a mean above which the cost of reading the clock is reported
)

// warnings are the statistical doubts about a part, each "kind: what"; of one whose spans are means, its quantiles are none.
func warnings(visits []visit, part int, precision float64, means bool) []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	samples, e := pooled(visits, part), mean(visits, part)
	if n := len(samples); n < fewSamples && !means {
		add("few samples: %d carry quantiles up to p%.3g at most", n, 100*(1-1/float64(max(n, 2))))
	}
	switch {
	case math.IsInf(e.High, 0):
		add("one burst: the interval of the mean is unknown and left at zero")
	case e.RelativeHalfWidth() > precision:
		add("not precise: the 95 %% interval of the mean is ±%.1f %%, wider than %.2g %%", 100*e.RelativeHalfWidth(), 100*precision)
	}
	if change, ok := drift(visits, part); ok {
		add("drift: the second half of the bursts took %+.1f %% against the first", 100*change)
	}
	if r := lag1(visits, part); r > correlated {
		add("autocorrelated: lag-1 correlation %.2f", r)
	}
	if cost := clockCost(); cost > clockNoticed*e.Value {
		add("clock: reading it takes %.0f ns of each sample", cost)
	}
	return out
}

// drift compares the means of the first and the second half of the visits: the relative change, and
// whether it is beyond the halves' intervals and above driftAbove.
func drift(visits []visit, part int) (change float64, ok bool) {
	if len(visits) < minVisits {
		return 0, false
	}
	first, second := mean(visits[:len(visits)/2], part), mean(visits[len(visits)/2:], part)
	change = second.Value/first.Value - 1
	beyond := math.Abs(second.Value-first.Value) > math.Hypot(first.High-first.Value, second.High-second.Value)
	return change, beyond && math.Abs(change) > driftAbove
}

// lag1 is the correlation of neighbouring samples within bursts; 0 where there are too few to tell.
func lag1(visits []visit, part int) float64 {
	var earlier, later []float64
	for _, v := range visits {
		x := v.alone[part]
		if len(x) > 1 {
			earlier = append(earlier, x[:len(x)-1]...)
			later = append(later, x[1:]...)
		}
	}
	if len(earlier) < 30 || stat.StdDev(earlier, nil) == 0 || stat.StdDev(later, nil) == 0 {
		return 0
	}
	return stat.Correlation(earlier, later, nil)
}

// disturbance says how many visits were disturbed, by what, and whether they were kept; "" for none. That the machine was slower for a while, and
// they were repeated, is not worth a word.
func disturbance(all, used []visit) string {
	kept, left, worst, cause := 0, 0, 0.0, ""
	for _, v := range all {
		if v.seen() {
			left++
		}
	}
	for _, v := range used {
		if v.seen() {
			left--
		}
		if !v.quiet {
			kept++
			worst = max(worst, v.use.Others)
			cause = cmp.Or(cause, v.cause)
		}
		if v.slow {
			cause = cmp.Or(cause, profile.SlowerHost)
		}
	}
	switch {
	case cause != "":
		return fmt.Sprintf("disturbed: %d of the %d bursts kept, by %s; %d more were left out", kept, len(used), cause, left)
	case kept > 0:
		return fmt.Sprintf("other processes: they used up to %.1f cores during %d of the %d bursts kept; %d more were left out", worst, kept, len(used), left)
	case left > 0:
		return fmt.Sprintf("repeated: %d of %d bursts were left out because they were disturbed, by other processes or at the target", left, len(all))
	}
	return ""
}
