package valid

import (
	"fmt"
	"math"
	"time"

	"vsim/experiments/load/record"
)

// What must hold.
const (
	lateS       = 1e-3 // a request is late that is sent later than this, or than latePart of the mean latency, whichever is longer
	latePart    = 0.05
	mostLate    = 0.01 // of the requests
	mostLittle  = 0.05 // between the number in flight and throughput x latency
	leastBusy   = 0.95 // of the clients that do not think are in flight
	mostClient  = 0.80 // of the processors, or of the sender's thread
	confident99 = 0.99 // the percentile that must be claimed
)

// Check is one thing that must hold before a load is reported as valid.
type Check struct {
	Name   string  `json:"name"`
	Holds  bool    `json:"holds"`
	Value  float64 `json:"value"` // what was found
	Limit  float64 `json:"limit"` // of the value
	Found  string  `json:"found"` // in words
	Remedy string  `json:"remedy,omitempty"`
}

// Judge holds a load against all that must hold of it. What cannot be known is not among the checks.
func Judge(r *record.Run, f *Figures) (checks []Check) {
	for _, check := range []func(*record.Run, *Figures) (Check, bool){whole, answered, late, little, busy, steady, enoughFor99, client, sender} {
		if c, ok := check(r, f); ok {
			if c.Holds {
				c.Remedy = ""
			}
			checks = append(checks, c)
		}
	}
	return checks
}

// Valid says that all checks hold.
func Valid(checks []Check) bool {
	for _, c := range checks {
		if !c.Holds {
			return false
		}
	}
	return true
}

func whole(r *record.Run, f *Figures) (Check, bool) {
	c := Check{Name: "complete", Holds: r.Whole(), Value: f.SpanS, Limit: 1e-9 * float64(r.MeasureNs), Found: fmt.Sprintf("measured for %.3g s", f.SpanS),
		Remedy: "let it run to its end"}
	if r.Finite {
		c.Limit = f.SpanS
	}
	if !r.Whole() {
		c.Found += fmt.Sprintf(" of %.3g s: it was stopped", c.Limit)
	}
	return c, true
}

func answered(r *record.Run, f *Figures) (Check, bool) {
	unanswered := 0
	if r.End != nil {
		unanswered = r.End.Unanswered
	}
	c := Check{Name: "failures", Value: float64(f.Failed + unanswered), Holds: f.Failed+unanswered == 0 && f.Requests > 0,
		Found: fmt.Sprintf("%d served, %d failed, %d unanswered", f.Requests, f.Failed, unanswered), Remedy: "look at what the server says, or lower the load"}
	if r.End != nil && r.End.FirstFailure != "" {
		c.Found += ": " + r.End.FirstFailure
	}
	return c, true
}

func late(_ *record.Run, f *Figures) (Check, bool) {
	limit := max(lateS, latePart*f.FromSchedule.MeanS)
	n := 0
	for i := range f.served {
		if q := &f.served[i]; 1e-9*float64(q.SentNs-q.DueNs) > limit {
			n++
		}
	}
	share := float64(n) / float64(max(f.Requests, 1))
	return Check{Name: "late sends", Value: share, Limit: mostLate, Holds: share <= mostLate,
		Found:  fmt.Sprintf("%.2g %% of the requests were sent more than %.3g ms late", 100*share, 1e3*limit),
		Remedy: "run the generator on a quieter machine or share the load between several (vsim load merge)"}, f.Requests > 0
}

// little is Little's law, of all that was answered within the window, from the send: the number in flight was counted apart.
func little(_ *record.Run, f *Figures) (Check, bool) {
	if !f.gaugeTold || len(f.answers) == 0 || f.SpanS <= 0 {
		return Check{}, false
	}
	sum := 0.0
	for i := range f.answers {
		sum += 1e-9 * float64(f.answers[i].CameNs-f.answers[i].SentNs)
	}
	inside := sum / f.SpanS
	difference := math.Abs(inside-f.InFlight) / max(inside, f.InFlight, 1e-9)
	return Check{Name: "Little's law", Value: difference, Limit: mostLittle, Holds: difference <= mostLittle,
		Found:  fmt.Sprintf("throughput x latency is %.3g, in flight were %.3g", inside, f.InFlight),
		Remedy: "measure for longer, many times the latency; if that does not help, requests are lost or the queue grows: lower the load"}, true
}

