// Package metrics tells a monitor what a served model does: Prometheus's text with the names and labels that NVIDIA's Triton
// has, and beside its sums histograms, which may be added up over servers.
package metrics

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"vsim/experiments/oip/wire"
	"vsim/experiments/serve/front"
)

// Reason is why a request had no answer, in Triton's words.
type Reason string

// The reasons: the queue was full or its timeout over, the client hung up, the model failed, anything else (an image that
// cannot be decoded).
const (
	Rejected Reason = "REJECTED"
	Canceled Reason = "CANCELED"
	Backend  Reason = "BACKEND"
	Other    Reason = "OTHER"
)

// Reasons are all.
var Reasons = []Reason{Backend, Canceled, Other, Rejected}

// Source has what else is told of a model.
type Source struct {
	Name, Version string
	Statistics    func() *wire.ModelStatistics
	Pending       func() int // requests that no instance has taken yet
}

// Model counts what a model does. Its memory does not grow. Its methods may be called from any number of goroutines at once.
type Model struct {
	registry *prometheus.Registry
	failures *prometheus.CounterVec
	request  prometheus.Histogram
	queue    prometheus.Histogram
	input    prometheus.Histogram
	infer    prometheus.Histogram
	output   prometheus.Histogram
}

// New makes the metrics of a model.
func New(s Source) *Model {
	m := &Model{registry: prometheus.NewRegistry()}
	labels := prometheus.Labels{"model": s.Name, "version": s.Version}
	with := prometheus.WrapRegistererWith(labels, m.registry)
	m.failures = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "nv_inference_request_failure",
		Help: "Number of failed inference requests, all batch sizes"}, []string{"reason"})
	for _, r := range Reasons {
		m.failures.WithLabelValues(string(r))
	}
	with.MustRegister(m.failures, sums(s))
	for _, h := range []struct {
		to   *prometheus.Histogram
		part string
		help string
	}{
		{&m.request, "request", "Time of a successful inference request in the server"},
		{&m.queue, "queue", "Time of a successful inference request in the queue"},
		{&m.input, "compute_input", "Time that making the input of a successful inference request took, with decoding and resizing"},
		{&m.infer, "compute_infer", "Time that running the batch of a successful inference request took"},
		{&m.output, "compute_output", "Time that handing out the results of the batch of a successful inference request took"},
	} {
		*h.to = histogram("nv_inference_"+h.part+"_duration_seconds", h.help+", in seconds")
		with.MustRegister(*h.to)
	}
	return m
}

// histogram has fixed buckets from 0.1 ms to 52 s, each twice as long as the one before, so that servers' add up; and, for a
// Prometheus that asks for it, a native histogram of a resolution of 10 %.
func histogram(name, help string) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: prometheus.ExponentialBuckets(1e-4, 2, 20),
		NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 160, NativeHistogramMinResetDuration: time.Hour})
}

// Served counts a request that was answered: its time in the server, its time in the queue, and what making its input, running
// its batch and handing out its results took.
func (m *Model) Served(total, queue time.Duration, e front.Execution) {
	m.request.Observe(total.Seconds())
	m.queue.Observe(queue.Seconds())
	m.input.Observe(e.Input.Seconds())
	m.infer.Observe(e.Infer.Seconds())
	m.output.Observe(e.Output.Seconds())
}

// Failed counts a request that had no answer.
func (m *Model) Failed(why Reason) { m.failures.WithLabelValues(string(why)).Inc() }

// Handler answers whoever asks for the metrics.
func (m *Model) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
