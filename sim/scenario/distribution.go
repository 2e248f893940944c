package scenario

import (
	"maps"
	"reflect"
	"slices"
	"sort"
	"strings"

	"vsim/profile"
	"vsim/sim/engine/random"
)

// Distribution is a random span written in the file: {dist = "lognormal", mean = "2ms", cv = 0.3}, or
// just "2ms" for a constant. Services of batches may depend on the batch's size, by per_image or by a
// table.
type Distribution struct {
	Dist          string     `toml:"dist,omitempty" enum:"constant|uniform|exponential|lognormal|gamma|erlang|hyperexponential|empirical|percentiles|table" default:"constant, or percentiles where one is given" doc:"family" example:"lognormal"`
	Mean          Duration   `toml:"mean,omitzero" min:"0" doc:"mean, 0ms for no time at all; of the fixed part where per_image is given"`
	PerImage      Duration   `toml:"per_image,omitzero" min:"0" default:"0ns" doc:"added to the mean for every image in the batch: mean + per_image x batch" example:"0.25ms"`
	CV            float64    `toml:"cv,omitzero" above:"0" doc:"standard deviation over mean, of lognormal (0 to 10), gamma (0.01 to 5), hyperexponential (1 to 10) and, if wanted, table (0 to 10; lognormal)" example:"0.3"`
	Shape         int        `toml:"shape,omitzero" min:"1" max:"1000" doc:"phases of erlang" example:"4"`
	Min           Duration   `toml:"min,omitzero" min:"0" doc:"of uniform" example:"1ms"`
	Max           Duration   `toml:"max,omitzero" min:"0" doc:"of uniform" example:"3ms"`
	Probabilities []float64  `toml:"probabilities,omitempty" doc:"of empirical: from 0 to 1, ascending" example:"[0.0, 0.5, 1.0]"`
	Quantiles     []Duration `toml:"quantiles,omitempty" doc:"of empirical: one a probability, ascending" example:"[\"1ms\", \"2ms\", \"9ms\"]"`
	P50           Duration   `toml:"p50,omitzero" above:"0" doc:"of percentiles: the median; the fastest is as far below it as the next percentile is above" example:"2ms"`
	P90           Duration   `toml:"p90,omitzero" above:"0" doc:"of percentiles" example:"2.2ms"`
	P95           Duration   `toml:"p95,omitzero" above:"0" doc:"of percentiles" example:"2.4ms"`
	P99           Duration   `toml:"p99,omitzero" above:"0" doc:"of percentiles; the slowest is on the line through the last two percentiles" example:"3.1ms"`
	P999          Duration   `toml:"p999,omitzero" above:"0" doc:"of percentiles: 99.9 %" example:"6ms"`
	Batches       []int      `toml:"batches,omitempty" min:"1" max:"32768" doc:"of table: batch sizes, ascending; linear between them" example:"[1, 2, 4, 8]"`
	Means         []Duration `toml:"means,omitempty" min:"0" doc:"of table: one a batch size" example:"[\"2ms\", \"2.2ms\", \"2.8ms\", \"3.9ms\"]"`
}

// MeanNs is the mean for a batch of the given size, in nanoseconds. For empirical it is the mean of
// the piecewise linear quantile function, for uniform the middle.
func (d *Distribution) MeanNs(batch int) float64 {
	switch d.Dist {
	case "uniform":
		return (d.Min.Ns() + d.Max.Ns()) / 2
	case "empirical":
		return meanOf(d.Probabilities, inNs(d.Quantiles))
	case "percentiles":
		return d.percentilesMeanNs()
	case "table":
		return d.tableNs(batch)
	}
	return d.Mean.Ns() + float64(batch)*d.PerImage.Ns()
}

// tableNs is the time of a batch on the line through the two nearest points of the table.
func (d *Distribution) tableNs(batch int) float64 {
	n := len(d.Batches)
	if n == 1 {
		return d.Means[0].Ns()
	}
	i := min(max(sort.SearchInts(d.Batches, batch), 1), n-1)
	low, high := d.Batches[i-1], d.Batches[i]
	w := float64(batch-low) / float64(high-low)
	return (1-w)*d.Means[i-1].Ns() + w*d.Means[i].Ns()
}

// Support says how the time of a batch of some size is known: as written, or from the table by
// interpolating between its sizes or by going beyond them.
func (d *Distribution) Support(batch int) profile.Support {
	if d.Dist != "table" || slices.Contains(d.Batches, batch) {
		return profile.Exact
	}
	if batch < d.Batches[0] || batch > d.Batches[len(d.Batches)-1] {
		return profile.Extrapolated
	}
	return profile.Interpolated
}

// family is a kind of distribution: the keys that it needs and may have, where it has a cv its range, and how it
// is drawn.
type family struct {
	needs        []string
	may          []string
	minCV, maxCV float64
	sampler      func(d *Distribution, meanNs float64) (*random.Sampler, error)
}

