package load

import (
	"maps"
	"slices"
	"sync"
	"time"

	"gonum.org/v1/gonum/stat"
)

// Result is what a load showed between the end of its warm-up and its end.
type Result struct {
	ThroughputRPS float64
	LatencyS      []float64 // of every request that was served, from when it was due, sorted, seconds
	FromSendS     []float64 // the same from when it was sent
	LateS         []float64 // time between due and sent of the same requests, sorted, seconds
	Stages        []Stage
	Served        []Served // the requests that Stages are the means of
	Completed     int
	Failed        int
	FirstFailure  string         // what the first failed request said
	Dropped       map[string]int // requests that the server turned away, by reason
	Unanswered    int            // sent but not answered in time
	Span          time.Duration
	Energy        Energy // of the machine during Span

	// SenderS is the processor time of the thread that sends, while an open loop sent within Span, seconds; 0 in a closed loop.
	SenderS float64
}

// Stage is the mean time that a request spent in one part of the server, in seconds.
type Stage struct {
	Name  string
	MeanS float64
}

// Served is what a request went through.
type Served struct {
	Class   int     // index into Config.Classes
	Batch   int     // requests in its batch
	SpansNs []int64 // in the parts of Result.Stages, nanoseconds
}

// Quantile returns the empirical quantile of the latencies in seconds; p within 0..1.
func (r *Result) Quantile(p float64) float64 {
	return stat.Quantile(p, stat.Empirical, r.LatencyS, nil)
}

// Mean returns the mean latency in seconds.
func (r *Result) Mean() float64 { return stat.Mean(r.LatencyS, nil) }

// DroppedShare is the part of the answered requests that the server turned away.
func (r *Result) DroppedShare() float64 {
	dropped := 0
	for _, n := range r.Dropped {
		dropped += n
	}
	return float64(dropped) / float64(max(r.Completed+r.Failed+dropped, 1))
}

// collector keeps what falls into the measured window: in a closed loop the answers that come within
// it, in an open loop the requests that were due within it.
type collector struct {
	from, to time.Time
	open     bool
	observe  func(Seen)

	mu      sync.Mutex
	latency []float64
	send    []float64 // latencies from when requests were sent
	late    []float64
	parts   []Span   // their names
	served  []Served // those that count
	answers int      // that came within the window
	failed  int
	first   string
	dropped map[string]int
	begun   time.Time // when the first answered request was due
	last    time.Time // when the last answer came
}

// got notes an answer.
func (c *collector) got(s Seen) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.observe != nil {
		c.observe(s)
	}
	if s.Came.After(c.last) {
		c.last = s.Came
	}
	if c.begun.IsZero() || s.Due.Before(c.begun) {
		c.begun = s.Due
	}
	answered := !s.Came.Before(c.from) && s.Came.Before(c.to)
	mine := answered
	if c.open {
		mine = !s.Due.Before(c.from)
	}
	switch {
	case s.Dropped != "":
		c.drop(s.Dropped, mine)
	case s.Err != nil:
		c.fail(s.Err, mine)
	default:
		if answered {
			c.answers++
		}
		if mine {
			c.serve(s)
		}
	}
}

// serve notes a request that counts.
func (c *collector) serve(s Seen) {
	c.latency = append(c.latency, s.Came.Sub(s.Due).Seconds())
	c.send = append(c.send, s.Came.Sub(s.Sent).Seconds())
	c.late = append(c.late, s.Sent.Sub(s.Due).Seconds())
	c.add(s.Class, s.Reply)
}

func (c *collector) drop(reason string, mine bool) {
	if !mine {
		return
	}
	if c.dropped == nil {
		c.dropped = map[string]int{}
	}
	c.dropped[reason]++
}

func (c *collector) fail(err error, mine bool) {
	if mine {
		c.failed++
	}
	if c.first == "" {
		c.first = err.Error()
	}
}

func (c *collector) add(class int, a Reply) {
	if c.parts == nil {
		c.parts = a.Spans
	}
	served := Served{Class: class, Batch: a.Batch, SpansNs: make([]int64, len(a.Spans))}
	for i, s := range a.Spans {
		served.SpansNs[i] = s.Ns
	}
	c.served = append(c.served, served)
}

// result sums up. The window of traffic that ends goes from its first request to the last answer.
func (c *collector) result(finite bool) *Result {
	c.mu.Lock()
	defer c.mu.Unlock()
	span := c.to.Sub(c.from)
	if finite {
		span = max(c.last.Sub(c.begun), 1)
	}
	for _, times := range [][]float64{c.latency, c.send, c.late} {
		slices.Sort(times)
	}
	r := &Result{
		ThroughputRPS: float64(c.answers) / span.Seconds(), Completed: len(c.latency),
		LatencyS: c.latency, FromSendS: c.send, LateS: c.late,
		Failed: c.failed, FirstFailure: c.first, Dropped: maps.Clone(c.dropped), Span: span,
	}
	r.Served = c.served
	for i, part := range c.parts {
		sum := 0.0
		for _, s := range c.served {
			sum += float64(s.SpansNs[i])
		}
		r.Stages = append(r.Stages, Stage{part.Name, sum * 1e-9 / float64(r.Completed)})
	}
	return r
}
