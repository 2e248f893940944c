package profile

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Drift is how fast the machine was while it was measured: a reference job, always the same work, was timed again and again
// between the bursts of all points. A point is the mean of a second or more: single timings of a millisecond scatter more than the
// machine drifts.
type Drift struct {
	Job   string    `toml:"job" needed:"yes"`                           // what was timed
	JobNs float64   `toml:"job_ns" needed:"yes" above:"0" max:"0x1p54"` // what it took at speed 1
	AtS   []float64 `toml:"at_s" needed:"yes" min:"0" max:"1e9"`        // since measuring began, seconds, ascending
	Speed []float64 `toml:"speed" needed:"yes" above:"0" max:"1e6"`     // at each of AtS, relative to the mean of all: 1.1 is a tenth faster
}

// check says what is wrong with a drift as read from a file.
func (d *Drift) check(c *checker) {
	if len(d.AtS) == 0 || len(d.AtS) != len(d.Speed) {
		c.fault("at_s", nil, "%d times in at_s but %d in speed; as many of both, at least one", len(d.AtS), len(d.Speed))
	}
	c.ascending("at_s", d.AtS)
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
	bands           = []string{string(ZeroLoad), string(Load30), string(Load60), string(Load80), string(Load90), string(Load95), string(Saturated)}
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
