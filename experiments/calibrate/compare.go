package calibrate

import (
	"context"
	"math"
	"slices"

	"vsim/sim"
	"vsim/sim/scenario"
)

// Metric is a figure of an online row that is predicted.
type Metric int

// The metrics. Computing is OnlineRow.Computing. Batch is the mean size of the simulated batches against the
// table's Computing, which is all that it tells of them: less than the batch by the part of the time in which
// the instance answers or waits.
const (
	Throughput Metric = iota
	Latency
	Queue
	Computing
	Batch
	metrics
)

// Case is a row of the online table with its prediction, in images a second, seconds and images.
type Case struct {
	Concurrency int
	Anchor      bool // Fit has seen the row
	Predicted   [metrics]float64
	Measured    [metrics]float64
}

// Error is predicted/measured - 1.
func (c *Case) Error(m Metric) float64 { return c.Predicted[m]/c.Measured[m] - 1 }

// Compare predicts every row of an online table.
func Compare(ctx context.Context, m *Model, online, anchors []OnlineRow) ([]Case, error) {
	var cases []Case
	for _, row := range online {
		predicted, err := m.predict(ctx, row.Concurrency)
		if err != nil {
			return nil, err
		}
		cases = append(cases, Case{
			Concurrency: row.Concurrency, Anchor: slices.Contains(anchors, row), Predicted: predicted,
			Measured: [metrics]float64{row.ThroughputRPS, row.AvgS, row.QueueS, row.Computing(), row.Computing()},
		})
	}
	return cases, nil
}

// predict simulates the model's scenario with a number of clients, without the spread: it lengthens tails, and moves no
// mean that is compared here by more than a part in a hundred.
func (m *Model) predict(ctx context.Context, clients int) (out [metrics]float64, err error) {
	means := *m
	means.Spread = AssumeSpread(0)
	s, err := scenario.Parse("calibrated scenario", means.Scenario("calibrated", "", []OnlineRow{{Concurrency: clients}}), scenario.Options{})
	if err != nil {
		return out, err
	}
	p, err := sim.Predict(ctx, sim.Of(s), sim.Options{NoWhatIf: true, NoPI: true})
	if err != nil {
		return out, err
	}
	out[Throughput], out[Latency] = p.ThroughputRPS.Value, p.LatencyS.Mean.Value
	for i := range p.Stages {
		st := &p.Stages[i]
		if st.Name != "instance" {
			continue
		}
		out[Queue], out[Batch] = st.Queue.WaitS.Value, st.MeanBatch.Value
		for k := range st.Steps {
			if st.Steps[k].Name != "respond" {
				out[Computing] += st.Steps[k].TotalS() * p.ThroughputRPS.Value
			}
		}
	}
	return out, nil
}

// Errors are the absolute errors of the rows that Fit has not seen, ascending.
func Errors(cases []Case, m Metric) []float64 {
	var e []float64
	for i := range cases {
		if !cases[i].Anchor {
			e = append(e, math.Abs(cases[i].Error(m)))
		}
	}
	slices.Sort(e)
	return e
}
