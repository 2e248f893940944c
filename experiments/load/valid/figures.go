// Package valid works out what a load showed, and whether it may be reported: whether the load was put as it was meant to be, was
// measured for long enough, and was steady.
package valid

import (
	"slices"

	"gonum.org/v1/gonum/stat"

	"vsim/experiments/load/record"
)

// Figures are what a load showed within its window. A closed loop is measured by the answers that come within it, an open loop by
// the requests that were due within it. Latencies are of requests that were served, seconds.
type Figures struct {
	SpanS         float64                `json:"span_s"`
	Requests      int                    `json:"requests"`       // served
	ThroughputRPS float64                `json:"throughput_rps"` // answers within the window, of requests that were served
	ImagesPerS    float64                `json:"images_per_s"`
	Failed        int                    `json:"failed"`
	Dropped       map[record.Outcome]int `json:"dropped,omitempty"` // turned away by the server, by reason
	FromSchedule  Latency                `json:"latency"`           // from when a request was due
	FromSend      Latency                `json:"latency_from_send"` // from when it was sent
	LateS         float64                `json:"late_mean_s"`       // mean time between due and sent
	InFlight      float64                `json:"in_flight"`         // by the gauge; 0 where it tells nothing
	P99BoundS     float64                `json:"p99_bound_s"`       // p99 is no longer, with Confidence, by the early-stopping rule; 0: too few requests

	from, to  int64            // the window, ns
	open      bool             // by due times
	served    []record.Request // that count, in the order of the time that counts
	answers   []record.Request // that came within the window, whatever became of them, by the time they came
	gaugeTold bool
}

// Latency is a distribution of latencies, seconds.
type Latency struct {
	MeanS float64 `json:"mean_s"`
	P50S  float64 `json:"p50_s"`
	P90S  float64 `json:"p90_s"`
	P95S  float64 `json:"p95_s"`
	P99S  float64 `json:"p99_s"`
	P999S float64 `json:"p999_s"`
	MaxS  float64 `json:"max_s"`

	sorted []float64
}

// Sorted are the latencies themselves, ascending.
func (l *Latency) Sorted() []float64 { return l.sorted }

func latencyOf(seconds []float64) Latency {
	if len(seconds) == 0 {
		return Latency{}
	}
	slices.Sort(seconds)
	q := func(p float64) float64 { return stat.Quantile(p, stat.Empirical, seconds, nil) }
	return Latency{MeanS: stat.Mean(seconds, nil), P50S: q(0.5), P90S: q(0.9), P95S: q(0.95), P99S: q(0.99), P999S: q(0.999),
		MaxS: seconds[len(seconds)-1], sorted: seconds}
}

// Of works out what a load showed.
func Of(r *record.Run) Figures {
	f := Figures{open: r.Clients == 0}
	f.from, f.to = r.Window()
	f.SpanS = float64(f.to-f.from) * 1e-9
	f.sift(r)
	due, sent, late := make([]float64, 0, len(f.served)), make([]float64, 0, len(f.served)), make([]float64, 0, len(f.served))
	for i := range f.served {
		q := &f.served[i]
		due, sent = append(due, 1e-9*float64(q.CameNs-q.DueNs)), append(sent, 1e-9*float64(q.CameNs-q.SentNs))
		late = append(late, 1e-9*float64(q.SentNs-q.DueNs))
	}
	f.FromSchedule, f.FromSend = latencyOf(due), latencyOf(sent)
	if f.Requests = len(late); f.Requests > 0 {
		f.LateS = stat.Mean(late, nil)
	}
	f.ImagesPerS = f.ThroughputRPS * float64(max(r.Batch, 1))
	f.InFlight, f.gaugeTold = r.InFlight()
	f.P99BoundS = Bound(f.FromSchedule.sorted, 0.99)
	return f
}

// sift takes what counts out of a run.
func (f *Figures) sift(r *record.Run) {
	completed := 0
	for _, q := range r.Requests {
		if f.within(q.CameNs) {
			f.answers = append(f.answers, q)
			if q.Outcome == "" {
				completed++
			}
		}
		switch {
		case !f.within(f.time(&q)):
		case q.Outcome == "":
			f.served = append(f.served, q)
		case q.Outcome == record.Failed:
			f.Failed++
		default:
			if f.Dropped == nil {
				f.Dropped = map[record.Outcome]int{}
			}
			f.Dropped[q.Outcome]++
		}
	}
	slices.SortFunc(f.served, func(a, b record.Request) int { return int(f.time(&a) - f.time(&b)) })
	slices.SortFunc(f.answers, func(a, b record.Request) int { return int(a.CameNs - b.CameNs) })
	if f.SpanS > 0 {
		f.ThroughputRPS = float64(completed) / f.SpanS
	}
}

// time is the one by which a request counts.
func (f *Figures) time(q *record.Request) int64 {
	if f.open {
		return q.DueNs
	}
	return q.CameNs
}

// within says that a time lies in the window; the last answer of traffic that ends is its end.
func (f *Figures) within(ns int64) bool { return ns >= f.from && ns <= f.to }

// DroppedShare is the part of the requests that count which the server turned away.
func (f *Figures) DroppedShare() float64 {
	dropped := 0
	for _, n := range f.Dropped {
		dropped += n
	}
	return float64(dropped) / float64(max(f.Requests+f.Failed+dropped, 1))
}
