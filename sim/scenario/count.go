package scenario

import (
	"math"
	"slices"
)

// countKeys says which keys each family of counts needs.
var countKeys = map[string][]string{
	"constant": {"mean"},
	"poisson":  {"mean"},
	"uniform":  {"min", "max"},
	"discrete": {"values", "weights"},
}

// count checks the keys of m against the family.
func (d *decoder) count(path string, m map[string]any, c *Count) {
	if c.Dist == "" {
		c.Dist = "constant"
		if _, written := m["dist"]; written {
			return // named wrongly, which is reported
		}
	}
	needs := countKeys[c.Dist]
	for _, key := range []string{"mean", "min", "max", "values", "weights"} {
		_, written := m[key]
		switch needed := slices.Contains(needs, key); {
		case needed && !written && key != "min":
			d.fault(join(path, key), nil, "missing; dist = %q needs it", c.Dist)
		case !needed && written:
			d.fault(join(path, key), m[key], "dist = %q does not take it; remove it", c.Dist)
		}
	}
	switch {
	case c.Dist == "constant" && c.Mean != math.Trunc(c.Mean):
		d.fault(join(path, "mean"), c.Mean, "must be a whole number; for a random count name its dist")
	case c.Dist == "uniform" && c.Max < c.Min:
		d.fault(join(path, "max"), c.Max, "must not be below min = %d", c.Min)
	case c.Dist == "discrete":
		d.weights(path, c)
	}
}

func (d *decoder) weights(path string, c *Count) {
	sum := 0.0
	for _, w := range c.Weights {
		sum += w
	}
	if len(c.Values) != len(c.Weights) || !(sum > 0) || math.IsInf(sum, 0) {
		d.fault(join(path, "weights"), nil, "%d values and %d weights of sum %g; give as many of both, with a positive sum", len(c.Values), len(c.Weights), sum)
	}
	for i := 1; i < len(c.Values); i++ {
		if c.Values[i] <= c.Values[i-1] {
			d.fault(join(path, "values"), nil, "must ascend, but %d follows %d", c.Values[i], c.Values[i-1])
		}
	}
}

// Expected is the mean.
func (c *Count) Expected() float64 {
	switch c.Dist {
	case "uniform":
		return float64(c.Min+c.Max) / 2
	case "discrete":
		sum, total := 0.0, 0.0
		for i, w := range c.Weights {
			sum += w * float64(c.Values[i])
			total += w
		}
		return sum / total
	}
	return c.Mean
}
