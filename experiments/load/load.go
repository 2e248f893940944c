// Package load puts a load on a server and measures what comes back: requests by any arrival process of the
// simulator, or a closed loop of clients, against any Target.
package load

import (
	"context"
	"fmt"
	"time"

	"vsim/sim/engine"
)

// Request is one image for a target.
type Request struct {
	Class    int // index into Config.Classes
	Image    []byte
	Priority int // 1 is the highest; 0 means the lowest
}

// Reply is what a target answers.
type Reply struct {
	Err     error
	Dropped string // "rejected", "expired": the reason for which the server turned the request away; "" when it did not
	Spans   []Span // the times of its parts, the same parts in the same order in every reply; nil where they are not known
	Batch   int    // requests in its batch, itself included; 0 where it is not known

	Sent time.Time // when the target had got to sending it; zero where that was when Send was called
}

// Seen is an answered request: when it should have been sent, when it was, and when its answer came.
type Seen struct {
	Due, Sent, Came time.Time
	Class           int // index into Config.Classes
	Reply
}

// served says that the request was answered as it should be.
func (a *Reply) served() bool { return a.Err == nil && a.Dropped == "" }

// Span is the time that a request spent in one part of the server, in nanoseconds.
type Span struct {
	Name string
	Ns   int64
}

// Target is what a load is put on.
type Target interface {
	// Send sends a request and returns without waiting for the answer. reply is called once, on any goroutine,
	// and does not block for long.
	Send(ctx context.Context, r Request, reply func(Reply))
}

// Class is one kind of request: the images that it is drawn from, each as likely as the others, and its
// relative share of the requests.
type Class struct {
	Name     string
	Weight   float64
	Priority int // 1 is the highest; 0 means the lowest
	Images   [][]byte
}

// Config says what is sent and for how long it is measured.
//
// Source is the simulator's: clients that think and back off, a renewal process, or any other arrivals.
// Traffic that ends is sent whole and measured from its first request to the last answer; WarmUp, Measure and
// Meter then have no effect.
type Config struct {
	Classes []Class
	Source  engine.Source
	WarmUp  time.Duration
	Measure time.Duration
	Seed    uint64 // of arrivals, classes, images and think times
	Meter   Meter  // measures the machine's energy beside the load; nil: nobody does

	// Observe is told of each answered request, the warm-up's too, one at a time; it does not block for long. nil: nobody is.
	Observe func(Seen)
}

func (cfg *Config) check() error {
	s, sources := &cfg.Source, 0
	for _, given := range []bool{s.Clients > 0, s.Gap != nil, s.Arrivals != nil} {
		if given {
			sources++
		}
	}
	if sources != 1 || cfg.Measure <= 0 && !cfg.finite() || len(cfg.Classes) == 0 {
		return fmt.Errorf("load: %d clients, gaps %v, arrivals %v for %v with %d classes: give clients, gaps or arrivals, a time and classes",
			s.Clients, s.Gap != nil, s.Arrivals != nil, cfg.Measure, len(cfg.Classes))
	}
	for _, c := range cfg.Classes {
		if len(c.Images) == 0 || !(c.Weight > 0) {
			return fmt.Errorf("load: class %q has %d images and weight %g: it needs both", c.Name, len(c.Images), c.Weight)
		}
	}
	return nil
}

// finite says that the traffic ends.
func (cfg *Config) finite() bool { return cfg.Source.Arrivals != nil && cfg.Source.Arrivals.Finite() }
