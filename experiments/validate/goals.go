package validate

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"vsim/profile"
)

// Goal is a figure that a validation should reach, and what it found.
type Goal struct {
	What  string  `json:"what"`
	Found float64 `json:"found"`
	Low   float64 `json:"low"` // the figure should lie between Low and High
	High  float64 `json:"high"`
	N     int     `json:"n"`               // rows that it is taken from
	Ratio bool    `json:"ratio,omitempty"` // to another figure, not a part
}

// Holds says whether the figure is where it should be.
func (g Goal) Holds() bool { return g.Found >= g.Low && g.Found <= g.High }

const overNoise = " over noise floor, median"

// selection is rows of one metric whose bands are among some.
func (r *Report) selection(offered map[string]bool, metric string, in ...profile.Band) []Row {
	return slices.DeleteFunc(slices.Clone(r.Cases), func(row Row) bool {
		return row.Metric != metric || metric == throughput && offered[row.Case] || len(in) > 0 && !slices.Contains(in, row.Band)
	})
}

// goals are those that rows speak of.
func (r *Report) goals(offered map[string]bool) (out []Goal) {
	add := func(what string, low, high float64, rows []Row, found func([]Row) (float64, int)) {
		if x, n := found(rows); n > 0 {
			out = append(out, Goal{What: what, Found: x, Low: low, High: high, N: n, Ratio: strings.Contains(what, overNoise)})
		}
	}
	rates, p50, p99 := r.selection(offered, throughput), r.selection(offered, latencyP50), r.selection(offered, latencyP99)
	upTo80 := r.selection(offered, latencyP99, profile.ZeroLoad, profile.Load30, profile.Load60, profile.Load80)
	above := r.selection(offered, latencyP99, profile.Load90, profile.Load95, profile.Saturated)
	at80 := r.selection(offered, latencyP99, profile.Load80)
	add("throughput of closed loops, error, median", 0, 0.03, rates, unsigned(median))
	add("throughput of closed loops, error, worst", 0, 0.10, rates, unsigned(largest))
	add("p50, error, median", 0, 0.05, p50, unsigned(median))
	add("p99 up to load 0.8, error, median", 0, 0.10, upTo80, unsigned(median))
	add("p99 up to load 0.8, error, worst", 0, 0.30, upTo80, unsigned(largest))
	add("p99 above, error"+overNoise, 0, 1.5, above, median(Row.errorByNoise))
	for _, b := range r.Summary.ByBand {
		if m, ok := b.Metrics[latencyMean]; ok {
			out = append(out, Goal{What: fmt.Sprintf("mean at load %s, signed error, median", b.Band), Found: m.MedianError, Low: -0.05, High: 0.05, N: m.N})
		}
	}
	if r.Summary.Judged > 0 {
		out = append(out, Goal{What: "coverage of the 95 % intervals", Found: r.Summary.Coverage95, Low: 0.90, High: 0.99, N: r.Summary.Judged})
	}
	out = append(out, r.leastCovered()...)
	add("p99 at load 0.8, width of the 95 % interval, median", 0, math.MaxFloat64, at80, median(Row.width))
	add("p99 at load 0.8, width"+overNoise, 0, 2.5, at80, median(Row.widthByNoise))
	add("throughput with own times, error, median", 0, 0.01, rates, median(modelsError))
	add("p50 with own times, error, median", 0, 0.03, p50, median(modelsError))
	add("p99 with own times, error, median", 0, 0.08, p99, median(modelsError))
	return out
}

// leastCovered is the coverage of the band that has the lowest.
func (r *Report) leastCovered() []Goal {
	judged := slices.DeleteFunc(slices.Clone(r.Summary.ByBand), func(b BandSummary) bool { return b.Judged == 0 })
	if len(judged) == 0 {
		return nil
	}
	worst := slices.MinFunc(judged, func(a, b BandSummary) int { return cmp.Compare(a.Coverage95, b.Coverage95) })
	return []Goal{{What: fmt.Sprintf("coverage in the band with the lowest, %s", worst.Band), Found: worst.Coverage95, Low: 0.85, High: 1, N: worst.Judged}}
}

func absoluteError(r Row) (float64, bool) { return math.Abs(r.Error), true }
func modelsError(r Row) (float64, bool)   { return math.Abs(r.ModelError), r.OwnTimes > 0 }

// statistic says of rows a figure, and how many of them it is of.
type statistic func([]Row) (float64, int)

func unsigned(of func(func(Row) (float64, bool)) statistic) statistic { return of(absoluteError) }

func median(of func(Row) (float64, bool)) statistic {
	return func(rows []Row) (float64, int) { return medianOf(rows, of), speaking(rows, of) }
}

func largest(of func(Row) (float64, bool)) statistic {
	return func(rows []Row) (most float64, n int) {
		for _, r := range rows {
			if x, ok := of(r); ok {
				most = max(most, x)
			}
		}
		return most, speaking(rows, of)
	}
}

// speaking counts the rows that say something.
func speaking(rows []Row, of func(Row) (float64, bool)) (n int) {
	for _, r := range rows {
		if _, ok := of(r); ok {
			n++
		}
	}
	return n
}
