package profile

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Drift is how fast the machine was while it was measured: a reference job, always the same work, was timed again and again
// between the bursts of all points. A point is the mean of a second or more: single timings of a millisecond scatter more than the
// machine drifts.
type Drift struct {
	Job   string    `toml:"job"`    // what was timed
	JobNs float64   `toml:"job_ns"` // what it took at speed 1
	AtS   []float64 `toml:"at_s"`   // since measuring began, seconds, ascending
	Speed []float64 `toml:"speed"`  // at each of AtS, relative to the mean of all: 1.1 is a tenth faster
}

// fault says what is wrong with a drift as read from a file, "" for nothing.
func (d *Drift) fault() string {
	switch positive := func(x float64) bool { return x > 0 && !math.IsInf(x, 0) }; {
	case d.Job == "":
		return "job must be named"
	case !positive(d.JobNs):
		return fmt.Sprintf("job_ns = %v, must be a positive number", d.JobNs)
	case len(d.AtS) == 0 || len(d.AtS) != len(d.Speed):
		return fmt.Sprintf("%d times in at_s but %d in speed; as many of both, at least one", len(d.AtS), len(d.Speed))
	case !slices.IsSorted(d.AtS) || !(d.AtS[0] >= 0) || math.IsInf(d.AtS[len(d.AtS)-1], 0):
		return "at_s must be seconds from 0 on and ascend"
	case slices.ContainsFunc(d.Speed, func(x float64) bool { return !positive(x) }):
		return "each speed must be a positive number"
	}
	return ""
}

// mostDrift is the standard deviation of the speed beyond which Doubt speaks up.
const mostDrift = 0.05

// Doubt says that the machine did not keep its speed, "" where it did or nobody watched.
func (d *Drift) Doubt() string {
	if d == nil || len(d.Speed) < 2 || stat.StdDev(d.Speed, nil) <= mostDrift {
		return ""
	}
	return fmt.Sprintf("the machine's speed went from %.2f to %.2f of its mean meanwhile, by the reference job: the times are of that mix", slices.Min(d.Speed), slices.Max(d.Speed))
}

// span is the time from the first to the last point, seconds.
func (d *Drift) span() float64 { return d.AtS[len(d.AtS)-1] - d.AtS[0] }

// longer is of two drifts, either of which may be nil, the one over the longer time, the first of equals. They are not put
// behind each other: where profiles were measured by turns, on a CPU and a GPU say, each covers all of the time, and where they
// were not, nothing says how fast the machine of the one was beside that of the other.
func longer(a, b *Drift) *Drift {
	if a == nil || b != nil && b.span() > a.span() {
		return b
	}
	return a
}

// clone copies a drift, which may be nil.
func (d *Drift) clone() *Drift {
	if d == nil {
		return nil
	}
	out := *d
	out.AtS, out.Speed = slices.Clone(d.AtS), slices.Clone(d.Speed)
	return &out
}

// Band is a class of loads by how hard the busiest part of a server works.
type Band string

// The bands, from a single client on.
const (
	ZeroLoad  Band = "zero" // a request is always alone
	Load30    Band = "0.3"
	Load60    Band = "0.6"
	Load80    Band = "0.8"
	Load90    Band = "0.9"
	Load95    Band = "0.95"
	Saturated Band = "saturated" // a closed loop that keeps something busy all the time
)

var (
	bands           = []Band{ZeroLoad, Load30, Load60, Load80, Load90, Load95, Saturated}
	residualMetrics = []string{"throughput", "mean", "p50", "p99"}
)

// BandOf gives the band of open traffic at a part of the capacity.
func BandOf(load float64) Band {
	switch {
	case load < 0.45:
		return Load30
	case load < 0.7:
		return Load60
	case load < 0.85:
		return Load80
	case load < 0.925:
		return Load90
	}
	return Load95
}
