package report

import (
	"fmt"
	"math"

	"vsim/sim/predict"
	"vsim/sim/report/page"
)

// answer says in a sentence or two what the system does and what limits it.
func answer(p *predict.Prediction) string {
	limit := "nothing is busy"
	if p.BottleneckCause != nil {
		limit = fmt.Sprintf("what limits it is %s (%s)", p.Bottleneck, how(p, p.BottleneckCause, listed(p)))
	}
	if p.Verdict == predict.Overloaded {
		return overloadedAnswer(p, limit)
	}
	out := fmt.Sprintf("It serves %s (%s), with a p99 latency of %s (%s); %s.", rate(p.ThroughputRPS.Value), rates(p.ThroughputRPS),
		span(p.LatencyS.P99.Value), spans(p.LatencyS.P99), limit)
	if p.MostlyWaits() {
		out += " Requests wait for most of their time."
	} else if p.Verdict == predict.Backlogged {
		out += " Whether it keeps up is not known: it was simulated for too short a time."
	}
	if p.Dropped.Share.Value > 0 {
		out += fmt.Sprintf(" It drops %s of what arrives.", percent(p.Dropped.Share.Value))
	}
	return out
}

func overloadedAnswer(p *predict.Prediction, limit string) string {
	out := fmt.Sprintf("It is overloaded: of the %s that arrive it serves %s (%s)", rate(p.OfferedRPS.Value), rate(p.ThroughputRPS.Value), rates(p.ThroughputRPS))
	if math.IsNaN(p.ThroughputRPS.Value) {
		out = "It is overloaded: more arrives than can be served"
	}
	if e := p.QueueGrowthRPS; e != nil && !math.IsNaN(e.Value) {
		out += fmt.Sprintf(", and the queue grows by %s without end", rate(e.Value))
	}
	return out + ", so that there is no latency to give; " + limit + "."
}

// facts are the numbers that matter most.
func facts(p *predict.Prediction) (out []page.Fact) {
	out = append(out, page.Fact{Name: "throughput", Value: rate(p.ThroughputRPS.Value), Range: rates(p.ThroughputRPS)})
	if p.Verdict == predict.Overloaded {
		out = append(out, page.Fact{Name: "offered", Value: rate(p.OfferedRPS.Value)})
		if e := p.QueueGrowthRPS; e != nil {
			out = append(out, page.Fact{Name: "queue growth", Value: rate(e.Value), Range: rates(*e)})
		}
	} else {
		for _, q := range []struct {
			name string
			e    predict.Estimate
		}{{"p50 latency", p.LatencyS.P50}, {"p99 latency", p.LatencyS.P99}} {
			out = append(out, page.Fact{Name: q.name, Value: span(q.e.Value), Range: spans(q.e)})
		}
	}
	if p.Bottleneck != "" {
		out = append(out, page.Fact{Name: "bottleneck", Value: p.Bottleneck, Range: how(p, p.BottleneckCause, listed(p))})
	}
	return out
}

// spans writes the interval of a span of seconds in the unit that suits it.
func spans(e predict.Estimate) string {
	if math.IsNaN(e.Value) {
		return ""
	}
	u := unitFor(e.Value)
	return digits(e.Low/u.seconds) + " to " + digits(e.High/u.seconds) + " " + u.name
}

// rates writes the interval of a rate.
func rates(e predict.Estimate) string {
	if math.IsNaN(e.Value) {
		return ""
	}
	return digits(e.Low) + " to " + rate(e.High)
}

// parts writes the interval of a part of 1.
func parts(e predict.Estimate) string {
	if math.IsNaN(e.Value) {
		return ""
	}
	return fmt.Sprintf("%.1f to %.1f %%", 100*e.Low, 100*e.High)
}
