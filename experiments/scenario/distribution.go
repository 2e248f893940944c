package scenario

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Distribution is a random span written in the file: {dist = "lognormal", mean = "2ms", cv = 0.3}, or
// just "2ms" for a constant.
type Distribution struct {
	Dist          string     `toml:"dist" enum:"constant|uniform|exponential|lognormal|gamma|erlang|hyperexponential|empirical" default:"constant" doc:"family"`
	Mean          Duration   `toml:"mean,omitzero" above:"0" doc:"mean; of the fixed part where per_image is given"`
	PerImage      Duration   `toml:"per_image,omitzero" min:"0" default:"0ns" doc:"added to the mean for every request in the batch: mean + per_image x batch"`
	CV            float64    `toml:"cv,omitzero" above:"0" doc:"standard deviation over mean, of lognormal (0 to 10), gamma (0.01 to 5) and hyperexponential (1 to 10)"`
	Shape         int        `toml:"shape,omitzero" min:"1" max:"1000" doc:"phases of erlang"`
	Min           Duration   `toml:"min,omitzero" min:"0" doc:"of uniform"`
	Max           Duration   `toml:"max,omitzero" min:"0" doc:"of uniform"`
	Probabilities []float64  `toml:"probabilities,omitempty" doc:"of empirical: from 0 to 1, ascending"`
	Quantiles     []Duration `toml:"quantiles,omitempty" doc:"of empirical: one a probability, ascending"`
}

// MeanNs is the mean for a batch of the given size, in nanoseconds. For empirical it is the mean of
// the piecewise linear quantile function, for uniform the middle.
func (d *Distribution) MeanNs(batch int) float64 {
	switch d.Dist {
	case "uniform":
		return (d.Min.Ns() + d.Max.Ns()) / 2
	case "empirical":
		mean := 0.
		for i := 1; i < len(d.Probabilities); i++ {
			mean += (d.Probabilities[i] - d.Probabilities[i-1]) * (d.Quantiles[i].Ns() + d.Quantiles[i-1].Ns()) / 2
		}
		return mean
	}
	return d.Mean.Ns() + float64(batch)*d.PerImage.Ns()
}

// family is what a kind of distribution takes: the keys that it needs and, where it has a cv, its range.
type family struct {
	needs        []string
	scales       bool // takes per_image
	minCV, maxCV float64
}

var families = map[string]family{
	"constant":         {needs: []string{"mean"}, scales: true},
	"exponential":      {needs: []string{"mean"}, scales: true},
	"lognormal":        {needs: []string{"mean", "cv"}, scales: true, maxCV: 10},
	"gamma":            {needs: []string{"mean", "cv"}, scales: true, minCV: 0.01, maxCV: 5},
	"hyperexponential": {needs: []string{"mean", "cv"}, scales: true, minCV: 1, maxCV: 10},
	"erlang":           {needs: []string{"mean", "shape"}, scales: true},
	"uniform":          {needs: []string{"min", "max"}},
	"empirical":        {needs: []string{"probabilities", "quantiles"}},
}

// distribution checks the keys of m against the family and fills in what was not written.
func (d *decoder) distribution(path string, m map[string]any, dist *Distribution) {
	if dist.Dist == "" {
		dist.Dist = "constant"
		if _, written := m["dist"]; written {
			return // named wrongly, which is reported
		}
	}
	f := families[dist.Dist]
	for _, key := range f.needs {
		if _, ok := m[key]; !ok {
			d.fault(join(path, key), nil, "missing; dist = %q needs %s", dist.Dist, strings.Join(f.needs, " and "))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if key == "dist" || f.scales && key == "per_image" || slices.Contains(f.needs, key) || !isDistributionKey(key) {
			continue
		}
		d.fault(join(path, key), m[key], "dist = %q does not take it; it takes %s", dist.Dist, strings.Join(f.needs, ", "))
	}
	if f.maxCV > 0 && dist.CV != 0 && (dist.CV < f.minCV || dist.CV > f.maxCV) {
		d.fault(join(path, "cv"), dist.CV, "must be %v to %v for dist = %q", f.minCV, f.maxCV, dist.Dist)
	}
	switch dist.Dist {
	case "uniform":
		if dist.Max <= 0 || dist.Max < dist.Min {
			d.fault(join(path, "max"), m["max"], "must be positive and not below min")
		}
	case "empirical":
		d.quantiles(path, dist)
	}
}

func (d *decoder) quantiles(path string, dist *Distribution) {
	p, q := dist.Probabilities, dist.Quantiles
	switch {
	case len(p) != len(q) || len(p) < 2:
		d.fault(join(path, "quantiles"), nil, "%d quantiles and %d probabilities; give as many of both, at least two", len(q), len(p))
		return
	case p[0] != 0 || p[len(p)-1] != 1:
		d.fault(join(path, "probabilities"), nil, "must run from 0 to 1, not %v to %v", p[0], p[len(p)-1])
	case !slices.IsSorted(q):
		d.fault(join(path, "quantiles"), nil, "must ascend")
	case q[0] < 0 || q[len(q)-1] <= 0:
		d.fault(join(path, "quantiles"), nil, "must not be negative, and the last positive")
	}
	for i := 1; i < len(p); i++ {
		if p[i] <= p[i-1] {
			d.fault(join(path, "probabilities"), nil, "must ascend, but %v follows %v", p[i], p[i-1])
		}
	}
}

func isDistributionKey(key string) bool {
	return slices.ContainsFunc(fieldsOf(reflect.TypeFor[Distribution]()), func(f field) bool { return f.name == key })
}
