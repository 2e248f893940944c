package calibrate

import (
	"bufio"
	"fmt"
	"io"
	"text/tabwriter"

	"vsim/sim/engine/stats"
)

// columns are the metrics as people read them.
var columns = [metrics]struct {
	name   string
	scale  float64
	digits int
}{
	Throughput: {"images/s", 1, 0},
	Latency:    {"latency ms", 1e3, 2},
	Queue:      {"queue ms", 1e3, 2},
	Computing:  {"computing", 1, 1},
	Batch:      {"mean batch", 1, 1},
}

// Text writes predicted and measured figures, one line a row of the online table, and a summary of the errors
// of the rows that are no anchors.
func Text(w io.Writer, cases []Case) error {
	out := bufio.NewWriter(w)
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "clients\t")
	for _, c := range columns {
		fmt.Fprintf(t, "%s\tmeasured\terror\t", c.name)
	}
	fmt.Fprintln(t)
	for i := range cases {
		textLine(t, &cases[i])
	}
	t.Flush()
	fmt.Fprintln(out, "\n* seen by the calibration. Of the other rows:")
	for m, c := range columns {
		if e := Errors(cases, Metric(m)); len(e) > 0 {
			fmt.Fprintf(out, "%-10s  median error %4.1f %%, largest %4.1f %%\n", c.name, 100*stats.Median(e), 100*e[len(e)-1])
		}
	}
	return out.Flush()
}

func textLine(w io.Writer, c *Case) {
	if c.Anchor {
		fmt.Fprint(w, "* ")
	}
	fmt.Fprintf(w, "%d\t", c.Concurrency)
	for m, col := range columns {
		fmt.Fprintf(w, "%.*f\t%.*f\t%+.1f %%\t", col.digits, col.scale*c.Predicted[m], col.digits, col.scale*c.Measured[m], 100*c.Error(Metric(m)))
	}
	fmt.Fprintln(w)
}
