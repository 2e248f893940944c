package calibrate

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
)

// loadColumns are the metrics as people read them. An anchor is met when all its errors are below met.
var loadColumns = [loadMetrics]struct {
	name   string
	scale  float64
	digits int
	met    float64
}{
	Rate:     {"requests/s", 1, 0, 0.05},
	Response: {"latency ms", 1e3, 2, 0.05},
	Waiting:  {"queue ms", 1e3, 2, 0.15},
	Compute:  {"compute ms", 1e3, 2, 0.10},
	Outside:  {"outside ms", 1e3, 2, 0.15},
}

// load says what a row's load is.
func (r OnlineRow) load() string {
	switch r.Concurrency {
	case 0:
		return fmt.Sprintf("%.4g requests/s", r.RateRPS)
	case 1:
		return "1 client"
	}
	return fmt.Sprintf("%d clients", r.Concurrency)
}

// Text writes what was used, predicted and measured figures, a line a row, and the errors of the rows that are no
// anchors.
func (c *Calibration) Text(w io.Writer) error {
	out := bufio.NewWriter(w)
	c.head(out)
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "load\t")
	for _, col := range loadColumns {
		fmt.Fprintf(t, "%s\tmeasured\terror\t", col.name)
	}
	fmt.Fprintln(t)
	for i := range c.Cases {
		loadLine(t, &c.Cases[i])
	}
	t.Flush()
	c.errors(out)
	c.unmet(out)
	c.tails(out)
	return out.Flush()
}

// head says what was used.
func (c *Calibration) head(w io.Writer) {
	t, s := c.Table, &c.Table.Server
	if t.Name != "" {
		fmt.Fprintf(w, "%s\n", t.Name)
	}
	formation := "growing"
	if s.Closed {
		formation = "closed"
	}
	fmt.Fprintf(w, "Server: instances %d, max batch %d, formation %s (%s).", s.Instances, s.MaxBatch, formation, c.Chosen)
	if t.Images > 1 {
		joined := "joins requests and splits none"
		if s.MaxBatch < 2*t.Images {
			joined = "is one request"
		}
		fmt.Fprintf(w, " A request has %d images; a batch %s.", t.Images, joined)
	}
	var used []string
	for _, a := range c.Anchors {
		used = append(used, a.load())
	}
	fmt.Fprintf(w, "\nUsed: %d static rows and the rows with %s (*).", len(t.Static), strings.Join(used, ", "))
	t.notUsed(w)
	fmt.Fprintf(w, "\n\n")
}

// notUsed says which rows do not appear, and why.
func (t *Table) notUsed(w io.Writer) {
	if n := len(t.LeftOut); n > 0 {
		what := "throughput x latency is not the load"
		if t.LeftOut[0].RateRPS > 0 {
			what = "throughput is not the rate"
		}
		fmt.Fprintf(w, " Left out: %d row%s, %s, in which %s.", n, plural(n), loads(t.LeftOut), what)
	}
	if t.Merged > 0 {
		fmt.Fprintf(w, " Runs of one load are one row, their mean: %d row%s less than in the file.", t.Merged, plural(t.Merged))
	}
}

// loads lists some loads.
func loads(rows []OnlineRow) string {
	if len(rows) == 1 {
		return "with " + rows[0].load()
	}
	return fmt.Sprintf("with %s to %s", rows[0].load(), rows[len(rows)-1].load())
}

func loadLine(w io.Writer, c *LoadCase) {
	if c.Anchor {
		fmt.Fprint(w, "* ")
	}
	fmt.Fprintf(w, "%s\t", c.Row.load())
	for m, col := range loadColumns {
		fmt.Fprintf(w, "%.*f\t%.*f\t%+.1f %%\t", col.digits, col.scale*c.Predicted[m], col.digits, col.scale*c.Measured[m], 100*c.Error(LoadMetric(m), false))
	}
	fmt.Fprintln(w)
}

func (c *Calibration) errors(w io.Writer) {
	n := len(c.Errors(Rate, false))
	if n == 0 {
		fmt.Fprintln(w, "\n* All rows are used; none is left to be predicted.")
		return
	}
	fmt.Fprintf(w, "\n* seen by the calibration. Of the other %d rows, and of a straight line through the used ones in log-log:\n", n)
	for m, col := range loadColumns {
		median, largest := MedianAndLargest(c.Errors(LoadMetric(m), false))
		lineMedian, lineLargest := MedianAndLargest(c.Errors(LoadMetric(m), true))
		fmt.Fprintf(w, "%-10s  median error %5.1f %%, largest %5.1f %%;  line %5.1f %%, %5.1f %%\n", col.name, 100*median, 100*largest, 100*lineMedian, 100*lineLargest)
	}
}

// matters says that an error is not in a time of which hardly anything is there: less than a twentieth of the latency.
func (c *LoadCase) matters(m LoadMetric) bool {
	return m == Rate || math.Abs(c.Predicted[m]-c.Measured[m]) > 0.05*c.Measured[Response]
}

// unmet says which anchors the server found does not give back: they cannot all be met.
func (c *Calibration) unmet(w io.Writer) {
	var said []string
	for i := range c.Cases {
		if !c.Cases[i].Anchor {
			continue
		}
		var off []string
		for m, col := range loadColumns {
			if e := c.Cases[i].Error(LoadMetric(m), false); math.Abs(e) > col.met && c.Cases[i].matters(LoadMetric(m)) {
				name, _, _ := strings.Cut(col.name, " ")
				off = append(off, fmt.Sprintf("%s %+.0f %%", name, 100*e))
			}
		}
		if off != nil {
			said = append(said, fmt.Sprintf("%s (%s)", c.Cases[i].Row.load(), strings.Join(off, ", ")))
		}
	}
	if said != nil {
		fmt.Fprintf(w, "The rows used cannot all be met by one server: %s. Measurements may scatter by as much, or the server does what is not modelled.\n", strings.Join(said, "; "))
	}
}
