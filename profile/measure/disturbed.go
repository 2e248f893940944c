package measure

import (
	"slices"

	"gonum.org/v1/gonum/floats/scalar"

	"vsim/profile"
	"vsim/profile/measure/machine"
	"vsim/sim/engine/stats"
)

// What a quiet machine would have shown cannot be known of visits that others disturbed, but how far off it can be is bounded
// here by the part of the machine that they took.

// widenedMean is the interval of a time: others make jobs longer, so that its low end falls by the part that they took.
func widenedMean(i stats.Interval, visits []visit) stats.Interval {
	i.Low *= 1 - taken(visits)
	return i
}

// widenedRatio is the interval of a slow-down: others may have made the job longer alone or beside its neighbours, so that
// either end moves.
func widenedRatio(i stats.Interval, visits []visit) stats.Interval {
	left := 1 - taken(visits)
	i.Low, i.High = i.Low*left, i.High/left
	return i
}

// mostTaken is below 1: whoever measures had some of the machine.
const mostTaken = 0.99

// taken is the part of the machine that others used during the visits that they disturbed, on average over all.
func taken(visits []visit) float64 {
	sum := 0.0
	for _, v := range visits {
		if v.busy {
			sum += v.use.Share()
		}
	}
	return min(mostTaken, sum/float64(max(len(visits), 1)))
}

// conditions says how quiet the machine was during the visits that count.
func (b *Bench) conditions(c *profile.Conditions, kept []visit) {
	disturbed := 0
	for _, v := range kept {
		c.OtherCores += v.use.Others / float64(len(kept))
		c.StealCores += v.use.Steal / float64(len(kept))
		if v.quiet {
			continue
		}
		disturbed++
		if v.busy && !slices.Contains(c.By, profile.OtherProcesses) {
			c.By = append(c.By, profile.OtherProcesses)
		}
		if v.cause != "" && !slices.Contains(c.By, v.cause) {
			c.By = append(c.By, v.cause)
		}
	}
	slices.Sort(c.By)
	c.Disturbed = scalar.Round(float64(disturbed)/float64(max(len(kept), 1)), 4)
	c.OtherCores, c.StealCores = scalar.Round(c.OtherCores, 4), scalar.Round(c.StealCores, 4)
	c.ClockMHz, c.TemperatureC = machine.Ends(b.state, machine.Look())
}
