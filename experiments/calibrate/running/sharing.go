package running

import (
	"context"

	"vsim/sim"
)

// share finds out how much longer inferences take beside others: what is left when the bursts with all instances busy are predicted with
// everything else.
func (r *Calibration) share() error {
	if len(r.Steps) > 1 || len(r.Busy) == 0 {
		return nil
	}
	last := r.Busy[len(r.Busy)-1]
	if last.Instances < 2 {
		return nil
	}
	for range 4 {
		got, err := r.inferBusyNs(last)
		if err != nil {
			return err
		}
		r.Slowdown = max(r.Slowdown*last.InferNs/got, 0.5)
	}
	return nil
}

// inferBusyNs predicts the inferences of a burst with all instances busy.
func (r *Calibration) inferBusyNs(b Busy) (float64, error) {
	source, err := r.Source(b.configs, Workload{Clients: b.Clients, Images: b.Images})
	if err != nil {
		return 0, err
	}
	p, err := sim.Predict(context.Background(), source, sim.Options{NoWhatIf: true, NoPI: true})
	if err != nil {
		return 0, err
	}
	for i := range p.Stages {
		for k := range p.Stages[i].Steps {
			if s := &p.Stages[i].Steps[k]; s.Name == inferStage {
				return s.TotalS() * 1e9, nil
			}
		}
	}
	return 0, nil
}
