package check

import (
	"fmt"
	"math"
	"slices"

	"vsim/experiments/validate"
	"vsim/sim/engine/stats"
)

// What should hold.
const (
	throughputMedian = 0.04
	throughputWorst  = 0.12
	p50Median        = 0.06
	p99Error         = 0.15
	p99OverNoise     = 1.5
	splitMedian      = 0.10
)

// goals say how far rows are from what should hold. The throughput of a server that keeps up with what it is offered is no prediction.
func goals(rows []Row, offered map[string]bool) (out []validate.Goal) {
	of := func(metric string) (errors []float64) {
		for _, r := range rows {
			if r.Metric == metric && !(metric == validate.Throughput && offered[r.Case]) {
				errors = append(errors, math.Abs(r.Error))
			}
		}
		return errors
	}
	add := func(what string, values []float64, found func([]float64) float64, high float64, ratio bool) {
		if len(values) > 0 {
			out = append(out, validate.Goal{What: what, Found: found(values), High: high, N: len(values), Ratio: ratio})
		}
	}
	add("throughput, error, median", of(validate.Throughput), stats.Median, throughputMedian, false)
	add("throughput, error, worst", of(validate.Throughput), slices.Max, throughputWorst, false)
	add("p50, error, median", of(validate.LatencyP50), stats.Median, p50Median, false)
	add(fmt.Sprintf("p99, error over %.0f %% or %.1f noise floors, median", 100*p99Error, p99OverNoise), tails(rows), stats.Median, 1, true)
	add("queue, error, median", of(validate.StagePrefix+queuePart), stats.Median, splitMedian, false)
	add("compute, error, median", of(validate.StagePrefix+computePart), stats.Median, splitMedian, false)
	return out
}

// tails are the errors of the 99th percentile, each over what is allowed of it.
func tails(rows []Row) (out []float64) {
	for _, r := range rows {
		if r.Metric == validate.LatencyP99 {
			out = append(out, math.Abs(r.Error)/max(p99Error, p99OverNoise*r.NoiseFloor))
		}
	}
	return out
}
