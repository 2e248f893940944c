package report

import (
	"fmt"
	"io"
	"math"
	"slices"

	"vsim/sim/predict"
)

// column is a column of the table of stages. Those that may be left out are where they say nothing.
type column struct {
	title    string
	stage    func(*predict.Stage) string
	step     func(*predict.Step) string
	optional bool
}

// none is the cell of a step in a column that is about stages.
func none(*predict.Step) string { return "" }

// columns of the table, from the second on.
var columns = []column{
	{"on", func(*predict.Stage) string { return "" }, func(s *predict.Step) string { return s.Resource }, false},
	{"wait", func(s *predict.Stage) string { return span(s.Queue.WaitS.Value) }, func(s *predict.Step) string { return span(s.WaitS.Value) }, false},
	{"for a batch", filling, none, true},
	{"alone", func(*predict.Stage) string { return "" }, func(s *predict.Step) string { return span(s.AloneS.Value) }, false},
	{"sharing", func(*predict.Stage) string { return "" }, func(s *predict.Step) string { return span(s.SharingS.Value) }, false},
	{"share", func(s *predict.Stage) string { return percent(s.Queue.Share.Value) }, func(s *predict.Step) string { return percent(s.Share.Value) }, false},
	{"busy", func(s *predict.Stage) string { return percent(s.Utilization.Value) }, func(s *predict.Step) string { return percent(s.Utilization.Value) }, false},
	{"batch", func(s *predict.Stage) string { return fmt.Sprintf("%.1f", s.MeanBatch.Value) }, none, false},
	{"visits", func(s *predict.Stage) string { return often(s.Visits.Value) }, none, true},
	{"times", func(*predict.Stage) string { return "" }, func(s *predict.Step) string { return string(s.Times) }, true},
}

// row is a stage, or a step of one.
type row struct {
	name  string
	cells []string
	share float64
}

// rows are the stages, each followed by its steps.
func rows(stages []predict.Stage) (out []row) {
	for i := range stages {
		st := &stages[i]
		r := row{name: st.Name, share: st.Queue.Share.Value}
		for _, c := range columns {
			r.cells = append(r.cells, c.stage(st))
		}
		out = append(out, r)
		for k := range st.Steps {
			step := &st.Steps[k]
			r := row{name: "  " + step.Name, share: step.Share.Value}
			for _, c := range columns {
				r.cells = append(r.cells, c.step(step))
			}
			out = append(out, r)
		}
	}
	return out
}

// instant is the longest time that is none: a waiting point needs a service, and a nanosecond is the shortest.
const instant = 1.5e-9

// inner says that a stage is a point of the graph that a reader need not see: nobody waits in its queue, and its steps
// take no time and are on no resource.
func inner(s *predict.Stage) bool {
	if s.Queue.WaitS.Value > 0 || s.Utilization.Value > 0 {
		return false
	}
	return !slices.ContainsFunc(s.Steps, func(step predict.Step) bool {
		return step.Resource != "" || step.AloneS.Value > instant || step.WaitS.Value > 0 || step.SharingS.Value > 0 // without a steady state, only alone has a value
	})
}

// seen are the stages without the inner ones; all of them where nothing else is left.
func seen(stages []predict.Stage) (out []predict.Stage) {
	for i := range stages {
		if !inner(&stages[i]) {
			out = append(out, stages[i])
		}
	}
	if len(out) == 0 {
		return stages
	}
	return out
}

// stageTable writes a row for each stage, its queue, and below it one for each of its steps; then what all the
// intervals are within, and how many stages are left out.
func stageTable(w io.Writer, every []predict.Stage) {
	stages := seen(every)
	all := rows(stages)
	width, shown := len("stage"), make([]bool, len(columns))
	for i, c := range columns {
		shown[i] = !c.optional || slices.ContainsFunc(all, func(r row) bool { return r.cells[i] != "" })
	}
	for _, r := range all {
		width = max(width, len(r.name))
	}
	table(w, func(t io.Writer) {
		line := func(name string, cells []string, last string) {
			fmt.Fprintf(t, "%-*s", width, name)
			for i, cell := range cells {
				if shown[i] {
					fmt.Fprint(t, "\t", cell)
				}
			}
			fmt.Fprintf(t, "\t  %s\n", last)
		}
		var titles []string
		for _, c := range columns {
			titles = append(titles, c.title)
		}
		line("stage", titles, "part of the latency")
		for _, r := range all {
			line(r.name, r.cells, bar(r.share))
		}
	})
	fmt.Fprintln(w, within(stages))
	switch hidden := len(every) - len(stages); hidden {
	case 0:
	case 1:
		fmt.Fprintln(w, "A stage that takes no time is left out; it is in --json.")
	default:
		fmt.Fprintf(w, "%d stages that take no time are left out; they are in --json.\n", hidden)
	}
}

// filling writes the wait for a fuller batch, where that is a part of the latency that is worth mentioning.
func filling(s *predict.Stage) string {
	q := &s.Queue
	if q.Share.Value*q.FillS.Value/q.WaitS.Value >= noticed { // not NaN
		return span(q.FillS.Value)
	}
	return ""
}

// often writes a number of visits, nothing for one each.
func often(visits float64) string {
	if math.Abs(visits-1) <= 0.01 {
		return ""
	}
	return fmt.Sprintf("%.3g", visits)
}

// within says how wide the widest intervals of the table are.
func within(stages []predict.Stage) string {
	var times, busy, batch float64
	widen := func(widest *float64, e predict.Estimate) {
		if h := half(e); h > *widest { // not NaN
			*widest = h
		}
	}
	for i := range stages {
		st := &stages[i]
		widen(&times, st.Queue.WaitS)
		widen(&busy, st.Utilization)
		widen(&batch, st.MeanBatch)
		for k := range st.Steps {
			step := &st.Steps[k]
			widen(&times, step.WaitS)
			widen(&times, step.AloneS)
			widen(&times, step.SharingS)
			widen(&busy, step.Utilization)
		}
	}
	return fmt.Sprintf("95 %% intervals: times ± %s, busy ± %s, batch ± %s, or less; each is in --json.",
		unitFor(times).format(times), percent(busy), digits(batch))
}

// brokerLines say what the way over each broker takes.
func brokerLines(w io.Writer, brokers []predict.Broker) {
	for i := range brokers {
		fmt.Fprintln(w, overBroker(&brokers[i]))
	}
}

// overBroker says what the way over a broker takes, from sending to delivery.
func overBroker(b *predict.Broker) string {
	return fmt.Sprintf("Over %s: %s a message, from sending to delivery, %s of the latency.", b.Name, plusMinus(b.TimeS), percent(b.Share.Value))
}
