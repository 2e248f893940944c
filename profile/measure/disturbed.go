package measure

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats/scalar"

	"vsim/profile"
	"vsim/profile/measure/machine"
	"vsim/sim/engine/stats"
)

// lowered widens the interval of a time, or of a slow-down, of visits that others disturbed. What a quiet machine would have
// shown cannot be known, but on which side it lies can: others make jobs longer, and a slow-down larger, because processors
// get scarcer. How far they can have done so is taken as the part of the machine that they used, on average over the visits:
// the low end falls by it.
func lowered(i stats.Interval, visits []visit) stats.Interval {
	if !math.IsInf(i.Low, 0) {
		i.Low *= 1 - taken(visits)
	}
	return i
}

// taken is the part of the machine, 0 to 1, that others used during the visits that they disturbed, on average over all.
func taken(visits []visit) float64 {
	sum := 0.0
	for _, v := range visits {
		if v.busy {
			sum += v.use.Share()
		}
	}
	return sum / float64(max(len(visits), 1))
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
