package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"vsim/sim/engine/event"
	"vsim/sim/timeline"
)

// TraceFormats are the formats that Trace can write: the trace event format, and Perfetto's own.
var TraceFormats = []string{"json", "pftrace"}

// The groups of tracks of a trace.
const (
	requestTracks = 1 + iota
	queueTracks
	resourceTracks
)

// traceFormat writes a trace. Tracks are in groups and numbered from 1; slices come track by track in order.
type traceFormat interface {
	group(group int, name string)
	track(track int, name string)                                                                    // of requests
	slice(name, category string, track int, from, to event.Time, args map[string]any, inside func()) // inside writes the slices within
	counter(group int, name, unit string, points []timeline.Point)
	end() error
}

// Trace writes a timeline for Perfetto (ui.perfetto.dev opens it): requests on as many tracks as are inside at once, each with its
// waits and its steps, and counters of queues and busy resources.
func Trace(w io.Writer, t *timeline.Timeline, format string) error {
	var out traceFormat
	switch format {
	case "json":
		out = newJSONTrace(w)
	case "pftrace":
		out = newPerfettoTrace(w)
	default:
		return fmt.Errorf("report: cannot write a trace as %q; the formats are %s", format, strings.Join(TraceFormats, ", "))
	}
	out.group(requestTracks, "requests")
	lanes, count := inLanes(t.Requests)
	for lane := range count {
		out.track(lane+1, fmt.Sprintf("lane %d", lane+1))
	}
	for i, q := range t.Requests {
		traceRequest(out, q, lanes[i]+1)
	}
	out.group(queueTracks, "queues")
	for i := range t.Queues {
		out.counter(queueTracks, t.Queues[i].Name, "requests", t.Queues[i].Points)
	}
	out.group(resourceTracks, "resources")
	for i := range t.Busy {
		c := &t.Busy[i]
		name := c.Name
		if c.Most > 1 {
			name = fmt.Sprintf("%s, of %d", c.Name, c.Most)
		}
		out.counter(resourceTracks, name, "busy", c.Points)
	}
	return out.end()
}

// inLanes gives each request the first lane that is free when it comes, and the number of lanes.
func inLanes(requests []*timeline.Request) (lanes []int, count int) {
	var free []event.Time // by lane: when its last request left
	for _, q := range requests {
		lane := slices.IndexFunc(free, func(at event.Time) bool { return at <= q.From })
		if lane < 0 {
			lane = len(free)
			free = append(free, 0)
		}
		free[lane] = q.To
		lanes = append(lanes, lane)
	}
	return lanes, len(free)
}

// traceRequest writes a request, and what happened to it inside.
func traceRequest(out traceFormat, q *timeline.Request, track int) {
	name, category := fmt.Sprintf("request %d", q.Number), "request"
	if q.Child > 0 {
		name, category = fmt.Sprintf("request %d, child %d", q.Number, q.Child), "child"
	}
	out.slice(name, category, track, q.From, q.To, map[string]any{"class": q.Class, "end": string(q.End)}, func() {
		for i := range q.Spans {
			s := &q.Spans[i]
			name, category, args := describeSpan(s)
			out.slice(name, category, track, s.From, s.To, args, func() {})
		}
	})
}

// describeSpan is what a span is called, its category, and what is told of it.
func describeSpan(s *timeline.Span) (name, category string, args map[string]any) {
	if s.Kind == timeline.Queue {
		return s.Stage + " queue", "queue", map[string]any{"stage": s.Stage}
	}
	args = map[string]any{"stage": s.Stage, "step": s.Step, "resource": s.Resource, "batch": s.Batch, "worker": s.Worker}
	if s.Kind == timeline.Line {
		return s.Step + " line", "line", args
	}
	if s.Broken {
		args["broken off"] = true
	} else {
		args["alone_us"], args["sharing_us"] = micros(s.Alone), micros(max(s.To-s.From-s.Alone, 0))
	}
	return s.Step, "step", args
}
