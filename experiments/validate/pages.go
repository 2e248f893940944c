package validate

import (
	"fmt"

	"vsim/profile"
	"vsim/sim/engine/stats"
	"vsim/sim/predict"
)

// NewReport sums up rows that another comparison of predictions with live runs has made, with goals of its own. offered names the cases
// whose throughput is what they were offered, which is no prediction.
func NewReport(rows []Row, goals []Goal, offered map[string]bool) *Report {
	r := &Report{Cases: rows, Warnings: []string{}}
	r.summarise(offered)
	r.Summary.Goals = goals
	return r
}

// Metrics of a Row that every comparison has.
const (
	Throughput  = throughput
	LatencyMean = latencyMean
	LatencyP50  = latencyP50
	LatencyP99  = latencyP99
	Dropped     = droppedShare
	StagePrefix = stagePrefix // of the mean time of a part, which ends in _s
)

// Both95 is how many standard deviations reach from a mean to the ends of 95 %.
const Both95 = both95

// PageHead begins the page for people.
const PageHead = markdownHead

// Page is a file that a report is written as.
type Page struct {
	Name string
	Text []byte
}

// Pages are the table, the plots and the page of a report for people.
func (r *Report) Pages() (out []Page, err error) {
	for _, f := range []struct {
		name string
		make func() ([]byte, error)
	}{
		{csvFile, r.csv}, {scatterFile, r.scatter}, {coverageFile, r.coveragePlot}, {pageFile, func() ([]byte, error) { return r.markdown(), nil }},
	} {
		text, err := f.make()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		out = append(out, Page{f.name, text})
	}
	return out, nil
}

// Judge counts how many of the values of live runs lie in the row's interval of one run.
func (r *Row) Judge(values []float64) {
	for _, x := range values {
		r.Judged++
		r.Within += count(x >= r.Interval95[0] && x <= r.Interval95[1])
	}
	r.Inside = r.Measured >= r.Interval95[0] && r.Measured <= r.Interval95[1]
}

// JudgeMean tells whether the mean of the live runs lies in the row's interval of means. One of which the noise is unknown is not judged.
func (r *Row) JudgeMean() {
	r.Inside = r.Measured >= r.Interval95[0] && r.Measured <= r.Interval95[1]
	r.Judged = count(r.noisy())
	r.Within = count(r.noisy() && r.Inside)
}

// About moves an interval of a positive number to where a value is in its middle, as wide on the logarithmic scale: what was
// predicted for the very traffic of the live runs.
func About(e stats.Interval, value float64) stats.Interval { return about(e, value) }

// BandOf is the band of a case: of so many clients, or where there are none of a load that is over the capacity or up to it.
func BandOf(clients int, load float64, p *predict.Prediction) profile.Band {
	return bandOf(clients, load, p)
}

// GoalHeading and GoalCells are the table of what should hold.
var GoalHeading = []string{"figure", "should be", "is", "rows", "holds"}

// GoalCells are its rows.
func (r *Report) GoalCells() [][]string { return r.goalCells() }
