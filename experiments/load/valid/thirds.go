package valid

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"vsim/experiments/load/record"
)

const (
	// steadyWithin is how far a third's figure may be from the mean of the three, whatever its interval: perf_analyzer calls a
	// measurement stable when three windows in turn agree so (--stability-percentage, 10).
	steadyWithin = 0.10
	pieces       = 10 // of a third, by which its interval is known
)

// third is a third of the window: figures with their intervals at Confidence.
type third struct{ throughput, mean, p99 interval }

// interval is where a figure lies.
type interval struct{ value, low, high float64 }

// thirds cuts the window in three.
func (f *Figures) thirds() (out [3]third) {
	length := (f.to - f.from) / 3
	inflation := f.inflation()
	for i := range out {
		from := f.from + int64(i)*length
		out[i] = third{f.throughputIn(from, length), f.meanIn(from, length), tail(f.latencies(f.served, from, from+length), inflation)}
	}
	return out
}

// throughputIn is the rate of served answers that came within a part of the window, 1/s.
func (f *Figures) throughputIn(from, length int64) interval {
	var rates []float64
	piece := length / pieces
	for i := range int64(pieces) {
		n := 0
		for _, q := range between(f.answers, from+i*piece, from+(i+1)*piece, came) {
			if q.Outcome == "" {
				n++
			}
		}
		rates = append(rates, float64(n)/(1e-9*float64(max(piece, 1))))
	}
	return ofMeans(rates)
}

// meanIn is the mean latency of the requests in a part of the window, by the means of its pieces, as neighbours are alike.
func (f *Figures) meanIn(from, length int64) interval {
	var means []float64
	piece := length / pieces
	for i := range int64(pieces) {
		if part := f.latencies(f.served, from+i*piece, from+(i+1)*piece); len(part) > 0 {
			means = append(means, stat.Mean(part, nil))
		}
	}
	out := ofMeans(means)
	if all := f.latencies(f.served, from, from+length); len(all) > 0 {
		shift := stat.Mean(all, nil) - out.value
		out = interval{out.value + shift, out.low + shift, out.high + shift}
	}
	return out
}

// ofMeans is the interval of a mean by Student's distribution.
func ofMeans(values []float64) interval {
	if len(values) < 2 {
		return interval{mean(values), 0, math.Inf(1)}
	}
	m, sd := stat.MeanStdDev(values, nil)
	n := float64(len(values))
	half := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile(1-(1-Confidence)/2) * sd / math.Sqrt(n)
	return interval{m, m - half, m + half}
}

func mean(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	return stat.Mean(values, nil)
}

// tail is p99 between two of the latencies, by how many of so many draws would lie above it (order statistics). Where latencies
// beyond it come in clumps, they count as fewer draws.
func tail(latencies []float64, inflation float64) interval {
	n := len(latencies)
	if n == 0 {
		return interval{0, 0, math.Inf(1)}
	}
	slices.Sort(latencies)
	const p = 0.99
	half := distuv.UnitNormal.Quantile(1-(1-Confidence)/2) * math.Sqrt(p*(1-p)*inflation/float64(n))
	out := interval{stat.Quantile(p, stat.Empirical, latencies, nil), stat.Quantile(max(p-half, 0), stat.Empirical, latencies, nil), math.Inf(1)}
	if p+half < 1 {
		out.high = stat.Quantile(p+half, stat.Empirical, latencies, nil)
	}
	return out
}

// inflation is how much larger the variance of the share of latencies beyond p99 is than that of as many draws, 1 at least.
func (f *Figures) inflation() float64 {
	beyond := f.FromSchedule.P99S
	share, n := []float64{}, 0.0
	piece := (f.to - f.from) / (3 * pieces)
	for i := range int64(3 * pieces) {
		part := f.latencies(f.served, f.from+i*piece, f.from+(i+1)*piece)
		if len(part) == 0 {
			continue
		}
		above := 0
		for _, l := range part {
			if l > beyond {
				above++
			}
		}
		share, n = append(share, float64(above)/float64(len(part))), n+float64(len(part))
	}
	if len(share) < 2 {
		return 1
	}
	p := stat.Mean(share, nil)
	return max(1, stat.Variance(share, nil)*n/float64(len(share))/max(p*(1-p), 1e-9))
}

// latencies are those from the schedule of requests whose time lies in a part of the window.
func (f *Figures) latencies(of []record.Request, from, to int64) (out []float64) {
	for _, q := range between(of, from, to, f.time) {
		out = append(out, 1e-9*float64(q.CameNs-q.DueNs))
	}
	return out
}

func came(q *record.Request) int64 { return q.CameNs }

// between are the requests with a time in a range; they are sorted by it.
func between(of []record.Request, from, to int64, time func(*record.Request) int64) []record.Request {
	at := func(ns int64) int {
		i, _ := slices.BinarySearchFunc(of, ns, func(q record.Request, ns int64) int { return int(time(&q) - ns) })
		return i
	}
	return of[at(from):at(to)]
}

// apart is how far the three are from their mean, as a part of it, and whether that is more than steadyWithin and more than chance.
func apart(three [3]interval) (part float64, unsteady bool) {
	middle := (three[0].value + three[1].value + three[2].value) / 3
	low, high := math.Inf(1), math.Inf(-1) // of what the intervals leave
	for _, x := range three {
		if middle > 0 {
			part = max(part, math.Abs(x.value-middle)/middle)
		}
		low, high = min(low, x.high), max(high, x.low)
	}
	return part, part > steadyWithin && high > low
}
