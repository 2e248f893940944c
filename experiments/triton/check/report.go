package check

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"vsim/experiments/validate"
	"vsim/sim"
)

// Report is what vsim validate triton prints.
type Report struct {
	*validate.Report
	Sides []Side `json:"sides"`

	of map[string]*Case // by name
}

// Side is what a case shows beside the metrics: means over its live runs. Cores are those that were busy on average.
type Side struct {
	Case           string  `json:"name"`
	OfferedRPS     float64 `json:"offered_rps,omitempty"` // of an open loop
	Batch          float64 `json:"batch"`                 // requests of an execution, as the server counts them
	PredictedBatch float64 `json:"predicted_batch"`       // 0 where it is not known
	ServerCores    float64 `json:"server_cores"`
	OwnCores       float64 `json:"own_cores"` // of the load
	OtherCores     float64 `json:"other_cores"`
	Expired        int     `json:"expired"` // in all live runs
	Rejected       int     `json:"rejected"`
}

func sideOf(c *Case, results []*Shown, p *sim.Prediction) Side {
	mean := func(of func(*Shown) float64) float64 {
		m, _ := validate.MeanSD(valuesOf(results, of))
		return m
	}
	s := Side{
		Case: c.Name, OfferedRPS: c.rps, Batch: mean(func(r *Shown) float64 { return r.Splits[0].Batch() }),
		ServerCores: mean(func(r *Shown) float64 { return r.ServerCores }), OwnCores: mean(func(r *Shown) float64 { return r.OwnCores }),
		OtherCores: mean(func(r *Shown) float64 { return r.OtherCores }),
	}
	if stage := stageOf(p, c.models()[0]); stage != nil {
		s.PredictedBatch = stage.MeanBatch.Value
	}
	for _, r := range results {
		s.Expired += r.Dropped["expired"]
		s.Rejected += r.Dropped["rejected"]
	}
	return s
}

// Text writes the report for people, with details also the server's own split of the time.
func (r *Report) Text(w io.Writer, details bool) error {
	if err := r.Report.Text(w, details); err != nil {
		return err
	}
	if err := table(w, validate.GoalHeading, r.GoalCells()); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nBatches and processors of the live runs:")
	return table(w, sideHeading, r.sideCells())
}

func table(w io.Writer, heading []string, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, cells := range append([][]string{heading}, rows...) {
		fmt.Fprintln(t, strings.Join(cells, "\t")+"\t")
	}
	return t.Flush()
}

var sideHeading = []string{"case", "offered", "mean batch", "predicted", "cores of the server", "of the load", "of others", "expired", "rejected"}

func (r *Report) sideCells() (out [][]string) {
	for _, s := range r.Sides {
		cells := []string{s.Case, "-", fmt.Sprintf("%.2f", s.Batch), "-", fmt.Sprintf("%.2f", s.ServerCores), fmt.Sprintf("%.2f", s.OwnCores),
			fmt.Sprintf("%.2f", s.OtherCores), fmt.Sprint(s.Expired), fmt.Sprint(s.Rejected)}
		if s.OfferedRPS > 0 {
			cells[1] = fmt.Sprintf("%.1f/s", s.OfferedRPS)
		}
		if s.PredictedBatch > 0 {
			cells[3] = fmt.Sprintf("%.2f", s.PredictedBatch)
		}
		out = append(out, cells)
	}
	return out
}

// page is the part of a page for people that only this comparison has.
func (r *Report) page() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n## By clients and by load\n\n![Throughput and latency by clients and by load](%s)\n\n## Batches and processors of the live runs\n\n", curvesName+".svg")
	fmt.Fprintf(&b, "| %s |\n|%s\n", strings.Join(sideHeading, " | "), strings.Repeat("---|", len(sideHeading)))
	for _, cells := range r.sideCells() {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
	}
	return b.String()
}
