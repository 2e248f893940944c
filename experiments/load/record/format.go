// Package record keeps what a load generator sees, request by request, in a file that can be read whatever ends the generator.
//
// The file has a line of JSON for each thing that happened. A load begins with {"load": Header}, then come its answered requests
// (Request), twice a second how many were in flight (Gauge), and last {"end": End}. Times are nanoseconds since the load began;
// when that was on the clock of the day, the header says. A file has several loads one after the other.
package record

import (
	"cmp"
	"math"
	"time"
)

// File is the name of the file in its folder.
const File = "records.jsonl"

// version is that of the format.
const version = 1

// Header says what was put on which server.
type Header struct {
	Version   int    `json:"version"`
	Server    string `json:"server"` // what it says that it is
	Address   string `json:"address"`
	Model     string `json:"model"`
	Input     string `json:"input"`     // what was sent, in words
	Generator string `json:"generator"` // who sent it: host and process

	Load       string  `json:"load"`               // in words: "4 clients"
	Clients    int     `json:"clients,omitempty"`  // of a closed loop
	Thinks     bool    `json:"thinks,omitempty"`   // they think between an answer and their next request
	RateRPS    float64 `json:"rate_rps,omitempty"` // mean of an open loop, 0 where it is not known
	Stationary bool    `json:"stationary"`         // the traffic is meant to be the same all along
	Finite     bool    `json:"finite,omitempty"`   // it ends by itself, and is measured whole
	Batch      int     `json:"batch"`              // images of a request
	Seed       uint64  `json:"seed"`

	BeganNs   int64 `json:"began_unix_ns"`
	WarmUpNs  int64 `json:"warm_up_ns"`
	MeasureNs int64 `json:"measure_ns"`
}

// Began is when the load began.
func (h *Header) Began() time.Time { return time.Unix(0, h.BeganNs) }

// Outcome is what became of a request: "" where it was served.
type Outcome string

// Outcomes of requests that were answered but not served.
const (
	Rejected Outcome = "rejected" // the server's queue was full
	Expired  Outcome = "expired"  // it had waited too long in the server's queue
	Failed   Outcome = "failed"
)

// Request is an answered request: when it was due, when it was sent, and when the answer came, nanoseconds since the load began.
type Request struct {
	DueNs   int64   `json:"due_ns"`
	SentNs  int64   `json:"sent_ns"`
	CameNs  int64   `json:"came_ns"`
	Class   int     `json:"class,omitempty"`
	Outcome Outcome `json:"outcome,omitempty"`
}

// Gauge is how many requests were in flight, averaged over time: a count of its own, which goes up as one is sent and down as
// it is answered, whatever is noted of the request.
type Gauge struct {
	InFlight float64 `json:"in_flight"`
	FromNs   int64   `json:"from_ns"`
	ToNs     int64   `json:"to_ns"`
}

// End is what is known of a load once it is over.
type End struct {
	Unanswered   int    `json:"unanswered"`
	FirstFailure string `json:"first_failure,omitempty"`
	Interrupted  bool   `json:"interrupted,omitempty"`
	Client       Client `json:"client"`
	Server       *Split `json:"server,omitempty"`      // nil where the server does not tell
	ServerNote   string `json:"server_note,omitempty"` // why it does not
}

// Client is the processor time that the generator took within the window, seconds. CPUS is 0 where it is not known.
type Client struct {
	CPUS    float64 `json:"cpu_s"`
	SenderS float64 `json:"sender_cpu_s"` // of the thread that sends an open loop
	SpanS   float64 `json:"span_s"`       // of the window
	Cores   int     `json:"cores"`        // that the generator may use
}

// Split is what the server says of the requests within the window: how many, and the mean time of one, seconds.
type Split struct {
	Requests   uint64  `json:"requests"`   // that it served
	Failures   uint64  `json:"failures"`   // requests that it refused or could not serve
	Executions uint64  `json:"executions"` // batches
	Images     uint64  `json:"images"`
	QueueS     float64 `json:"queue_s"`
	InputS     float64 `json:"compute_input_s"`
	InferS     float64 `json:"compute_infer_s"`
	OutputS    float64 `json:"compute_output_s"`
}

// ComputeS is the time that a request's batch holds an instance.
func (s *Split) ComputeS() float64 { return s.InputS + s.InferS + s.OutputS }

// Run is a load as it is in a file, or of several generators that ran at the same time.
type Run struct {
	Header
	Requests   []Request
	Gauges     []Gauge
	End        *End // nil where the generator did not come to it
	Torn       bool // the file ends within a line, which is left out
	Generators int  // whose requests these are
}

// Window is the time that counts, nanoseconds since the load began: what was to be measured, as far as it was, and all of traffic
// that ends.
func (r *Run) Window() (fromNs, toNs int64) {
	if r.Finite {
		return r.extent()
	}
	fromNs, toNs = r.WarmUpNs, r.WarmUpNs+r.MeasureNs
	if r.Whole() {
		return fromNs, toNs
	}
	return fromNs, max(min(toNs, r.lastNs()), fromNs)
}

// Whole says that the load came to its end.
func (r *Run) Whole() bool { return r.End != nil && !r.End.Interrupted }

// extent goes from the first request to the last answer.
func (r *Run) extent() (fromNs, toNs int64) {
	if len(r.Requests) == 0 {
		return 0, 0
	}
	fromNs = math.MaxInt64
	for i := range r.Requests {
		fromNs, toNs = min(fromNs, r.Requests[i].DueNs), max(toNs, r.Requests[i].CameNs)
	}
	return fromNs, toNs
}

// lastNs is the last time of which the file tells.
func (r *Run) lastNs() (ns int64) {
	for _, g := range r.Gauges {
		ns = max(ns, g.ToNs)
	}
	if ns == 0 {
		_, ns = r.extent()
	}
	return ns
}

// InFlight is the mean number of requests in flight within the window, by the gauge; ok is false where that tells nothing of it.
func (r *Run) InFlight() (mean float64, ok bool) {
	from, to := r.Window()
	area, known := 0.0, int64(0)
	for _, g := range r.Gauges {
		if within := min(to, g.ToNs) - max(from, g.FromNs); within > 0 {
			area += g.InFlight * float64(within)
			known += within
		}
	}
	span := (to - from) * int64(cmp.Or(r.Generators, 1))
	return area / float64(max(to-from, 1)), known > 0 && float64(known) > 0.99*float64(span)
}
