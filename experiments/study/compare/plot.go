package compare

import (
	"io"

	"vsim/experiments/study"
)

// Plot draws the relative changes of all metrics with their intervals, in one of report.PlotFormats.
func Plot(w io.Writer, c *Comparison, format string) error {
	var bars []study.Bar
	for _, r := range c.Rows {
		if study.Known(r.Change) {
			bars = append(bars, study.Bar{Name: r.Name, Estimate: r.Change.Times(100)})
		}
	}
	return study.Bars(w, "A: "+c.A.Name+"\nB: "+c.B.Name, "change from A to B, % (95 % intervals)", bars, format)
}
