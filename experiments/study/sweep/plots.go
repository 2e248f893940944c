package sweep

import (
	"fmt"
	"math"

	"vsim/experiments/study"
	"vsim/experiments/study/picture"
)

// The names of plots without their endings, and the endings.
const (
	linesName = "lines"
	heatName  = "heatmap"
)

func plotNames() (out []string) {
	for _, name := range []string{linesName, heatName} {
		for _, ending := range picture.Endings {
			out = append(out, name+ending)
		}
	}
	return out
}

// drawing is a plot as a file.
type drawing struct {
	name string
	data []byte
}

// plotsOf draws what can be drawn of the rows, and says why the rest cannot.
func plotsOf(axes []study.Axis, zip bool, rows []*Row) (files []drawing, notes []string, err error) {
	for _, kind := range []struct {
		name string
		of   func([]study.Axis, bool, []*Row) (p *picture.Picture, why string, err error)
	}{{linesName, linesOf}, {heatName, heatOf}} {
		p, why, err := kind.of(axes, zip, rows)
		if err != nil {
			return nil, nil, err
		}
		if p == nil {
			if why != "" {
				notes = append(notes, fmt.Sprintf("no %s.svg: %s", kind.name, why))
			}
			continue
		}
		for _, ending := range picture.Endings {
			data, err := p.Drawn(ending)
			if err != nil {
				return nil, nil, err
			}
			files = append(files, drawing{kind.name + ending, data})
		}
	}
	return files, notes, nil
}

// quantity is a number of rows as it is drawn.
type quantity struct {
	metric int
	label  string
	times  float64 // units of the plot that are one unit of the row
}

// quantities are what plots show: the throughput, and the tail of the latency.
func quantities(rows []*Row) []quantity {
	var tails []float64
	for _, r := range rows {
		tails = append(tails, r.Numbers[p99].Value)
	}
	unit, times := timeUnit(tails)
	return []quantity{{throughput, "throughput, requests/s", 1}, {p99, "99th percentile of latency, " + unit, times}}
}

func known(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
