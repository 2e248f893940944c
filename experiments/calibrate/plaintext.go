package calibrate

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
)

// plainMet is the error below which a row that was used is met, by metric.
var plainMet = [plainMetrics]float64{PlainRate: 0.05, PlainLatency: 0.15}

// names of the metrics as people read them.
func (c *PlainCalibration) names() [plainMetrics]string {
	return [plainMetrics]string{PlainRate: "requests/s", PlainLatency: c.Table.Figure.String() + " ms"}
}

var plainScale = [plainMetrics]float64{PlainRate: 1, PlainLatency: 1e3}

var plainDigits = [plainMetrics]int{PlainRate: 0, PlainLatency: 2}

// Text writes what was used, predicted and measured figures, a line a row, and the errors of the rows that are judged.
func (c *PlainCalibration) Text(w io.Writer) error {
	out := bufio.NewWriter(w)
	c.head(out)
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	for i := range c.Cases {
		if i == 0 || c.Cases[i].Setup != c.Cases[i-1].Setup {
			c.columns(t, c.Cases[i].Setup)
		}
		c.line(t, &c.Cases[i])
	}
	t.Flush()
	c.errors(out)
	c.unknown(out)
	c.unmet(out)
	fmt.Fprintln(out, c.Model.Times.Line())
	return out.Flush()
}

// head says what was used, and what it tells.
func (c *PlainCalibration) head(w io.Writer) {
	t, m := c.Table, c.Model
	if t.Name != "" {
		fmt.Fprintf(w, "%s\n", t.Name)
	}
	formation := "growing"
	if m.Closed {
		formation = "closed"
	}
	var anchors []string
	for _, a := range c.Anchors {
		anchors = append(anchors, OnlineRow{Concurrency: a.Clients}.load())
	}
	fmt.Fprintf(w, "The table does not split the latency into queue and compute; formation %s (%s). %s\nUsed: ", formation, c.Chosen, t.requestsOf())
	base := 0
	for i := range c.Cases {
		if c.Cases[i].Used && c.Cases[i].Setup != c.Target {
			base++
		}
	}
	if base > 0 {
		fmt.Fprintf(w, "%d rows with %d instance%s, and ", base, t.few(), plural(t.few()))
	}
	fmt.Fprintf(w, "the rows of %s with %s (*).", c.Target, strings.Join(anchors, ", "))
	t.notUsed(w)
	fmt.Fprintf(w, "\nFound: front end %.3g ms; a batch alone", 1e3*m.FrontS)
	for i, batch := range m.Batches {
		fmt.Fprintf(w, "%s %.3g ms (%.0f)", separator(i), 1e3*m.TimesS[i], batch)
	}
	fmt.Fprintf(w, " by images; beside another instance it takes longer by")
	for i, s := range m.Shares {
		if i == 0 || s.Batch > m.Shares[0].Batch {
			fmt.Fprintf(w, "%s %.0f %% (%.0f)", separator(i), 100*s.Excess, s.Batch)
		}
	}
	if c.alike() {
		fmt.Fprintf(w, ", which is assumed")
	}
	fmt.Fprintf(w, ".\n\n")
}

func separator(i int) string {
	if i == 0 {
		return ""
	}
	return ","
}

// columns heads the rows of a setup.
func (c *PlainCalibration) columns(w io.Writer, s *Setup) {
	fmt.Fprintf(w, "%s\t", s)
	for _, name := range c.names() {
		fmt.Fprintf(w, "%s\tmeasured\terror\t", name)
	}
	fmt.Fprintln(w)
}

func (c *PlainCalibration) line(w io.Writer, k *PlainCase) {
	if k.Used {
		fmt.Fprint(w, "* ")
	}
	fmt.Fprintf(w, "%s\t", OnlineRow{Concurrency: k.Row.Clients}.load())
	for m := range plainMetrics {
		fmt.Fprintf(w, "%.*f\t%.*f\t%+.1f %%\t", plainDigits[m], plainScale[m]*k.Predicted[m], plainDigits[m], plainScale[m]*k.Measured[m], 100*k.Error(m, false))
	}
	fmt.Fprintln(w)
}

// alike says that all setups have as many instances, so that how they share the GPU is not known.
func (c *PlainCalibration) alike() bool { return c.Target.Instances == c.Table.few() }

func (c *PlainCalibration) errors(w io.Writer) {
	n := len(c.Errors(PlainRate, false))
	if n == 0 {
		fmt.Fprintln(w, "\n* All rows are used; none is left to be predicted.")
		return
	}
	which := "the other rows"
	if !c.alike() {
		which = fmt.Sprintf("the other rows with more than %d instance%s", c.Table.few(), plural(c.Table.few()))
	}
	fmt.Fprintf(w, "\n* seen by the calibration. Of %s (%d), and of a straight line through the used ones of their setup in log-log (%d):\n", which, n, len(c.Errors(PlainRate, true)))
	for m, name := range c.names() {
		median, largest := MedianAndLargest(c.Errors(PlainMetric(m), false))
		lineMedian, lineLargest := MedianAndLargest(c.Errors(PlainMetric(m), true))
		fmt.Fprintf(w, "%-10s  median error %5.1f %%, largest %5.1f %%;  line %5.1f %%, %5.1f %%\n", name, 100*median, 100*largest, 100*lineMedian, 100*lineLargest)
	}
}

// unknown says where a prediction rests on what no used row tells.
func (c *PlainCalibration) unknown(w io.Writer) {
	if c.alike() {
		fmt.Fprintf(w, "Other numbers of instances: no row tells how they share the GPU. The scenario lets them take turns, the least that they give; factors = [1] is the most. One measured row with two instances decides.\n")
		return
	}
	known, asked := 0.0, 0.0
	for i := range c.Cases {
		k := &c.Cases[i]
		batch := used{k.Setup, k.Row}.batch()
		switch {
		case k.Used && k.Setup == c.Target:
			known = max(known, batch)
		case k.Judged:
			asked = max(asked, batch)
		}
	}
	if asked > known {
		fmt.Fprintf(w, "Batches above %.0f image%s are not in the rows used with several instances; there they are taken to disturb each other as at %.0f. Use such a row (--anchors) or measure one.\n", known, plural(int(known)), known)
	}
}

// unmet says which of the used rows the server found does not give back.
func (c *PlainCalibration) unmet(w io.Writer) {
	var said []string
	for i := range c.Cases {
		k := &c.Cases[i]
		var off []string
		for m, name := range c.names() {
			if e := k.Error(PlainMetric(m), false); k.Used && math.Abs(e) > plainMet[m] {
				name, _, _ := strings.Cut(name, " ")
				off = append(off, fmt.Sprintf("%s %+.0f %%", name, 100*e))
			}
		}
		if off != nil {
			said = append(said, fmt.Sprintf("%s, %s (%s)", k.Setup, OnlineRow{Concurrency: k.Row.Clients}.load(), strings.Join(off, ", ")))
		}
	}
	if said != nil {
		fmt.Fprintf(w, "The rows used cannot all be met by one server: %s. Measurements may scatter by as much, or the server does what is not modelled.\n", strings.Join(said, "; "))
	}
}

// Scenario writes the server as the setup whose anchors were used, with as many clients as the last of them.
func (c *PlainCalibration) Scenario(name, about string) []byte {
	return c.Model.Scenario(name, about, c.Target, c.Anchors[len(c.Anchors)-1].Clients)
}
