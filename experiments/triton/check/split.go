package check

import (
	"context"
	"fmt"
	"slices"

	"vsim/experiments/oip"
	"vsim/experiments/oip/wire"
)

// Split is how the server itself says that requests to a model spent their time between two readings of its statistics: means of
// those that were served, in seconds.
type Split struct {
	Model      string  `json:"model"`
	Served     uint64  `json:"served"`
	Failed     uint64  `json:"failed"`
	Executions uint64  `json:"executions"`
	QueueS     float64 `json:"queue_s"`
	InputS     float64 `json:"compute_input_s"`
	InferS     float64 `json:"compute_infer_s"`
	OutputS    float64 `json:"compute_output_s"`
}

// ComputeS is the time of all that is no waiting.
func (s *Split) ComputeS() float64 { return s.InputS + s.InferS + s.OutputS }

// Batch is the mean batch of an execution, in requests.
func (s *Split) Batch() float64 { return over(float64(s.Served), float64(s.Executions)) }

// statistics reads what each of some models has done.
func statistics(ctx context.Context, client oip.Client, models []string) (out []*wire.ModelStatistics, err error) {
	for _, name := range models {
		all, err := client.Statistics(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("statistics of %s: %w", name, err)
		}
		i := slices.IndexFunc(all, func(m *wire.ModelStatistics) bool { return m.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("statistics of %s: the server has none", name)
		}
		out = append(out, all[i])
	}
	return out, nil
}

// splits are the differences of two readings of the same models.
func splits(before, after []*wire.ModelStatistics) (out []Split) {
	for i, a := range after {
		from, to := before[i].InferenceStats, a.InferenceStats
		mean := func(of func(*wire.InferStatistics) *wire.StatisticDuration) float64 {
			b, a := of(from), of(to)
			return over(float64(a.GetNs()-b.GetNs())*1e-9, float64(a.GetCount()-b.GetCount()))
		}
		out = append(out, Split{
			Model:      a.Name,
			Served:     to.GetSuccess().GetCount() - from.GetSuccess().GetCount(),
			Failed:     to.GetFail().GetCount() - from.GetFail().GetCount(),
			Executions: a.ExecutionCount - before[i].ExecutionCount,
			QueueS:     mean((*wire.InferStatistics).GetQueue), InputS: mean((*wire.InferStatistics).GetComputeInput),
			InferS: mean((*wire.InferStatistics).GetComputeInfer), OutputS: mean((*wire.InferStatistics).GetComputeOutput),
		})
	}
	return out
}
