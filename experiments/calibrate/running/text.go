package running

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// Text writes what was measured as people read it.
func (r *Calibration) Text(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s, model %s, %d requests\n\n", r.Server, r.Model, r.Requests)
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "model\tbatch\texecutions\tinput ms\tinfer ms\toutput ms\tspread\t")
	for _, s := range r.Steps {
		for _, x := range s.Sizes {
			fmt.Fprintf(t, "%s\t%d\t%d\t%.3f\t%.3f\t%.3f\t%.1f %%\t\n", s.Model, x.Batch, x.N, x.InputNs*1e-6, x.InferNs*1e-6, x.OutputNs*1e-6, 100*x.CV)
		}
	}
	t.Flush()
	fmt.Fprintln(out)
	for _, line := range r.lines() {
		fmt.Fprintln(out, line)
	}
	for _, warning := range r.Warnings {
		fmt.Fprintln(out, "warning:", warning)
	}
	return out.Flush()
}

// lines say what was measured beside the times by batch size.
func (r *Calibration) lines() (out []string) {
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	add("transport      %.3f ms a request and %.3f ms an image, there and back", r.Transport.FixedNs*1e-6, r.Transport.PerImageNs*1e-6)
	if r.Transport.CPUNs > 0 {
		add("processor time %.3f ms of client and server for a request of one image, besides its execution", r.Transport.CPUNs*1e-6)
	}
	for _, s := range r.Steps {
		add("%s takes up a batch after %.3f ms, and after a batch of its largest size %.3f ms", s.Model, s.WakeNs*1e-6, s.GapNs*1e-6)
		if s.RequestNs > 0 {
			add("each request of a batch beyond the first takes %s %.3f ms more", s.Model, s.RequestNs*1e-6)
		}
	}
	if n := len(r.Rests); n > 1 {
		var text []string
		for _, x := range r.Rests[1:] {
			text = append(text, fmt.Sprintf("%.2f ms after %.0f ms", x.ExtraNs*1e-6, x.IdleNs*1e-6))
		}
		add("after a pause an inference takes longer by %s", strings.Join(text, ", "))
	}
	for _, b := range r.Busy {
		add("%d busy: %.1f images/s, an inference of %d images takes %.2f ms", b.Instances, b.ImagesPerS, b.Images, b.InferNs*1e-6)
	}
	for _, o := range r.Overloads {
		add("%s, %d in overload: %.1f of %.1f requests/s in %.0f s; so the batcher looks early at %.0f %% of the ends of batches", o.Model, o.Instances, o.ServedRPS, o.OfferedRPS, o.SpanS, 100*o.Early)
	}
	if r.Slowdown != 1 {
		add("beside another an inference takes %.3f times as long, what the processors' sharing costs left out", r.Slowdown)
	}
	return out
}

// about is the comment at the head of a scenario.
func (r *Calibration) about() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Made by vsim calibrate triton from model %s of a running server, %s, on %s: %d requests.\n", printable(r.Model), printable(r.Server), r.Began.UTC().Format(time.RFC3339), r.Requests)
	b.WriteString("# Measured were static batches of one client, single requests with pauses, and all instances busy, with full static batches and with those of many clients:\n")
	for _, line := range r.lines() {
		fmt.Fprintf(&b, "#   %s\n", printable(line))
	}
	b.WriteString("# Rules of queues are the server's own configuration. [workload] is yours to change.\n")
	return b.String()
}

// printable takes line ends out of a server's words.
func printable(s string) string { return strings.Join(strings.Fields(s), " ") }
