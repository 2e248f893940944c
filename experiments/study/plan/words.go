package plan

import (
	"fmt"
	"vsim/experiments/study"
	"vsim/sim/report"
)

// money writes a price.
func (s *search) money(x float64) string { return report.Money(x, s.currency) }

// show writes a value of the objective's metric.
func (o *SLO) show(x float64) string {
	switch {
	case o.latency():
		return report.Span(x)
	case o.Metric == Throughput:
		return report.Digits(x) + "/s"
	case o.Metric == ErrorRate:
		return report.Digits(100*x) + " %"
	}
	return report.Digits(x) + " J"
}

// load writes a rate, with its cameras where there are some.
func load(rps float64, cameras int) string {
	if cameras > 0 {
		return fmt.Sprintf("%d camera%s (%s frames/s)", cameras, study.Plural(cameras), report.Digits(rps))
	}
	return report.Digits(rps) + " requests/s"
}
