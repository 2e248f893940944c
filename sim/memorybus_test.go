package sim

import "testing"

// large is a server whose GPUs decode large files, of which the memory carries 11 times 1 MB a request: 10 ms at 1.1 GB/s.
const large = `
[cpu]
cores = 64
[gpu]
count = 1
[link]
bandwidth = "1000GB/s"
[memory]
bandwidth = "1.1GB/s"
[server]
copies = 5
[pipeline]
images = [{size = "big", bytes = "1MB", decoded = "3MB"}]
[inference]
instances = 1
[batcher]
max_batch = 1
max_queue_delay = "0ns"
[times]
decode = "15ms"
resize = "0ns"
infer = "5ms"
d2h = "0ns"
[workload]
concurrency = 1
`

// TestMemoryBusIsShared: alone, a request takes 10 ms on its way through the memory and 20 on the GPU; no number of GPUs serves more
// requests than the memory carries, 100 a second, and without copies nothing of the memory is simulated.
func TestMemoryBusIsShared(t *testing.T) {
	if got := fromText(t, large).LatencyS.Mean.Value; !near(got, 0.030, 1e-3) {
		t.Errorf("alone %v s, want 0.030", got)
	}
	if got := fromText(t, large, "server.copies=0").LatencyS.Mean.Value; !near(got, 0.020, 1e-3) {
		t.Errorf("without copies %v s, want 0.020", got)
	}
	for gpus, want := range map[string]float64{"1": 50, "2": 100, "8": 100} {
		if got := fromText(t, large, "gpu.count="+gpus, "workload.concurrency=64").ThroughputRPS.Value; !near(got, want, 0.02) {
			t.Errorf("%s GPUs serve %v/s, want %v", gpus, got, want)
		}
	}
}

// TestMemoryBusCarriesTensors: without preprocessing the clients' tensors are carried, 11 times 0.5 MB: 5 ms of 10.
func TestMemoryBusCarriesTensors(t *testing.T) {
	if got := fromText(t, large, "pipeline.preprocessing=none", "pipeline.tensor=500kB").LatencyS.Mean.Value; !near(got, 0.010, 1e-3) {
		t.Errorf("%v s, want 0.010", got)
	}
}
