package measure

import (
	"slices"

	"gonum.org/v1/gonum/floats/scalar"

	"vsim/profile"
	"vsim/profile/measure/machine"
	"vsim/sim/engine/stats"
)

// widened is the interval of a time or of a slow-down of visits that others may have disturbed. What a quiet machine would have
// shown cannot be known, nor on which side it lies: others take processors and caches, which makes jobs longer, but they may
// also keep clocks up and a virtual machine's processors awake, which makes them shorter, and of a slow-down they may have
// disturbed either time. So both ends move away by the part of the machine that they took.
func widened(i stats.Interval, visits []visit) stats.Interval {
	part := taken(visits)
	i.Low, i.High = i.Low*(1-part), i.High*(1+part)
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
		if v.slow && !slices.Contains(c.By, profile.SlowerHost) {
			c.By = append(c.By, profile.SlowerHost)
		}
	}
	slices.Sort(c.By)
	c.Disturbed = scalar.Round(float64(disturbed)/float64(max(len(kept), 1)), 4)
	c.OtherCores, c.StealCores = scalar.Round(c.OtherCores, 4), scalar.Round(c.StealCores, 4)
	c.ClockMHz, c.TemperatureC = machine.Ends(b.state, machine.Look())
}
