package profile

// Drift is how fast the machine was while it was measured: a reference job, always the same work, was timed again and again
// between the bursts of all points.
type Drift struct {
	Job   string    `toml:"job"`   // what was timed
	AtS   []float64 `toml:"at_s"`  // since measuring began, seconds, ascending
	Speed []float64 `toml:"speed"` // at each of AtS, relative to the mean of all: 1.1 is a tenth faster
}

// Residual is how far predictions were from live runs beyond what the profile and chance explain: the model's own part, as
// vsim validate found it on this machine.
type Residual struct {
	Metric string  `toml:"metric"` // throughput, mean, p50 or p99
	Band   Band    `toml:"band"`
	LogSD  float64 `toml:"log_sd"` // standard deviation of ln(predicted/measured)
	N      int     `toml:"n"`      // cases
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
