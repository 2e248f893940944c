// Package timeline keeps what happens to single requests in one simulated run, to be drawn. Its times are simulated, in
// ns since the run's start.
package timeline

import "vsim/sim/engine/event"

// Timeline is what happened to some requests of one run, and how full queues and resources were meanwhile.
type Timeline struct {
	Requests []*Request // in the order in which they came, children among them
	Queues   []Counter  // by stage: requests that wait in its queue
	Busy     []Counter  // by resource that can be full: how many of its copies are busy, parts counted
	Cut      bool       // the run was stopped before all of the requests had left
}

// Request is a request, or a child that a fork made of one.
type Request struct {
	Number   int // from 1, in the order in which they came; a child has its parent's
	Child    int // which child of the request it is, from 1; 0 for a request of its own
	Class    string
	From, To event.Time // To is the run's last moment where End is Unfinished
	End      End
	Spans    []Span // one after the other
	children int
}

// End is how a request left; beside these there are the reasons of drops, engine.Drop.
type End string

// The ends that are no drops. A child's is always Served.
const (
	Served     End = "served"
	Unfinished End = "unfinished"
)

// Span is a part of a request's time.
type Span struct {
	Kind     Kind
	Stage    string
	Step     string // "" for Queue
	Resource string // with the number of its copy where there are several; "" for Queue
	From, To event.Time
	Batch    int        // requests in the batch; 0 for Queue
	Worker   int        // of the stage's in one place, from 0
	Alone    event.Time // of Work: what the step takes on an idle resource, ns
	Broken   bool       // an outage broke it off
}

// Kind says what a request does meanwhile.
type Kind int8

// Kinds of spans.
const (
	Queue Kind = iota // it waits for a fuller batch, for a worker, or for memory
	Line              // its batch waits for a slot of the step's resource
	Work              // its batch is worked on
)

// Counter is a number that changes by steps.
type Counter struct {
	Name   string
	Most   int     // copies of a resource; 0 for a queue
	Points []Point // where it changes, in order
}

// Point is a number from a moment on.
type Point struct {
	At    event.Time
	Value float64
}
