package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"vsim/sim/engine/event"
	"vsim/sim/timeline"
)

// The processes of a trace: groups of tracks.
const (
	requestTracks = 1 + iota
	queueTracks
	resourceTracks
)

// traceEvent is an event of the trace event format, which Perfetto reads: X is a slice, C a counter, M a name.
// (Trace Event Format, Google 2016, "Complete Events", "Counter Events", "Metadata Events".)
type traceEvent struct {
	Name     string         `json:"name"`
	Category string         `json:"cat,omitempty"`
	Phase    string         `json:"ph"`
	At       micros         `json:"ts"`
	Span     *micros        `json:"dur,omitempty"`
	Process  int            `json:"pid"`
	Track    int            `json:"tid"`
	Args     map[string]any `json:"args,omitempty"`
}

// micros are ns that are written as the format's microseconds, to the ns.
type micros event.Time

// MarshalJSON writes microseconds with three decimals.
func (m micros) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "%d.%03d", m/1000, m%1000), nil
}

// Trace writes a timeline for Perfetto (ui.perfetto.dev opens it): requests on as many tracks as are inside at once, each with its
// waits and its steps, and counters of queues and busy resources.
func Trace(w io.Writer, t *timeline.Timeline) error {
	out := &traceWriter{to: bufio.NewWriter(w)}
	out.begin()
	out.name("process_name", requestTracks, 0, "requests")
	lanes, count := inLanes(t.Requests)
	for lane := range count {
		out.name("thread_name", requestTracks, lane+1, fmt.Sprintf("lane %d", lane+1))
	}
	for i, q := range t.Requests {
		out.request(q, lanes[i]+1)
	}
	out.name("process_name", queueTracks, 0, "queues")
	for i := range t.Queues {
		out.counter(&t.Queues[i], queueTracks, "requests")
	}
	out.name("process_name", resourceTracks, 0, "resources")
	for i := range t.Busy {
		out.counter(&t.Busy[i], resourceTracks, "busy")
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

// traceWriter writes events one by one: traces are long.
type traceWriter struct {
	to    *bufio.Writer
	after bool // an event was written
	err   error
}

func (w *traceWriter) begin() {
	fmt.Fprint(w.to, `{"displayTimeUnit":"ms","traceEvents":[`)
}

func (w *traceWriter) end() error {
	fmt.Fprintln(w.to, "\n]}")
	if w.err != nil {
		return w.err
	}
	return w.to.Flush()
}

func (w *traceWriter) write(e *traceEvent) {
	text, err := json.Marshal(e)
	if err != nil {
		w.err = err
		return
	}
	if w.after {
		w.to.WriteByte(',')
	}
	w.after = true
	w.to.WriteByte('\n')
	w.to.Write(text)
}

func (w *traceWriter) name(what string, process, track int, name string) {
	w.write(&traceEvent{Name: what, Phase: "M", Process: process, Track: track, Args: map[string]any{"name": name}})
}

func (w *traceWriter) slice(name, category string, lane int, from, to event.Time, args map[string]any) {
	span := micros(to - from)
	w.write(&traceEvent{Name: name, Category: category, Phase: "X", At: micros(from), Span: &span, Process: requestTracks, Track: lane, Args: args})
}

// request writes a request, and what happened to it inside.
func (w *traceWriter) request(q *timeline.Request, lane int) {
	name, category := fmt.Sprintf("request %d", q.Number), "request"
	if q.Child > 0 {
		name, category = fmt.Sprintf("request %d, child %d", q.Number, q.Child), "child"
	}
	w.slice(name, category, lane, q.From, q.To, map[string]any{"class": q.Class, "end": q.End})
	for i := range q.Spans {
		w.span(&q.Spans[i], lane)
	}
}

func (w *traceWriter) span(s *timeline.Span, lane int) {
	if s.Kind == timeline.Queue {
		w.slice(s.Stage+" queue", "queue", lane, s.From, s.To, map[string]any{"stage": s.Stage})
		return
	}
	args := map[string]any{"stage": s.Stage, "step": s.Step, "resource": s.Resource, "batch": s.Batch, "worker": s.Worker}
	if s.Kind == timeline.Line {
		w.slice(s.Step+" line", "line", lane, s.From, s.To, args)
		return
	}
	if s.Broken {
		args["broken off"] = true
	} else {
		args["alone_us"], args["sharing_us"] = micros(s.Alone), micros(max(s.To-s.From-s.Alone, 0))
	}
	w.slice(s.Step, "step", lane, s.From, s.To, args)
}

func (w *traceWriter) counter(c *timeline.Counter, process int, unit string) {
	name := c.Name
	if c.Most > 1 {
		name = fmt.Sprintf("%s, of %d", c.Name, c.Most)
	}
	for _, p := range c.Points {
		w.write(&traceEvent{Name: name, Phase: "C", At: micros(p.At), Process: process, Args: map[string]any{unit: p.Value}})
	}
}
