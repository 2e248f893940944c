package measure

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"vsim/profile"
	"vsim/sim/engine/stats"
)

// trim is the part of the visits that a slow-down leaves out at either end: of eight, one.
const trim = 0.2

// slowdown of a part beside the neighbours: each visit gives a ratio, of the middle half of its spans beside
// them to that alone, so that a drift of the machine cancels. One interruption of milliseconds would
// outweigh all else in a burst of microseconds, and a visit in which everything stalled all other visits, so
// that neither the ends of a burst nor those of the visits count. (Rare interruptions are in the
// distribution of the stage alone.)
//
// The location is the trimmed mean of the ratios' logarithms, its 95 % interval Tukey and McLaughlin's,
// with the winsorised variance and Student's t (Tukey and McLaughlin 1963, Sankhya A 25(3), 331-352; the
// standard error as in Yuen 1974, Biometrika 61(1), 165-170). Of logarithms, because then a stall counts
// alike on both sides of the ratio, and the interval is positive. Fewer than two visits bound nothing.
func slowdown(visits []visit, part int) stats.Interval {
	var logs []float64
	for _, v := range visits {
		logs = append(logs, math.Log(middleMean(v.beside[part])/middleMean(v.alone[part])))
	}
	i := trimmedMean(logs)
	return stats.Interval{Value: math.Exp(i.Value), Low: math.Exp(i.Low), High: math.Exp(i.High)}
}

// trimmedMean is the mean without the part trim at either end, with its 95 % interval.
func trimmedMean(x []float64) stats.Interval {
	sorted := slices.Sorted(slices.Values(x))
	n := len(sorted)
	cut := int(trim * float64(n))
	value := stat.Mean(sorted[cut:n-cut], nil)
	kept := n - 2*cut
	if kept < 2 {
		return stats.Interval{Value: value, Low: math.Inf(-1), High: math.Inf(1)}
	}
	for i := range cut { // winsorised: those left out count as the nearest that is kept
		sorted[i], sorted[n-1-i] = sorted[cut], sorted[n-1-cut]
	}
	se := stat.StdDev(sorted, nil) * math.Sqrt(float64(n-1)/(float64(kept)*float64(kept-1)))
	half := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(kept - 1)}.Quantile(0.975) * se
	return stats.Interval{Value: value, Low: value - half, High: value + half}
}

// middleMean is the mean without the lowest and the highest quarter (interquartile mean); of fewer than
// four values it is the mean.
func middleMean(x []float64) float64 {
	sorted := slices.Sorted(slices.Values(x))
	cut := len(sorted) / 4
	return stat.Mean(sorted[cut:len(sorted)-cut], nil)
}

// contention is what a profile says of a part of a contention point beside a stage of the crew's.
func contention(p *Point, key profile.Key, beside string, part int, used []visit) profile.Contention {
	c := profile.Contention{Resource: key.Resource, Stage: key.Stage, Batch: key.Batch, Beside: beside, BesideBatch: p.Crew.Batch,
		Model: cmp.Or(key.Model, p.Crew.Model), Neighbours: p.K, SameCore: p.SameCore}
	c.Slowdown, c.SlowdownCI95 = rounded(widened(slowdown(used, part), used), 4)
	for _, v := range used {
		c.N += len(v.beside[part])
	}
	c.Warnings = slowdownWarnings(&c, len(used))
	if w := disturbance(p.visits, used); w != "" {
		c.Warnings = append(c.Warnings, w)
	}
	return c
}

// slowdownWarnings are the statistical doubts about a slow-down of so many visits, each "kind: what".
func slowdownWarnings(c *profile.Contention, visits int) []string {
	switch {
	case visits < 2:
		return []string{"one burst: the interval of the slow-down is unknown and left at zero"}
	case c.Doubtful():
		return []string{fmt.Sprintf("doubtful: the 95 %% interval of the slow-down, %.3g to %.3g, is wider than itself; it is not simulated", c.SlowdownCI95[0], c.SlowdownCI95[1])}
	}
	return nil
}
