package sweep

import (
	"math"
	"strconv"

	"vsim/experiments/study"
	"vsim/sim"
)

// metric is a number of a row; its unit is in its name.
type metric struct {
	name string
	of   func(*sim.Prediction) sim.Estimate
}

// metrics are the numbers of a row, in the order of its columns. What has no meaning at a point is NaN: the latency of a system
// that is overloaded, the energy where no power is known.
var metrics = []metric{
	{"throughput_rps", func(p *sim.Prediction) sim.Estimate { return p.ThroughputRPS }},
	{"items_per_s", func(p *sim.Prediction) sim.Estimate { return or(p.ItemsPerS) }},
	{"offered_rps", func(p *sim.Prediction) sim.Estimate { return p.OfferedRPS }},
	{"dropped_share", func(p *sim.Prediction) sim.Estimate { return p.Dropped.Share }},
	{"queue_growth_rps", func(p *sim.Prediction) sim.Estimate { return or(p.QueueGrowthRPS) }},
	{"latency_mean_s", func(p *sim.Prediction) sim.Estimate { return p.LatencyS.Mean }},
	{"latency_p50_s", func(p *sim.Prediction) sim.Estimate { return p.LatencyS.P50 }},
	{"latency_p90_s", func(p *sim.Prediction) sim.Estimate { return p.LatencyS.P90 }},
	{"latency_p95_s", func(p *sim.Prediction) sim.Estimate { return p.LatencyS.P95 }},
	{"latency_p99_s", func(p *sim.Prediction) sim.Estimate { return p.LatencyS.P99 }},
	{"latency_p999_s", func(p *sim.Prediction) sim.Estimate { return p.LatencyS.P999 }},
	{"energy_cpu_j", func(p *sim.Prediction) sim.Estimate { return energy(p).CPU }},
	{"energy_gpu_j", func(p *sim.Prediction) sim.Estimate { return energy(p).GPU }},
	{"price_per_hour", func(p *sim.Prediction) sim.Estimate { return perHour(p) }},
	{"price_per_million_requests", func(p *sim.Prediction) sim.Estimate { return study.Cost(p) }},
}

// The numbers that tables and plots show.
var (
	throughput = metricAt("throughput_rps")
	p50        = metricAt("latency_p50_s")
	p99        = metricAt("latency_p99_s")
)

func metricAt(name string) int {
	for i, m := range metrics {
		if m.name == name {
			return i
		}
	}
	panic("sweep: no metric " + name)
}

var unknown = sim.Estimate{Value: math.NaN(), Low: math.NaN(), High: math.NaN()}

func or(e *sim.Estimate) sim.Estimate {
	if e == nil {
		return unknown
	}
	return *e
}

func energy(p *sim.Prediction) (cpuAndGPU struct{ CPU, GPU sim.Estimate }) {
	cpuAndGPU.CPU, cpuAndGPU.GPU = unknown, unknown
	if p.EnergyJ != nil {
		cpuAndGPU.CPU, cpuAndGPU.GPU = p.EnergyJ.CPU, p.EnergyJ.GPU
	}
	return cpuAndGPU
}

// perHour is what all servers cost an hour, in the currency of the machine's file.
func perHour(p *sim.Prediction) sim.Estimate {
	if p.Price == nil {
		return unknown
	}
	return sim.Estimate{Value: p.Price.PerHour, Low: p.Price.PerHour, High: p.Price.PerHour}
}

// numbers are the metrics of a prediction with seven digits, which is more than is known of any.
func numbers(p *sim.Prediction) []sim.Estimate {
	out := make([]sim.Estimate, len(metrics))
	for i, m := range metrics {
		e := m.of(p)
		out[i] = sim.Estimate{Value: rounded(e.Value), Low: rounded(e.Low), High: rounded(e.High)}
	}
	return out
}

func rounded(x float64) float64 {
	out, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 7, 64), 64)
	if err != nil {
		return math.NaN()
	}
	return out
}
