package generator

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/status"

	"vsim/experiments/load/record"
	"vsim/experiments/oip"
	"vsim/experiments/oip/wire"
)

// statistics asks a server what a model, and those of its ensemble, have done.
type statistics struct {
	client oip.Client
	models []string // the model itself first, then those that do the work where it is an ensemble
}

// counts are statistics by model.
type counts map[string]*wire.ModelStatistics

// modelsOf lists a model and, of an ensemble, the models of its steps, each once. config is nil where the server does not tell it.
func modelsOf(ctx context.Context, client oip.Client, model string, config *wire.ModelConfig) []string {
	names := []string{model}
	seen := map[string]bool{model: true}
	for at, of := 0, config; at < len(names); at++ {
		if at > 0 {
			of, _ = client.Config(ctx, names[at]) // one that is not told has no steps
		}
		for _, step := range of.GetEnsembleScheduling().GetStep() {
			if !seen[step.ModelName] {
				seen[step.ModelName], names = true, append(names, step.ModelName)
			}
		}
	}
	return names
}

func (s *statistics) take(ctx context.Context) (counts, error) {
	out := counts{}
	for _, name := range s.models {
		models, err := s.client.Statistics(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("no statistics of model %s: %s", name, status.Convert(err).Message())
		}
		for _, m := range models {
			if m.Name == name && m.InferenceStats != nil {
				out[name] = plus(out[name], m)
			}
		}
		if out[name] == nil {
			return nil, fmt.Errorf("no statistics of model %s", name)
		}
	}
	return out, nil
}

// plus adds up the versions of a model.
func plus(a, b *wire.ModelStatistics) *wire.ModelStatistics {
	if a == nil {
		return b
	}
	x, y := a.InferenceStats, b.InferenceStats
	sum := func(p, q *wire.StatisticDuration) *wire.StatisticDuration {
		return &wire.StatisticDuration{Count: p.GetCount() + q.GetCount(), Ns: p.GetNs() + q.GetNs()}
	}
	return &wire.ModelStatistics{Name: a.Name, InferenceCount: a.InferenceCount + b.InferenceCount, ExecutionCount: a.ExecutionCount + b.ExecutionCount,
		InferenceStats: &wire.InferStatistics{Success: sum(x.Success, y.Success), Fail: sum(x.Fail, y.Fail), Queue: sum(x.Queue, y.Queue),
			ComputeInput: sum(x.ComputeInput, y.ComputeInput), ComputeInfer: sum(x.ComputeInfer, y.ComputeInfer), ComputeOutput: sum(x.ComputeOutput, y.ComputeOutput)}}
}

// split is what happened between two statistics. Of an ensemble the times are those of its steps together.
func (s *statistics) split(before, after counts) (*record.Split, error) {
	top := s.models[0]
	a, b := before[top], after[top]
	if b.InferenceStats.GetSuccess().GetCount() < a.InferenceStats.GetSuccess().GetCount() {
		return nil, errors.New("the server's statistics went backwards: the model was loaded anew")
	}
	out := &record.Split{
		Requests:   b.InferenceStats.GetSuccess().GetCount() - a.InferenceStats.GetSuccess().GetCount(),
		Failures:   b.InferenceStats.GetFail().GetCount() - a.InferenceStats.GetFail().GetCount(),
		Images:     b.InferenceCount - a.InferenceCount,
		Executions: b.ExecutionCount - a.ExecutionCount,
	}
	working := s.models
	if len(working) > 1 {
		working = working[1:]
	}
	for _, name := range working {
		x, y := before[name].InferenceStats, after[name].InferenceStats
		part := func(of func(*wire.InferStatistics) *wire.StatisticDuration) float64 {
			n := of(y).GetCount() - of(x).GetCount()
			return 1e-9 * float64(of(y).GetNs()-of(x).GetNs()) / float64(max(n, 1))
		}
		out.QueueS += part((*wire.InferStatistics).GetQueue)
		out.InputS += part((*wire.InferStatistics).GetComputeInput)
		out.InferS += part((*wire.InferStatistics).GetComputeInfer)
		out.OutputS += part((*wire.InferStatistics).GetComputeOutput)
	}
	return out, nil
}
