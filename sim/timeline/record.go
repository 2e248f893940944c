package timeline

import (
	"context"
	"fmt"
	"math"
	"time"

	"vsim/sim/engine"
	"vsim/sim/engine/event"
	"vsim/sim/topology"
)

// Options say what is recorded.
type Options struct {
	Requests  int           // the first so many that come; 0 means DefaultRequests
	After     time.Duration // simulated time that is let pass first
	MaxPassed int64         // events that may happen meanwhile; 0 means 400 million
	MaxEvents int64         // where the run is stopped; 0 means 20 million
}

// DefaultRequests are recorded where nobody says how many.
const DefaultRequests = 2000

const (
	defaultPassed = 400_000_000
	defaultEvents = 20_000_000
	glance        = 1 << 12 // events between two looks at the context
)

// TooLateError says that the events that may happen before a timeline are used up before it begins.
type TooLateError struct {
	Events int64
	Passed time.Duration // simulated by then
}

func (e *TooLateError) Error() string {
	return fmt.Sprintf("%d events, as many as may happen before a timeline, take up the first %v", e.Events, e.Passed)
}

// Record simulates the first replication of a system and records the requests that come, until the last of them has left.
// It errs with the context's error when that ends first, and with a *TooLateError where Options.After is too long.
func Record(ctx context.Context, sys *engine.System, top *topology.Topology, opt Options) (*Timeline, error) {
	if opt.Requests == 0 {
		opt.Requests = DefaultRequests
	}
	if opt.MaxPassed == 0 {
		opt.MaxPassed = defaultPassed
	}
	if opt.MaxEvents == 0 {
		opt.MaxEvents = defaultEvents
	}
	run, err := engine.New(sys, 0)
	if err != nil {
		return nil, err
	}
	if err := pass(ctx, run, event.Time(opt.After), opt.MaxPassed); err != nil {
		return nil, err
	}
	r := newRecorder(run, sys, top, opt.Requests)
	run.Observe(r.see)
	defer run.Observe(nil)
	for last := run.Events() + opt.MaxEvents; r.more(); {
		before := run.Events()
		run.Until(run.Horizon()-1, before+1, math.MaxInt) // one event, after which what is full and busy can be read
		if run.Events() == before || run.Events() >= last {
			r.out.Cut = true
			break
		}
		r.count()
		if run.Events()%glance == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return r.finish(), nil
}

// pass lets simulated time pass, in so many events at the most.
func pass(ctx context.Context, run *engine.Run, until event.Time, most int64) error {
	if until <= 0 {
		return nil
	}
	until = min(until, run.Horizon()-1)
	for {
		before := run.Events()
		if run.Until(until, before+glance, math.MaxInt) || run.Events() == before {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if run.Events() >= most {
			return &TooLateError{run.Events(), time.Duration(run.Now())}
		}
	}
}

// recorder listens to a run.
type recorder struct {
	run    *engine.Run
	names  names
	out    Timeline
	wanted int
	came   int                // recorded requests so far, children not counted
	inside int                // of those, how many have not left
	live   map[int32]*Request // by their number in the run, which is used again
	jobs   map[int32]*work    // by number; of batches with recorded requests
}

// work is a batch with recorded requests in a worker's hands.
type work struct {
	since   event.Time // of its present step
	began   bool       // a step has begun that has not ended
	members []*Request
}

func newRecorder(run *engine.Run, sys *engine.System, top *topology.Topology, wanted int) *recorder {
	r := &recorder{run: run, names: newNames(sys, top), wanted: wanted, live: map[int32]*Request{}, jobs: map[int32]*work{}}
	for _, s := range top.Stages {
		r.out.Queues = append(r.out.Queues, Counter{Name: s.Name})
	}
	for _, busy := range r.names.busy {
		r.out.Busy = append(r.out.Busy, Counter{Name: busy.Name, Most: len(busy.Copies)})
	}
	r.count()
	return r
}

// more says that a recorded request is inside or one is still to come.
func (r *recorder) more() bool { return !r.run.Done() && (r.came < r.wanted || r.inside > 0) }

// see is the run's observer.
func (r *recorder) see(e *engine.Event) {
	switch e.Kind {
	case engine.RequestArrives:
		r.arrives(e)
	case engine.ChildStarts:
		r.branches(e)
	case engine.RequestLeaves:
		r.leaves(e, Served)
	case engine.RequestDropped:
		r.leaves(e, End(e.Reason.String()))
	case engine.BatchStarts:
		r.takes(e)
	case engine.StepStarts:
		if w := r.jobs[e.Job]; w != nil {
			w.since, w.began = e.At, true
		}
	case engine.StepEnds:
		r.ends(e)
	case engine.BatchBreaks:
		r.breaks(e)
	}
}

func (r *recorder) arrives(e *engine.Event) {
	delete(r.live, e.Request)
	if r.came < r.wanted {
		r.came++
		r.inside++
		r.add(e, &Request{Number: r.came, Class: r.names.classes[e.Class], From: e.At, End: Unfinished})
	}
}

func (r *recorder) branches(e *engine.Event) {
	delete(r.live, e.Request)
	if parent := r.live[e.Parent]; parent != nil {
		parent.children++
		r.add(e, &Request{Number: parent.Number, Child: parent.children, Class: parent.Class, From: e.At, To: e.At, End: Served})
	}
}

func (r *recorder) add(e *engine.Event, q *Request) {
	r.live[e.Request] = q
	r.out.Requests = append(r.out.Requests, q)
}

func (r *recorder) leaves(e *engine.Event, end End) {
	if q := r.live[e.Request]; q != nil {
		q.To, q.End = e.At, end
		r.inside--
		delete(r.live, e.Request)
	}
}

// takes ends the waits of a batch that a worker has taken.
func (r *recorder) takes(e *engine.Event) {
	delete(r.jobs, e.Job)
	if members := r.waited(e); members != nil {
		r.jobs[e.Job] = &work{members: members}
	}
}

// waited ends the waits of a batch's recorded requests, and returns them.
func (r *recorder) waited(e *engine.Event) (members []*Request) {
	for _, m := range e.Batch {
		if q := r.live[m.Request]; q != nil {
			members = append(members, q)
			if m.Queued < e.At {
				q.add(Span{Kind: Queue, Stage: r.names.stage(e.Pool), From: m.Queued, To: e.At})
			}
		}
	}
	return members
}

// ends ends a step.
func (r *recorder) ends(e *engine.Event) {
	w := r.jobs[e.Job]
	if w == nil {
		return
	}
	span := r.span(e)
	if at := w.since + event.Time(e.WaitedNs); at > w.since {
		line := span
		line.Kind, line.From, line.To = Line, w.since, at
		w.add(line)
		w.since = at
	}
	span.Kind, span.From, span.To, span.Alone = Work, w.since, e.At, event.Time(e.AloneNs)
	w.add(span)
	w.began = false
}

// breaks ends a batch that an outage breaks off, in the middle of a step or while it waits for memory.
func (r *recorder) breaks(e *engine.Event) {
	w := r.jobs[e.Job]
	if w == nil || !w.began {
		r.waited(e)
	} else {
		span := r.span(e)
		span.Kind, span.From, span.To, span.Broken = Work, w.since, e.At, true
		w.add(span)
	}
	delete(r.jobs, e.Job)
}

// span is that of a step, without its kind and times.
func (r *recorder) span(e *engine.Event) Span {
	return Span{Stage: r.names.stage(e.Pool), Step: r.names.step(e.Pool, e.Step), Resource: r.names.resource(e.Resource),
		Batch: len(e.Batch), Worker: int(e.Worker)}
}

func (w *work) add(s Span) {
	for _, q := range w.members {
		q.add(s)
	}
}

// add appends a span. A child has ended with its last.
func (q *Request) add(s Span) {
	q.Spans = append(q.Spans, s)
	if q.Child > 0 {
		q.To = s.To
	}
}

// count notes how full queues and resources are now.
func (r *recorder) count() {
	now := r.run.Now()
	for i, pools := range r.names.pools {
		n := 0
		for _, p := range pools {
			n += r.run.Waiting(p)
		}
		r.out.Queues[i].set(now, float64(n))
	}
	for i, busy := range r.names.busy {
		sum := 0.0
		for _, c := range busy.Copies {
			sum += r.run.Busy(c.Index)
		}
		r.out.Busy[i].set(now, sum)
	}
}

// set changes the number now.
func (c *Counter) set(now event.Time, value float64) {
	switch last := len(c.Points) - 1; {
	case last >= 0 && c.Points[last].Value == value:
	case last >= 0 && c.Points[last].At == now:
		c.Points[last].Value = value
	default:
		c.Points = append(c.Points, Point{now, value})
	}
}

func (r *recorder) finish() *Timeline {
	for _, q := range r.out.Requests {
		if q.End == Unfinished {
			q.To = r.run.Now()
		}
	}
	return &r.out
}