// busy says that clients which do not think always have a request in flight.
func busy(r *record.Run, f *Figures) (Check, bool) {
	part := f.InFlight / float64(max(r.Clients, 1))
	return Check{Name: "clients busy", Value: part, Limit: leastBusy, Holds: part >= leastBusy,
		Found:  fmt.Sprintf("%.3g of %d clients had a request in flight", f.InFlight, r.Clients),
		Remedy: "the generator is slow: fewer clients, a quieter machine, or several generators (vsim load merge)"}, r.Clients > 0 && !r.Thinks && f.gaugeTold && f.Failed+len(f.Dropped) == 0
}

func steady(r *record.Run, f *Figures) (Check, bool) {
	if !r.Stationary || r.Finite || f.Requests == 0 {
		return Check{}, false
	}
	three := f.thirds()
	c := Check{Name: "three windows", Limit: steadyWithin, Holds: true}
	for _, figure := range []struct {
		name string
		of   func(third) interval
	}{{"throughput", func(t third) interval { return t.throughput }}, {"mean latency", func(t third) interval { return t.mean }},
		{"p99", func(t third) interval { return t.p99 }}} {
		part, unsteady := apart([3]interval{figure.of(three[0]), figure.of(three[1]), figure.of(three[2])})
		c.Holds = c.Holds && !unsteady
		if part > c.Value || c.Found == "" {
			c.Value = max(part, c.Value)
		}
		if c.Found != "" {
			c.Found += ", "
		}
		c.Found += fmt.Sprintf("%s within %.2g %%", figure.name, 100*part)
		if unsteady {
			c.Found += " and not by chance"
		}
	}
	c.Remedy = "a longer --warm-up and --measure; if latencies grow from third to third the server does not keep up: lower the load"
	return c, true
}

// enoughFor99 is the early-stopping rule.
func enoughFor99(_ *record.Run, f *Figures) (Check, bool) {
	need := Needed(confident99)
	c := Check{Name: "early stopping", Value: float64(f.Requests), Limit: float64(need), Holds: f.Requests >= need,
		Found: fmt.Sprintf("%d requests; p99 needs %d", f.Requests, need)}
	if c.Holds {
		c.Found = fmt.Sprintf("p99 is at most %.4g ms with %g %% confidence", 1e3*f.P99BoundS, 100*Confidence)
		return c, true
	}
	c.Remedy = "measure for longer"
	if f.ThroughputRPS > 0 {
		longer := time.Duration(1.05*float64(need)/f.ThroughputRPS*1e9).Round(time.Second) + time.Second
		c.Remedy = fmt.Sprintf("--measure %v", longer)
	}
	return c, true
}

func client(r *record.Run, f *Figures) (Check, bool) {
	if r.End == nil || r.End.Client.SpanS <= 0 || r.End.Client.CPUS <= 0 {
		return Check{}, false
	}
	part := r.End.Client.Busy()
	return Check{Name: "client's CPU", Value: part, Limit: mostClient, Holds: part <= mostClient,
		Found:  fmt.Sprintf("the generator kept %.2g of %d cores busy", part*float64(r.End.Client.Cores), r.End.Client.Cores),
		Remedy: "it is its own bottleneck: share the load between several machines (vsim load merge)"}, true
}

func sender(r *record.Run, f *Figures) (Check, bool) {
	if r.End == nil || r.End.Client.SenderS <= 0 || r.End.Client.SpanS <= 0 {
		return Check{}, false
	}
	part := r.End.Client.SenderS / r.End.Client.SpanS
	return Check{Name: "sender's thread", Value: part, Limit: mostClient, Holds: part <= mostClient,
		Found:  fmt.Sprintf("the thread that sends was busy for %.2g %% of the time", 100*part),
		Remedy: "share the load between several generators (vsim load merge)"}, true
}
