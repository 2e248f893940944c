package check

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"

	"vsim/experiments/brokers/live"
	"vsim/experiments/validate"
	"vsim/profile"
	"vsim/sim"
)

// Report is what vsim validate brokers prints.
type Report struct {
	*validate.Report
	Sides []Side `json:"sides"`

	of map[string]*Case // by name
}

// Side is what a case shows beside the metrics: means over its live runs, losses in all of them. Cores are those that were busy
// on average.
type Side struct {
	Case           string      `json:"name"`
	OwnCores       float64     `json:"own_cores"`    // of the pipeline, with its clients of the broker
	BrokerCores    float64     `json:"broker_cores"` // 0 where they are not known
	PredictedCores float64     `json:"predicted_cores"`
	MessageBytes   float64     `json:"message_bytes"`
	AckS           float64     `json:"ack_s"`         // from the hand-over of a message to its acknowledgement
	FacesABatch    float64     `json:"faces_a_batch"` // that the identifier worked on at once
	Losses         live.Losses `json:"losses"`
}

func sideOf(c *Case, results []*live.Shown, p *sim.Prediction, cores int) Side {
	s := Side{Case: c.Name}
	mean := func(of func(*live.Shown) float64) float64 { return meanOver(results, of) }
	s.OwnCores, s.BrokerCores = mean(func(r *live.Shown) float64 { return r.OwnCores }), mean(func(r *live.Shown) float64 { return r.BrokerCores })
	s.MessageBytes, s.AckS = mean(func(r *live.Shown) float64 { return r.Messages.Bytes }), mean(func(r *live.Shown) float64 { return r.Messages.AckS })
	if s.FacesABatch = mean(func(r *live.Shown) float64 { return r.Messages.Batch }); c.Kind == Fused {
		s.FacesABatch = float64(c.Faces)
	}
	for _, r := range results {
		s.Losses = s.Losses.Plus(r.Losses)
	}
	for i := range p.Resources {
		if p.Resources[i].Name == "cpu" {
			s.PredictedCores = p.Resources[i].Utilization.Value * float64(cores)
		}
	}
	return s
}

// What should hold.
const (
	mostThroughputError = 0.08
	mostZeroLoadError   = 0.10
	mostP99Error        = 0.20
	mostP99OverNoise    = 1.5
)

// goals say how far rows are from what should hold.
func goals(rows []Row) (out []validate.Goal) {
	worst := map[string]float64{}
	n := map[string]int{}
	tails, fine := 0, 0
	note := func(what string, r Row) {
		worst[what] = max(worst[what], math.Abs(r.Error))
		n[what]++
	}
	for _, r := range rows {
		switch {
		case r.Metric == validate.Throughput:
			note("throughput", r)
		case r.Metric == validate.LatencyMean && r.Band == profile.ZeroLoad:
			note("zero load", r)
		case r.Metric == validate.LatencyP99:
			tails++
			if e := math.Abs(r.Error); e <= mostP99Error || e <= mostP99OverNoise*r.NoiseFloor {
				fine++
			}
		}
	}
	add := func(what, of string, high float64) {
		if n[of] > 0 {
			out = append(out, validate.Goal{What: what, Found: worst[of], High: high, N: n[of]})
		}
	}
	add("throughput, error, worst", "throughput", mostThroughputError)
	add("mean latency at zero load, error, worst", "zero load", mostZeroLoadError)
	if tails > 0 {
		out = append(out, validate.Goal{What: fmt.Sprintf("p99 within %.0f %% or %.1f noise floors", 100*mostP99Error, mostP99OverNoise),
			Found: float64(fine) / float64(tails), Low: 1, High: 1, N: tails})
	}
	return out
}

// Text writes the report for people, with details also the parts of a frame's way.
func (r *Report) Text(w io.Writer, details bool) error {
	if err := r.Report.Text(w, details); err != nil {
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "What should hold:\tshould be\tis\tholds\t")
	for _, g := range r.Summary.Goals {
		should, holds := fmt.Sprintf("at most %.0f %%", 100*g.High), "no"
		if g.Low > 0 {
			should = fmt.Sprintf("%.0f %% of %d", 100*g.Low, g.N)
		}
		if g.Holds() {
			holds = "yes"
		}
		fmt.Fprintf(t, "%s\t%s\t%.1f %%\t%s\t\n", g.What, should, 100*g.Found, holds)
	}
	fmt.Fprintln(t, "\t\t\t\t")
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w, "Processors and messages of the live runs:")
	t = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(sideHeading, "\t")+"\t")
	for _, s := range r.Sides {
		fmt.Fprintln(t, strings.Join(s.cells(), "\t")+"\t")
	}
	return t.Flush()
}

var sideHeading = []string{"case", "cores of ours", "of the broker", "both predicted", "message", "acknowledged after", "faces a batch", "frames lost"}

func (s *Side) cells() []string {
	cells := []string{s.Case, fmt.Sprintf("%.2f", s.OwnCores), "-", fmt.Sprintf("%.2f", s.PredictedCores), "-", "-", fmt.Sprintf("%.1f", s.FacesABatch), fmt.Sprint(s.Losses.Frames)}
	if s.BrokerCores > 0 {
		cells[2] = fmt.Sprintf("%.2f", s.BrokerCores)
	}
	if s.MessageBytes > 0 {
		cells[4], cells[5] = fmt.Sprintf("%.1f kB", s.MessageBytes/1000), fmt.Sprintf("%.2f ms", 1e3*s.AckS)
	}
	return cells
}

// page is the part of a page for people that only this comparison has.
func (r *Report) page() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n## By faces of a frame\n\n![Throughput and latency by faces](faces.svg)\n\n## Processors and messages of the live runs\n\n")
	fmt.Fprintf(&b, "*ours*: the pipeline with its clients of the broker. *frames lost*: those of which a message was lost.\n\n")
	fmt.Fprintf(&b, "| %s |\n|%s\n", strings.Join(sideHeading, " | "), strings.Repeat("---|", len(sideHeading)))
	for _, s := range r.Sides {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(s.cells(), " | "))
	}
	return b.String()
}
