package running

import (
	"testing"

	"vsim/experiments/oip/wire"
	"vsim/sim"
)

// Instances on GPUs copy tensors to them and back around their inference; what was measured is the inference's all the same.
func TestInstancesOnAGPU(t *testing.T) {
	c := classifier(8, 1, 0)
	c.InstanceGroup[0].Kind, c.InstanceGroup[0].Gpus = wire.ModelInstanceGroup_KIND_GPU, []int32{0}
	r := calibrated(t, newFake(c), Options{})
	source, err := r.Source(r.Configs(), Workload{Clients: 4})
	if err != nil {
		t.Fatal(err)
	}
	p, err := sim.Predict(t.Context(), source, sim.Options{NoWhatIf: true, NoPI: true})
	if err != nil || p.ThroughputRPS.Value <= 0 {
		t.Errorf("%v", err)
	}
}
