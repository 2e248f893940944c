package report

import (
	"fmt"
	"io"
	"strings"

	"vsim/sim/predict"
	"vsim/sim/topology"
)

// listed are the resources that can be full: where nobody ever waits or slows down, nothing is busy.
func listed(p *predict.Prediction) (out []*predict.Resource) {
	for i := range p.Resources {
		if r := &p.Resources[i]; !r.Unlimited && r.Type != topology.Delay {
			out = append(out, r)
		}
	}
	return out
}

// label is "gpu x 8", or the name alone.
func label(r *predict.Resource) string {
	if r.Count() == 0 {
		return r.Name
	}
	return fmt.Sprintf("%s x %d", r.Name, r.Count())
}

func resourceTable(w io.Writer, resources []*predict.Resource) {
	if len(resources) == 0 {
		return
	}
	width := len("resource")
	for _, r := range resources {
		width = max(width, len(label(r)))
	}
	table(w, func(t io.Writer) {
		fmt.Fprintf(t, "%-*s\tbusy\t\n", width, "resource")
		for _, r := range resources {
			busy := r.Utilization.Value
			fmt.Fprintf(t, "%-*s\t%s\t  %s\n", width, label(r), percent(busy), bar(busy))
		}
	})
	fmt.Fprintln(w)
}

// bottleneck says in a sentence or two what limits the system, which key of the scenario sets it, and how busy
// the rest is.
func bottleneck(p *predict.Prediction, resources []*predict.Resource) string {
	limit := p.BottleneckCause
	if limit == nil {
		return "Bottleneck: none; nothing is busy."
	}
	sentence := fmt.Sprintf("Bottleneck: %s (%s)", p.Bottleneck, how(p, limit, resources))
	if limit.Key != limit.Name {
		sentence += ", set by " + limit.Key
	}
	phase := hostPhase(p, limit)
	var rest []string
	for _, r := range resources {
		if limit.Cause != predict.BusyResource || r.Name != limit.Name {
			rest = append(rest, label(r)+" "+percent(r.Utilization.Value))
		}
	}
	if sentence += "." + phase; len(rest) == 0 {
		return sentence
	}
	if limit.Cause == predict.BusyResource {
		return sentence + " The others: " + strings.Join(rest, ", ") + "."
	}
	return sentence + " Resources: " + strings.Join(rest, ", ") + "."
}

// how says what is the matter with what limits the system.
func how(p *predict.Prediction, limit *predict.Limit, resources []*predict.Resource) string {
	for _, r := range resources {
		switch {
		case limit.Cause != predict.BusyResource || r.Name != limit.Name:
		case r.Count() > 0:
			return fmt.Sprintf("%d of them, %s busy", r.Count(), percent(r.Utilization.Value)) + roomy(r)
		default:
			return percent(r.Utilization.Value) + " busy" + roomy(r)
		}
	}
	for i := range p.Stages {
		switch st := &p.Stages[i]; {
		case st.Name != limit.Name:
		case limit.Cause == predict.BusyWorkers:
			return percent(st.Utilization.Value) + " busy"
		case limit.Cause == predict.BatchDelay:
			return "a request waits " + span(st.Queue.FillS.Value) + " there for a fuller batch"
		}
	}
	return "busy"
}

// roomy explains a resource that limits although little of it is busy.
func roomy(r *predict.Resource) string {
	busy := r.Utilization.Value
	for i := range r.Copies {
		busy = max(busy, r.Copies[i].Utilization.Value)
	}
	if busy < 0.5 {
		return "; its speed limits, not its capacity"
	}
	return ""
}
