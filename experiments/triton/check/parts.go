package check

import (
	"math"
	"slices"

	"vsim/sim"
	"vsim/sim/predict"
)

// Parts of a request's time in a model, as the server's statistics and the scenario of a calibration have them.
const (
	queuePart   = "queue_s"
	computePart = "compute_s"
)

// steps of a model's stage in the scenario of a calibration, by the names that the server's statistics have for them.
var steps = []struct {
	name     string // of the step
	beside   string // a further step that they do not tell apart
	measured func(*Split) float64
}{
	{"input", "", func(s *Split) float64 { return s.InputS }}, {"infer", "gather", func(s *Split) float64 { return s.InferS }},
	{"output", "", func(s *Split) float64 { return s.OutputS }},
}

// parts compares the server's own split of the time: queue and compute of each model, and the steps of computing.
func (v *check) parts(c *Case, p *sim.Prediction) (out []Row) {
	for i, model := range c.models() {
		stage := stageOf(p, model)
		if stage == nil {
			v.warn("%s: the prediction has no stage %s; its queue and compute are not compared", c.Name, model)
			continue
		}
		prefix := ""
		if i > 0 {
			prefix = model + "_"
		}
		if math.IsNaN(queueS(p, stage)) {
			continue // the queue grows without bound
		}
		out = append(out, v.partRow(c, prefix+queuePart, queueS(p, stage), func(r *Shown) float64 { return r.Splits[i].QueueS }),
			v.partRow(c, prefix+computePart, computeS(stage), func(r *Shown) float64 { return r.Splits[i].ComputeS() }))
		for _, step := range steps {
			out = append(out, v.partRow(c, prefix+"compute_"+step.name+"_s", stepS(stage, step.name)+stepS(stage, step.beside), func(r *Shown) float64 { return step.measured(&r.Splits[i]) }))
		}
	}
	return out
}

// stageOf is the stage of a model, nil where there is none.
func stageOf(p *sim.Prediction, model string) *predict.Stage {
	i := slices.IndexFunc(p.Stages, func(s predict.Stage) bool { return s.Name == model })
	if i < 0 {
		return nil
	}
	return &p.Stages[i]
}

// stepS is the time of a step in seconds a request.
func stepS(stage *predict.Stage, name string) (sum float64) {
	for k := range stage.Steps {
		if step := &stage.Steps[k]; step.Name == name {
			sum += step.TotalS()
		}
	}
	return sum
}

func computeS(stage *predict.Stage) (sum float64) {
	for _, step := range steps {
		sum += stepS(stage, step.name) + stepS(stage, step.beside)
	}
	return sum
}

// takeStep is what an instance does before it begins, which the statistics count to the queue.
const takeStep = "take"

// queueS is how long requests wait that are served. A prediction's wait is of all that came, those counted in that were turned away; where there
// are some, what the latency of the served has beside its other parts is the wait.
func queueS(p *sim.Prediction, stage *predict.Stage) float64 {
	if p.Dropped.Share.Value == 0 {
		return stage.Queue.WaitS.Value + stepS(stage, takeStep)
	}
	rest := p.LatencyS.Mean.Value
	for i := range p.Stages {
		s := &p.Stages[i]
		for k := range s.Steps {
			if s != stage || s.Steps[k].Name != takeStep {
				rest -= s.Steps[k].TotalS()
			}
		}
		if s != stage {
			rest -= s.Queue.WaitS.Value
		}
	}
	return rest
}
