package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"vsim/experiments/oip/wire"
)

// sum is a number that Triton tells of a model's statistics.
type sum struct {
	name, help string
	value      func(*wire.ModelStatistics) float64
}

var sumsOf = []sum{
	{"nv_inference_request_success", "Number of successful inference requests, all batch sizes", func(s *wire.ModelStatistics) float64 {
		return float64(s.InferenceStats.Success.Count)
	}},
	{"nv_inference_count", "Number of inferences performed (does not include cached requests)", func(s *wire.ModelStatistics) float64 {
		return float64(s.InferenceCount)
	}},
	{"nv_inference_exec_count", "Number of model executions performed (does not include cached requests)", func(s *wire.ModelStatistics) float64 {
		return float64(s.ExecutionCount)
	}},
	{"nv_inference_request_duration_us", "Cumulative inference request duration in microseconds (includes cached requests)", func(s *wire.ModelStatistics) float64 {
		return us(s.InferenceStats.Success)
	}},
	{"nv_inference_queue_duration_us", "Cumulative inference queuing duration in microseconds (includes cached requests)", func(s *wire.ModelStatistics) float64 {
		return us(s.InferenceStats.Queue)
	}},
	{"nv_inference_compute_input_duration_us", "Cumulative compute input duration in microseconds (does not include cached requests)", func(s *wire.ModelStatistics) float64 {
		return us(s.InferenceStats.ComputeInput)
	}},
	{"nv_inference_compute_infer_duration_us", "Cumulative compute inference duration in microseconds (does not include cached requests)", func(s *wire.ModelStatistics) float64 {
		return us(s.InferenceStats.ComputeInfer)
	}},
	{"nv_inference_compute_output_duration_us", "Cumulative inference compute output duration in microseconds (does not include cached requests)", func(s *wire.ModelStatistics) float64 {
		return us(s.InferenceStats.ComputeOutput)
	}},
}

// us are whole microseconds, as Triton tells them.
func us(d *wire.StatisticDuration) float64 { return float64(d.Ns / 1000) }

// collector reads a model's statistics when it is asked.
type collector struct {
	source  Source
	sums    []*prometheus.Desc // of sumsOf
	pending *prometheus.Desc
}

func sums(s Source) prometheus.Collector {
	c := &collector{source: s, pending: prometheus.NewDesc("nv_inference_pending_request_count",
		"Instantaneous number of pending requests awaiting execution per-model.", nil, nil)}
	for _, one := range sumsOf {
		c.sums = append(c.sums, prometheus.NewDesc(one.name, one.help, nil, nil))
	}
	return c
}

func (c *collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range c.sums {
		to <- d
	}
	to <- c.pending
}

func (c *collector) Collect(to chan<- prometheus.Metric) {
	s := c.source.Statistics()
	for k, one := range sumsOf {
		to <- prometheus.MustNewConstMetric(c.sums[k], prometheus.CounterValue, one.value(s))
	}
	to <- prometheus.MustNewConstMetric(c.pending, prometheus.GaugeValue, float64(c.source.Pending()))
}