var families = map[string]family{
	"constant": {needs: []string{"mean"}, may: []string{"per_image"},
		sampler: func(_ *Distribution, mean float64) (*random.Sampler, error) { return random.Constant(mean) }},
	"exponential": {needs: []string{"mean"}, may: []string{"per_image"},
		sampler: func(_ *Distribution, mean float64) (*random.Sampler, error) { return random.Exponential(mean) }},
	"lognormal": {needs: []string{"mean", "cv"}, may: []string{"per_image"}, maxCV: 10,
		sampler: func(d *Distribution, mean float64) (*random.Sampler, error) { return random.Lognormal(mean, d.CV) }},
	"gamma": {needs: []string{"mean", "cv"}, may: []string{"per_image"}, minCV: 0.01, maxCV: 5,
		sampler: func(d *Distribution, mean float64) (*random.Sampler, error) { return random.Gamma(mean, d.CV) }},
	"hyperexponential": {needs: []string{"mean", "cv"}, may: []string{"per_image"}, minCV: 1, maxCV: 10,
		sampler: func(d *Distribution, mean float64) (*random.Sampler, error) {
			return random.Hyperexponential(mean, d.CV)
		}},
	"erlang": {needs: []string{"mean", "shape"}, may: []string{"per_image"},
		sampler: func(d *Distribution, mean float64) (*random.Sampler, error) { return random.Erlang(d.Shape, mean) }},
	"table": {needs: []string{"batches", "means"}, may: []string{"cv"}, maxCV: 10, // a constant without cv
		sampler: func(d *Distribution, mean float64) (*random.Sampler, error) { return random.Lognormal(mean, d.CV) }},
	"uniform": {needs: []string{"min", "max"},
		sampler: func(d *Distribution, _ float64) (*random.Sampler, error) {
			return random.Uniform(d.Min.Ns(), d.Max.Ns())
		}},
	"empirical":   {needs: []string{"probabilities", "quantiles"}, sampler: empirical},
	"percentiles": {may: []string{"mean", "p50", "p90", "p95", "p99", "p999"}, sampler: percentilesSampler},
}

func empirical(d *Distribution, mean float64) (*random.Sampler, error) {
	return random.Empirical(d.Probabilities, inNs(d.Quantiles), mean)
}

func inNs(spans []Duration) []float64 {
	out := make([]float64, len(spans))
	for i, s := range spans {
		out[i] = s.Ns()
	}
	return out
}

// MeanAlone says that nothing but the mean of a time is written: it is a constant as it stands.
func (d *Distribution) MeanAlone() bool {
	return d.Dist == "constant" || d.Dist == "table" && d.CV == 0
}

// Sampler draws the time of a batch of the given size.
func (d *Distribution) Sampler(batch int) (*random.Sampler, error) {
	return families[d.Dist].sampler(d, d.MeanNs(batch))
}

// distribution checks the keys of m against the family and fills in what was not written.
func (d *decoder) distribution(path string, m map[string]any, dist *Distribution) {
	if dist.Dist == "" {
		dist.Dist = "constant"
		if _, written := m["dist"]; written {
			return // named wrongly, which is reported
		}
		if len(dist.percentiles()) > 0 {
			dist.Dist = "percentiles"
		}
	}
	f := families[dist.Dist]
	for _, key := range f.needs {
		if _, ok := m[key]; !ok {
			d.fault(join(path, key), nil, "missing; dist = %q needs %s", dist.Dist, strings.Join(f.needs, " and "))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if key == "dist" || slices.Contains(f.may, key) || slices.Contains(f.needs, key) || !isDistributionKey(key) {
			continue
		}
		d.fault(join(path, key), m[key], "dist = %q does not take it; it takes %s", dist.Dist, strings.Join(append(slices.Clone(f.needs), f.may...), ", "))
	}
	if f.maxCV > 0 && dist.CV != 0 && (dist.CV < f.minCV || dist.CV > f.maxCV) {
		d.fault(join(path, "cv"), dist.CV, "must be %v to %v for dist = %q", f.minCV, f.maxCV, dist.Dist)
	}
	switch dist.Dist {
	case "uniform":
		if dist.Max < dist.Min {
			d.fault(join(path, "max"), m["max"], "must not be below min")
		}
	case "empirical":
		d.quantiles(path, dist)
	case "percentiles":
		d.checkPercentiles(path, dist)
	case "table":
		d.batches(path, dist)
	}
}

func (d *decoder) batches(path string, dist *Distribution) {
	b := dist.Batches
	if len(b) != len(dist.Means) || len(b) == 0 {
		d.fault(join(path, "means"), nil, "%d means and %d batches; give as many of both", len(dist.Means), len(b))
	}
	for i := 1; i < len(b); i++ {
		if b[i] <= b[i-1] {
			d.fault(join(path, "batches"), nil, "must ascend, but %d follows %d", b[i], b[i-1])
		}
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
	case q[0] < 0:
		d.fault(join(path, "quantiles"), nil, "must not be negative")
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
