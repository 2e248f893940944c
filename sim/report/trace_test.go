package report

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"vsim/sim/engine/event"
	"vsim/sim/timeline"
)

// lines are four requests: two at once, one with a child that is worked on beside it, and one that comes the moment the first leaves.
func lines() *timeline.Timeline {
	work := func(from, to event.Time) timeline.Span {
		return timeline.Span{Kind: timeline.Work, Stage: "detect", Step: "infer", Resource: "gpu", From: from, To: to, Batch: 2, Alone: to - from - 1}
	}
	return &timeline.Timeline{
		Requests: []*timeline.Request{
			{Number: 1, Class: "a", From: 0, To: 3000, End: timeline.Served, Spans: []timeline.Span{{Kind: timeline.Queue, Stage: "detect", From: 0, To: 1001}, work(1001, 3000)}},
			{Number: 2, Class: "b", From: 10, To: 4000, End: timeline.Served, Spans: []timeline.Span{{Kind: timeline.Line, Stage: "detect", Step: "infer", From: 10, To: 20, Batch: 1}, work(20, 3000)}},
			{Number: 2, Child: 1, Class: "b", From: 3000, To: 4000, End: timeline.Served, Spans: []timeline.Span{work(3000, 4000)}},
			{Number: 3, Class: "a", From: 3000, To: 9000, End: "expired"},
		},
		Queues: []timeline.Counter{{Name: "detect", Points: []timeline.Point{{At: 0, Value: 0}, {At: 5, Value: 2}}}},
		Busy:   []timeline.Counter{{Name: "gpu", Most: 8, Points: []timeline.Point{{At: 20, Value: 0.5}}}},
	}
}

func TestTrace(t *testing.T) {
	var b bytes.Buffer
	if err := Trace(&b, lines(), "json"); err != nil {
		t.Fatal(err)
	}
	var trace struct{ TraceEvents []map[string]any }
	if err := json.Unmarshal(b.Bytes(), &trace); err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(b.String()) {
		got = append(got, strings.TrimRight(line, ",\n"))
	}
	for _, want := range []string{
		`{"name":"thread_name","ph":"M","ts":0.000,"pid":1,"tid":3,"args":{"name":"lane 3"}}`,
		`{"name":"request 1","cat":"request","ph":"X","ts":0.000,"dur":3.000,"pid":1,"tid":1,"args":{"class":"a","end":"served"}}`,
		`{"name":"detect queue","cat":"queue","ph":"X","ts":0.000,"dur":1.001,"pid":1,"tid":1,"args":{"stage":"detect"}}`,
		`{"name":"infer","cat":"step","ph":"X","ts":1.001,"dur":1.999,"pid":1,"tid":1,"args":{"alone_us":1.998,"batch":2,"resource":"gpu","sharing_us":0.001,"stage":"detect","step":"infer","worker":0}}`,
		`{"name":"infer line","cat":"line","ph":"X","ts":0.010,"dur":0.010,"pid":1,"tid":2,"args":{"batch":1,"resource":"","stage":"detect","step":"infer","worker":0}}`,
		`{"name":"request 2, child 1","cat":"child","ph":"X","ts":3.000,"dur":1.000,"pid":1,"tid":1,"args":{"class":"b","end":"served"}}`,
		`{"name":"request 3","cat":"request","ph":"X","ts":3.000,"dur":6.000,"pid":1,"tid":3,"args":{"class":"a","end":"expired"}}`,
		`{"name":"detect","ph":"C","ts":0.005,"pid":2,"tid":0,"args":{"requests":2}}`,
		`{"name":"gpu, of 8","ph":"C","ts":0.020,"pid":3,"tid":0,"args":{"busy":0.5}}`,
	} {
		if !slices.Contains(got, want) {
			t.Errorf("no event\n%s\nin\n%s", want, b.String())
		}
	}
	if n := len(trace.TraceEvents); n != 6+4+5+3 {
		t.Errorf("%d events", n)
	}
}
