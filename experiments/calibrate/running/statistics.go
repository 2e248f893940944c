package running

import (
	"context"
	"fmt"

	"vsim/experiments/oip"
	"vsim/experiments/oip/wire"
)

// counted is what a server's statistics say of some time: by model.
type counted map[string]*modelCount

// modelCount is what a model did.
type modelCount struct {
	Images     uint64 // inferences
	Executions uint64
	Requests   uint64 // answered
	Failed     uint64
	Queue      float64         // ns, of all requests
	Input      float64         // ns of compute input, of all requests
	Total      float64         // ns, of all requests, from when the server has the request until it has the answer
	Batches    map[int]*phases // by batch size
}

// phases are executions of batches of one size.
type phases struct {
	N                          uint64
	InputNs, InferNs, OutputNs float64 // in all
}

// statistics reads what the models have done so far.
func statistics(ctx context.Context, client oip.Client, models []string) (counted, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	out := counted{}
	for _, model := range models {
		all, err := client.Statistics(ctx, model)
		if err != nil {
			return nil, fmt.Errorf("statistics of %s: %s", model, reason(err))
		}
		sum := &modelCount{Batches: map[int]*phases{}}
		for _, version := range all {
			sum.add(version)
		}
		out[model] = sum
	}
	return out, nil
}

func (c *modelCount) add(s *wire.ModelStatistics) {
	c.Images += s.InferenceCount
	c.Executions += s.ExecutionCount
	c.Requests += s.InferenceStats.GetSuccess().GetCount()
	c.Failed += s.InferenceStats.GetFail().GetCount()
	c.Total += float64(s.InferenceStats.GetSuccess().GetNs())
	c.Queue += float64(s.InferenceStats.GetQueue().GetNs())
	c.Input += float64(s.InferenceStats.GetComputeInput().GetNs())
	for _, b := range s.BatchStats {
		at := c.at(int(b.BatchSize))
		at.N += b.ComputeInfer.GetCount()
		at.InputNs += float64(b.ComputeInput.GetNs())
		at.InferNs += float64(b.ComputeInfer.GetNs())
		at.OutputNs += float64(b.ComputeOutput.GetNs())
	}
}

func (c *modelCount) at(batch int) *phases {
	if c.Batches[batch] == nil {
		c.Batches[batch] = &phases{}
	}
	return c.Batches[batch]
}

// since is what happened between two readings.
func (c counted) since(before counted) counted {
	out := counted{}
	for model, now := range c {
		was := before[model]
		d := &modelCount{Images: now.Images - was.Images, Executions: now.Executions - was.Executions, Requests: now.Requests - was.Requests,
			Failed: now.Failed - was.Failed, Queue: now.Queue - was.Queue, Input: now.Input - was.Input, Total: now.Total - was.Total, Batches: map[int]*phases{}}
		for size, p := range now.Batches {
			q := was.at(size)
			if p.N > q.N {
				d.Batches[size] = &phases{p.N - q.N, p.InputNs - q.InputNs, p.InferNs - q.InferNs, p.OutputNs - q.OutputNs}
			}
		}
		out[model] = d
	}
	return out
}

// meanNs is the mean time of an execution at a batch size.
func (p *phases) meanNs() (input, infer, output float64) {
	n := float64(p.N)
	return p.InputNs / n, p.InferNs / n, p.OutputNs / n
}
