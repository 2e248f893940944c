package report

import (
	"strings"
	"testing"

	"vsim/sim/predict"
)

// A server that the host's phase of GPU decoding limits is told so; one whose CPU does more of something else, or that something
// else limits, is not.
func TestHostPhaseIsNamed(t *testing.T) {
	for _, c := range []struct {
		huffmanS, otherS float64
		limit            predict.Limit
		named            bool
	}{
		{0.016, 0.001, predict.Limit{Cause: predict.BusyResource, Name: "cpu", Key: "cpu"}, true},
		{0.016, 0.003, predict.Limit{Cause: predict.BusyResource, Name: "cpu", Key: "cpu"}, false}, // a batch of 8 takes 8 times 2 ms
		{0.016, 0.001, predict.Limit{Cause: predict.BusyResource, Name: "gpu", Key: "gpu"}, false},
		{0.016, 0.001, predict.Limit{Cause: predict.BusyWorkers, Name: "inference", Key: "inference.instances"}, false},
	} {
		p := sample()
		p.BottleneckCause = &c.limit
		p.Stages = []predict.Stage{
			{Name: "frontend", Visits: only(1), MeanBatch: only(1), Steps: []predict.Step{{Name: "overhead", Resource: "cpu", AloneS: only(c.otherS)}}},
			{Name: "inference", Visits: only(1), MeanBatch: only(8), Steps: []predict.Step{{Name: "huffman", Resource: "cpu", AloneS: only(c.huffmanS)}, {Name: "decode", Resource: "gpu", AloneS: only(0.02)}}},
		}
		if got := bottleneck(p, listed(p)); strings.Contains(got, "huffman: the host's phase") != c.named {
			t.Errorf("%+v: %q", c, got)
		}
	}
}
