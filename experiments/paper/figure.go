package paper

import (
	"context"
)

// Figure is one figure of the paper, or a question that the paper leaves open, as an experiment: scenarios that are
// predicted, and what is made of the predictions.
type Figure struct {
	Name  string // "fig5"
	Title string
	Run   func(ctx context.Context, lab *Lab) (*Sheet, error)
}

// Figures are all of them, in the order of the paper, what it leaves open last.
func Figures() []Figure {
	return []Figure{
		{"fig3", "From a loop in PyTorch to a tuned server", either(figure3, not("fig3", "the steps of its ladder, PyTorch, DALI, ONNX Runtime and Triton, are not in a profile"))},
		{"fig4", "The models of a zoo", either(figure4, figure4At)},
		{"fig5", "Throughput and latency against concurrency", either(figure5, figure5At)},
		{"fig6", "Where the time goes at zero load", either(figure6, figure6At)},
		{"fig7", "End to end against inference alone", either(figure7, figure7At)},
		{"fig8", "Energy of an image", either(figure8, figure8At)},
		{"fig9", "Several GPUs", either(figure9, figure9At)},
		{"fig11", "Two models and what stands between them", either(figure11, not("fig11", "vsim validate brokers asks it of a machine, with brokers that run there"))},
		{"open", "What the paper leaves open", either(leftOpen, not("open", "what the paper leaves open is asked of its own machine"))},
		{"scaling", "Published systems with several GPUs, from one", either(scaling, not("scaling", "published systems have their own machines"))},
	}
}

// Sheet is what came of a figure. Numbers of tables and plots carry their units in the names of their columns and axes.
type Sheet struct {
	Table    Table
	Plots    []Plot
	Outcomes []Outcome // of the paper's claims
	Notes    []string  // paragraphs for people: what was assumed, what is seen
}

// Table is written as CSV. Cells are texts or float64s.
type Table struct {
	Columns []string // "throughput_rps"
	Rows    [][]any
}

// Add appends a row.
func (t *Table) Add(cells ...any) { t.Rows = append(t.Rows, cells) }

// PlotKind is the form of a plot.
type PlotKind int

const (
	Lines   PlotKind = iota // series of points joined by lines
	Bars                    // series side by side over Categories
	Stacked                 // series one on the other over Categories
	Scatter                 // points alone
)

// Plot is one panel.
type Plot struct {
	Name       string // of its file, without an ending: "fig5-throughput"
	Title      string
	X, Y       string // labels with units
	LogX, LogY bool
	Kind       PlotKind
	Categories []string // of Bars and Stacked; series then have one Y for each
	Series     []Series
}

// Series is one line, colour or kind of point.
type Series struct {
	Name      string
	X, Y      []float64
	Low, High []float64 // ends of the 95 % intervals of Y, where there are any
	Live      bool      // measured, not predicted: drawn as points
}
