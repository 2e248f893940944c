package explain

import (
	"fmt"
	"io"

	"vsim/experiments/study"
)

// mostBars is how many elasticities are drawn.
const mostBars = 20

// Plot draws the largest elasticities with their intervals, in one of report.PlotFormats.
func Plot(w io.Writer, e *Explanation, format string) error {
	var bars []study.Bar
	for i := range e.Elasticities {
		row := &e.Elasticities[i]
		if x := e.SortedBy.Of(&row.Effects); study.Known(x) && len(bars) < mostBars {
			bars = append(bars, study.Bar{Name: row.label(), Estimate: x})
		}
	}
	return study.Bars(w, e.Name, fmt.Sprintf("change of %s for +1 %%, in %% (95 %% intervals)", e.SortedBy), bars, format)
}
