package validate

import "fmt"

// NewReport sums up rows of closed loops that another comparison of predictions with live runs has made, with goals of its own.
func NewReport(rows []Row, goals []Goal) *Report {
	r := &Report{Cases: rows, Warnings: []string{}}
	r.summarise(nil)
	r.Summary.Goals = goals
	return r
}

// Metrics of a Row that every comparison has.
const (
	Throughput  = throughput
	LatencyMean = latencyMean
	LatencyP50  = latencyP50
	LatencyP99  = latencyP99
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
