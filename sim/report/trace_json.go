package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"vsim/sim/engine/event"
	"vsim/sim/timeline"
)

// traceEvent is an event of the trace event format, which many programs read: X is a slice, C a counter, M a name.
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

// micros are ns that are written as microseconds, to the ns.
type micros event.Time

// MarshalJSON writes microseconds with three decimals.
func (m micros) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "%d.%03d", m/1000, m%1000), nil
}

// jsonTrace writes events one by one: traces are long.
type jsonTrace struct {
	to    *bufio.Writer
	after bool // an event was written
	err   error
}

func newJSONTrace(w io.Writer) *jsonTrace {
	out := &jsonTrace{to: bufio.NewWriter(w)}
	fmt.Fprint(out.to, `{"displayTimeUnit":"ms","traceEvents":[`)
	return out
}

func (w *jsonTrace) end() error {
	fmt.Fprintln(w.to, "\n]}")
	if w.err != nil {
		return w.err
	}
	return w.to.Flush()
}

func (w *jsonTrace) write(e *traceEvent) {
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

func (w *jsonTrace) group(group int, name string) {
	w.write(&traceEvent{Name: "process_name", Phase: "M", Process: group, Args: map[string]any{"name": name}})
}

func (w *jsonTrace) track(track int, name string) {
	w.write(&traceEvent{Name: "thread_name", Phase: "M", Process: requestTracks, Track: track, Args: map[string]any{"name": name}})
}

func (w *jsonTrace) slice(name, category string, track int, from, to event.Time, args map[string]any, inside func()) {
	span := micros(to - from)
	w.write(&traceEvent{Name: name, Category: category, Phase: "X", At: micros(from), Span: &span, Process: requestTracks, Track: track, Args: args})
	inside()
}

func (w *jsonTrace) counter(group int, name, unit string, points []timeline.Point) {
	for _, p := range points {
		w.write(&traceEvent{Name: name, Phase: "C", At: micros(p.At), Process: group, Args: map[string]any{unit: p.Value}})
	}
}
