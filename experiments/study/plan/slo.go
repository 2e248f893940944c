package plan

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"vsim/sim"
	"vsim/sim/predict"
	"vsim/sim/scenario"
)

// Metric is a number of a prediction that a service level objective is about.
type Metric string

// The metrics: latencies in seconds, throughput in requests/s, the dropped share of what arrives, joules a request.
const (
	Mean       Metric = "mean"
	P50        Metric = "p50"
	P90        Metric = "p90"
	P95        Metric = "p95"
	P99        Metric = "p99"
	P999       Metric = "p999"
	Throughput Metric = "throughput"
	ErrorRate  Metric = "error_rate"
	Energy     Metric = "energy"
)

// metrics are all of them, in the order in which they are listed.
var metrics = []Metric{Mean, P50, P90, P95, P99, P999, Throughput, ErrorRate, Energy}

// quantiles are those of the latency; the mean has none.
var quantiles = map[Metric]float64{P50: 0.5, P90: 0.9, P95: 0.95, P99: 0.99, P999: 0.999}

// SLO is an objective: a metric, of one class of requests or of all, that stays below a limit, or above one.
type SLO struct {
	Class  string // "" for all requests
	Metric Metric
	Above  bool    // of throughput: no less than the limit; else no more
	Limit  float64 // in the metric's unit
	Text   string  // as it was written
}

// mostDropped is the share of requests that may be dropped where no objective speaks of it: one that is dropped has no
// latency, and a plan that drops the slow ones would hold.
var mostDropped = SLO{Metric: ErrorRate, Limit: 0.001, Text: "error_rate<0.1%"}

var sloForm = regexp.MustCompile(`^\s*(?:(.+?):)?\s*([A-Za-z0-9_]+)\s*(<=|>=|<|>)\s*(.+?)\s*$`)

// ParseSLO reads an objective as on a command line: p99<50ms, large:p95<200ms, throughput>900/s, error_rate<0.1%,
// energy<2J. Errors are *scenario.InputError.
func ParseSLO(text string) (SLO, error) {
	m := sloForm.FindStringSubmatch(text)
	if m == nil {
		return SLO{}, badSLO(text, "must be METRIC<LIMIT or CLASS:METRIC<LIMIT", "for example --slo 'p99<50ms'")
	}
	o := SLO{Class: strings.TrimSpace(m[1]), Metric: Metric(m[2]), Above: m[3][0] == '>', Text: strings.TrimSpace(text)}
	if !slices.Contains(metrics, o.Metric) {
		return SLO{}, badSLO(text, fmt.Sprintf("%q is no metric", m[2]), "write one of "+metricNames())
	}
	if o.Above != (o.Metric == Throughput) {
		return SLO{}, badSLO(text, fmt.Sprintf("%s cannot have a limit on this side", o.Metric),
			map[bool]string{true: "write " + m[2] + "<" + m[4], false: "write " + m[2] + ">" + m[4]}[o.Above])
	}
	if o.Class != "" && (o.Metric == ErrorRate || o.Metric == Energy) {
		return SLO{}, badSLO(text, string(o.Metric)+" is not known by class", "leave out "+o.Class+":")
	}
	var err error
	if o.Limit, err = o.limit(m[4]); err != nil {
		return SLO{}, badSLO(text, err.Error(), o.example())
	}
	return o, nil
}

func badSLO(text, rule, remedy string) error {
	return &scenario.InputError{Faults: []scenario.Fault{{File: "--slo", Key: strconv.Quote(text), Rule: rule, Remedy: remedy}}}
}

func metricNames() string {
	var names []string
	for _, m := range metrics {
		names = append(names, string(m))
	}
	return strings.Join(names, ", ")
}

func (o *SLO) example() string {
	return "for example --slo '" + map[Metric]string{Throughput: "throughput>900/s", ErrorRate: "error_rate<0.1%", Energy: "energy<2J"}[o.Metric] +
		map[bool]string{true: string(o.Metric) + "<50ms"}[o.latency()] + "'"
}

