package paper

import (
	"testing"

	"vsim/sim"
	"vsim/sim/predict"
)

// made is a curve of throughputs, with closed loops' latencies and a share of queueing.
func made(rates []float64, share float64) (c curve) {
	for i, x := range rates {
		c.at = append(c.at, &sim.Prediction{ThroughputRPS: exactly(x), WaitShare: exactly(share), LatencyS: predict.Latency{Mean: exactly(float64(clients[i]) / x)}})
	}
	return c
}

// outcomesOf are figure 5's by claim.
func outcomesOf(cpu, gpu curve) map[string]bool {
	out := map[string]bool{}
	for _, o := range concurrencyOutcomes(cpu, gpu) {
		out[o.ID] = o.Holds()
	}
	return out
}

// Curves as the paper draws them hold, and each claim fails where its curve is bent.
func TestFigure5ClaimsCanFail(t *testing.T) {
	cpu := []float64{100, 200, 300, 500, 700, 900, 1000, 1100, 1100, 1100, 1100, 1100, 1100}
	gpu := []float64{120, 220, 350, 600, 900, 1100, 1300, 1400, 1400, 1400, 1400, 1350, 1300}
	if got := outcomesOf(made(cpu, 0.5), made(gpu, 0.95)); !got["5a"] || !got["5b"] || !got["5c"] || !got["5e"] || got["5d"] || got["5f"] {
		t.Errorf("the paper's curves: %v", got)
	}
	for _, c := range []struct {
		claim string
		gpu   bool
		at    int
		rate  float64
	}{
		{"5a", true, 2, 200}, {"5a", false, 3, 250}, // a dip on the way up
		{"5b", true, index(64), 999}, {"5b", false, index(8), 600}, // one point the other way
		{"5c", true, index(4096), 1400}, {"5c", false, index(4096), 1000}, // no decline; not flat
		{"5e", true, index(4096), 4000},
	} {
		a, b := made(cpu, 0.5), made(gpu, 0.95)
		bent := &a
		if c.gpu {
			bent = &b
		}
		bent.at[c.at].ThroughputRPS, bent.at[c.at].LatencyS.Mean = exactly(c.rate), exactly(float64(clients[c.at])/c.rate)
		if outcomesOf(a, b)[c.claim] {
			t.Errorf("%s holds with %v images/s of %d clients", c.claim, c.rate, clients[c.at])
		}
	}
}

// Halves of figure 5 differ in where images are preprocessed alone.
func TestFigure5HalvesServeAlike(t *testing.T) {
	cpu, gpu := scenarioAt(t, "fig5-cpu.toml"), scenarioAt(t, "fig5-gpu.toml")
	if cpu.Pipeline.Preprocessing != "cpu" || gpu.Pipeline.Preprocessing != "gpu" || gpu.GPU.MemoryFull != "evict" || gpu.Preprocess.Memory != 64<<20 {
		t.Error("halves are not what they say")
	}
	if cpu.Inference.Instances != gpu.Inference.Instances || cpu.Batcher.MaxBatch != gpu.Batcher.MaxBatch || cpu.Batcher.MaxQueueDelay != gpu.Batcher.MaxQueueDelay ||
		cpu.Pipeline.Model != gpu.Pipeline.Model || cpu.Pipeline.Images[0].Size != gpu.Pipeline.Images[0].Size {
		t.Error("halves serve otherwise")
	}
}
