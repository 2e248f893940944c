package sim

import (
	"context"
	"testing"

	"vsim/sim/scenario"
)

// hosted is a server whose GPU preprocesses after a host phase of 2 ms an image: a batch of one takes 2 + 1 + 0.5 + 4 ms alone.
const hosted = `
[cpu]
cores = 8
[gpu]
count = 1
[link]
bandwidth = "1000GB/s"
[pipeline]
image = "medium"
[inference]
instances = 1
[batcher]
max_batch = 1
max_queue_delay = "0ns"
[times]
huffman = "2ms"
h2d = "0ns"
decode = "1ms"
resize = "500us"
infer = {mean = "4ms"}
d2h = "0ns"
[workload]
concurrency = 1
`

func onHost(t *testing.T, set ...string) *Prediction {
	t.Helper()
	return fromText(t, hosted, set...)
}

// fromText predicts a scenario without what-if runs.
func fromText(t *testing.T, text string, set ...string) *Prediction {
	t.Helper()
	s, err := scenario.Parse("test.toml", []byte(text), scenario.Options{Set: set})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Predict(context.Background(), Of(s), Options{NoWhatIf: true, NoPI: true})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func cpuBusy(t *testing.T, p *Prediction) float64 {
	t.Helper()
	for i := range p.Resources {
		if p.Resources[i].Name == "cpu" {
			return p.Resources[i].Utilization.Value
		}
	}
	t.Fatal("no cpu")
	return 0
}

// TestHuffmanOfOneClient: the latency is the sum of the parts, and so it is in separate preprocessing.
func TestHuffmanOfOneClient(t *testing.T) {
	for _, set := range [][]string{nil, {"preprocess.separate=true"}, {"preprocess.threads=8"}} {
		if got := onHost(t, set...).LatencyS.Mean.Value; !near(got, 0.0075, 1e-3) {
			t.Errorf("%v: %v s, want 0.0075", set, got)
		}
	}
}

// TestHuffmanOfBatches: of 8 clients whose images go in batches of 8, the host phase takes the rounds of its threads: 16 ms of one
// core with one thread, 4 ms of four with four, 6 ms for the last of the 8 with three; the rest takes 8 x 1.5 + 4 ms.
func TestHuffmanOfBatches(t *testing.T) {
	for threads, hostS := range map[string]float64{"1": 0.016, "3": 0.006, "4": 0.004, "8": 0.002} {
		p := onHost(t, "workload.concurrency=8", "batcher.max_batch=8", "batcher.max_queue_delay=1ms", "preprocess.threads="+threads)
		span := hostS + 0.016
		if got := p.ThroughputRPS.Value; !near(got, 8/span, 0.005) {
			t.Errorf("%s threads: %v/s, want %v", threads, got, 8/span)
		}
		if got, want := cpuBusy(t, p), 0.016/span/8; !near(got, want, 0.005) {
			t.Errorf("%s threads: the cpu is %v busy, want %v", threads, got, want)
		}
	}
}

// TestHuffmanOnSchedule: requests that come one every 10 ms never wait (D/D/1 below its load): the latency is the sum.
func TestHuffmanOnSchedule(t *testing.T) {
	p := onHost(t, "workload.arrivals=deterministic", "workload.rate=100/s")
	if got := p.LatencyS.P99.Value; !near(got, 0.0075, 5e-3) {
		t.Errorf("p99 %v s, want 0.0075", got)
	}
}

// TestNoHuffmanIsHuffmanOfNoTime: a host phase of no time is as none.
func TestNoHuffmanIsHuffmanOfNoTime(t *testing.T) {
	p := onHost(t, "times.huffman=0ns", "workload.concurrency=8")
	if got := p.ThroughputRPS.Value; !near(got, 1/0.0055, 0.005) {
		t.Errorf("%v/s, want %v", got, 1/0.0055)
	}
	if busy := cpuBusy(t, p); busy != 0 {
		t.Errorf("the cpu is %v busy", busy)
	}
}

// TestHostPhasesShareTheCores: no number of GPUs serves more than the cores' host phases, 8 in 2 ms; below that each GPU serves
// its own, and the cores are named as what limits.
func TestHostPhasesShareTheCores(t *testing.T) {
	for gpus, want := range map[string]float64{"1": 4 / 0.0075, "16": 8 / 0.002, "32": 8 / 0.002} {
		// Four instances a GPU, whose jobs do not slow each other down.
		p := onHost(t, "gpu.count="+gpus, "gpu.slowdown={neighbours=[1],factors=[1]}", "inference.instances=4", "workload.concurrency=256")
		if got := p.ThroughputRPS.Value; !near(got, want, 0.02) {
			t.Errorf("%s GPUs serve %v/s, want %v", gpus, got, want)
		}
		if limit := p.Bottleneck; gpus != "1" && limit != "cpu" {
			t.Errorf("%s GPUs: bottleneck %q, want the cpu", gpus, limit)
		}
	}
}