// latency says that the metric is a time.
func (o *SLO) latency() bool { return o.Metric == Mean || quantiles[o.Metric] > 0 }

// limit reads the limit in the metric's unit.
func (o *SLO) limit(text string) (x float64, err error) {
	switch {
	case o.latency():
		d, err := scenario.ParseDuration(text)
		if err == nil && d <= 0 {
			err = fmt.Errorf("the limit must be above 0")
		}
		return d.Seconds(), err
	case o.Metric == Throughput:
		r, err := scenario.ParseRate(text)
		if err == nil && r <= 0 {
			err = fmt.Errorf("the limit must be above 0")
		}
		return float64(r), err
	case o.Metric == ErrorRate:
		number, percent := strings.CutSuffix(text, "%")
		x, err = strconv.ParseFloat(strings.TrimSpace(number), 64)
		if percent {
			x /= 100
		}
		if err != nil || !(x >= 0 && x <= 1) {
			return 0, fmt.Errorf("the limit must be a share from 0 to 1, or one in %%")
		}
		return x, nil
	}
	for _, u := range []struct {
		name   string
		joules float64
	}{{"kJ", 1e3}, {"mJ", 1e-3}, {"J", 1}} {
		if number, ok := strings.CutSuffix(text, u.name); ok {
			if x, err = strconv.ParseFloat(strings.TrimSpace(number), 64); err == nil && x > 0 && !math.IsInf(x, 0) {
				return x * u.joules, nil
			}
		}
	}
	return 0, fmt.Errorf("the limit must be a number above 0 with J, mJ or kJ, of one request")
}

// of gives the metric of a prediction; NaN where it has none.
func (o *SLO) of(p *sim.Prediction) sim.Estimate {
	none := sim.Estimate{Value: math.NaN(), Low: math.NaN(), High: math.NaN()}
	latency, throughput := &p.LatencyS, p.ThroughputRPS
	if o.Class != "" {
		i := slices.IndexFunc(p.Classes, func(c predict.Class) bool { return c.Name == o.Class })
		if i < 0 {
			return none
		}
		latency, throughput = &p.Classes[i].LatencyS, p.Classes[i].ThroughputRPS
	}
	switch o.Metric {
	case Mean:
		return latency.Mean
	case P50:
		return latency.P50
	case P90:
		return latency.P90
	case P95:
		return latency.P95
	case P99:
		return latency.P99
	case P999:
		return latency.P999
	case Throughput:
		return throughput
	case ErrorRate:
		return p.Dropped.Share
	}
	return energyOf(p)
}

// energyOf is the energy of a request on all devices, J; NaN where the power of one is not known.
func energyOf(p *sim.Prediction) (sum sim.Estimate) {
	if p.EnergyJ == nil {
		return sim.Estimate{Value: math.NaN(), Low: math.NaN(), High: math.NaN()}
	}
	for _, e := range []sim.Estimate{p.EnergyJ.CPU, p.EnergyJ.GPU, p.EnergyJ.Other} {
		sum.Value, sum.Low, sum.High = sum.Value+e.Value, sum.Low+e.Low, sum.High+e.High
	}
	return sum
}

// spread is what one live run will show of the metric, nil where nothing is known of how far off its times are.
func (o *SLO) spread(p *sim.Prediction) *predict.Spread {
	if p.PI == nil || o.Class != "" {
		return nil
	}
	l := &p.PI.LatencyS
	s := map[Metric]*predict.Spread{Mean: &l.Mean, P50: &l.P50, P90: &l.P90, P95: &l.P95, P99: &l.P99, P999: &l.P999,
		ErrorRate: &p.PI.DroppedShare}[o.Metric]
	if s == nil || math.IsNaN(s.Profile) || math.IsNaN(s.High) {
		return nil
	}
	return s
}

// load is a value's part of the limit: at most 1 where the objective is met, infinite where there is no value.
func (o *SLO) load(x float64) float64 {
	switch {
	case math.IsNaN(x):
		return math.Inf(1)
	case o.Above:
		return o.Limit / x
	case o.Limit == 0 && x == 0:
		return 0
	}
	return x / o.Limit
}
