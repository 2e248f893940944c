package report

import (
	"vsim/profile"
	"vsim/sim/predict"
)

// hostPhase says of a CPU that limits a server whose GPUs decode what it is busy with, "" where it is busy with something else.
func hostPhase(p *predict.Prediction, limit *predict.Limit) string {
	if limit.Cause != predict.BusyResource || mostOn(p, limit.Name) != profile.HuffmanStage {
		return ""
	}
	return " Most of its work is huffman: the host's phase of the GPUs' decoding, for which all GPUs of a server share its cores."
}

// mostOn is the step that takes most of a resource for a request.
func mostOn(p *predict.Prediction, resource string) (name string) {
	most := 0.0
	for i := range p.Stages {
		st := &p.Stages[i]
		for k := range st.Steps {
			step := &st.Steps[k]
			work := st.Visits.Value * step.AloneS.Value / max(st.MeanBatch.Value, 1) // all of a batch see the time of all
			if step.Resource == resource && work > most {
				most, name = work, step.Name
			}
		}
	}
	return name
}
