package paper

import (
	"fmt"
	"slices"
)

// use is what a published figure is good for here.
type use string

const (
	Single    use = "of one GPU: the system is made of it"
	Judged    use = "judged"
	FittedTo  use = "fitted to: not judged"
	Elsewhere use = "on another host than the single GPU: not judged"
)

// times is the unit of systems of which only ratios are published.
const times = "times one GPU"

// perSecond is the unit of the others.
const perSecond = "images/s"

// figure is what is published of a system with so many GPUs.
type figure struct {
	gpus   int
	value  float64
	use    use
	source string
}

// system is one that is published with one GPU and with several.
type system struct {
	short, name, mode string
	unit              string
	file              string   // its scenario, with one GPU
	set               []string // overrides of all its points
	clients           int      // for each GPU, where there is always work
	limitS            float64  // of the 99th percentile of latency in seconds; 0: none, and there is always work
	one               float64  // the published single-GPU figure
	points            []figure
	assumed           string // in words
}

// gpus are the numbers of GPUs at which it is predicted.
func (s system) gpus() []int {
	out := []int{1, 2, 4, 8}
	last := 1
	for _, p := range s.points {
		last = max(last, p.gpus)
	}
	return slices.DeleteFunc(out, func(n int) bool { return n > last })
}

// full is the system with always work for n GPUs.
func (s system) full(n int) Point {
	return At(s.file, append(slices.Clone(s.set), fmt.Sprintf("servers.gpus=%d", n), fmt.Sprintf("workload.concurrency=%d", n*s.clients))...)
}

// offered is the system with n GPUs and independent requests, so many a second.
func (s system) offered(n int, rate float64) Point {
	return At(s.file, append(slices.Clone(s.set), fmt.Sprintf("servers.gpus=%d", n), "workload.arrivals=poisson", fmt.Sprintf("workload.rate=%.6g/s", rate))...)
}

// published are the systems, each figure with the page that it is from; the scenarios say where the rest is from.
func published() []system {
	const (
		v30 = "mlcommons/inference_results_v3.0, "
		v31 = "mlcommons/inference_results_v3.1, "
		// Without a page: the two largest agree with HPE's DL380a and ASUSTeK's ESC8000A offline.
		quoted = "MLPerf, submissions as quoted in round figures, hosts not named"
	)
	offline := func(short, name string, one float64, points ...figure) system {
		return system{short: short, name: name, mode: "offline", unit: perSecond, file: "scaling-mlperf-offline.toml", clients: 32,
			set: []string{fmt.Sprintf("resource.card.speed=%.8g", one/1e5)}, one: one, points: append([]figure{{1, one, Single, v30 + "NVIDIA"}}, points...),
			assumed: "the GPU's time is that of the single one; each GPU has its own PCIe 4.0 x16, and all read from one memory of the host (328 GB/s assumed); samples cost no CPU time. Nothing is fitted to eight GPUs."}
	}
	const pcie = "a batch takes f + b s, s from one GPU's offline figure, f from its server figure; "
	return []system{
		{short: "triton-roberta", name: "Triton, RoBERTa on Quadro RTX 5000", mode: "as many clients as needed", unit: times, file: "scaling-triton-3326.toml", clients: 32, one: 1,
			points: []figure{
				{1, 1, Single, "triton-inference-server/server issue 3326"},
				{2, 1.8, Judged, "triton-inference-server/server issue 3326"},
				{4, 3.3, Judged, "triton-inference-server/server issue 3326"},
				{8, 4.5, FittedTo, "triton-inference-server/server issue 3326"},
			},
			assumed: "the instances take turns at one thing of the host for a part of each batch, exponential; that part, 22 % of a batch's time on one GPU, is fitted to eight GPUs. Model, client, lengths and rates beyond the ratios are not published."},
		{short: "triton-resnet50", name: "Triton, ResNet-50 on A10", mode: "best settings of Model Analyzer", unit: perSecond, file: "scaling-triton-5534.toml", clients: 256, one: 5878.93,
			points: []figure{
				{1, 5878.93, Single, "triton-inference-server/server issue 5534"},
				{2, 10904.5, Judged, "triton-inference-server/server issue 5534"},
			},
			assumed: "float32 tensors over PCIe 4.0 x16 for each GPU, batches of 32, two instances; the host is not named, and nothing of it is fitted or limits, so that two GPUs are predicted to do nearly twice as much."},
		{short: "mlperf-h100-pcie-offline", name: "MLPerf, ResNet-50 on H100-PCIe", mode: "offline", unit: perSecond, file: "scaling-mlperf-h100-pcie.toml", clients: 32, one: 54851.4,
			points: []figure{
				{1, 54851.4, Single, v31 + "NVIDIA, G482-Z54"},
				{8, 442960, Judged, v31 + "NVIDIA, G482-Z54"},
				{2, 113e3, Judged, quoted}, {4, 225e3, Judged, quoted}, {8, 450e3, Judged, quoted},
				{2, 115122, Elsewhere, v31 + "Dell, R760xa"}, {4, 200132, Elsewhere, v31 + "Dell, R760xa"},
				{4, 225970, Elsewhere, v31 + "HPE, DL380a Gen11"}, {8, 446436, Elsewhere, v31 + "Supermicro, SYS-521GE-TNRT"},
				{8, 451941, Elsewhere, v31 + "ASUSTeK, H100-PCIe-80GBx8"},
			},
			assumed: pcie + "each GPU has its own PCIe 4.0 x16, and all read from one memory of the host (328 GB/s assumed); samples cost no CPU time. Nothing is fitted to several GPUs."},
		{short: "mlperf-h100-pcie-server", name: "MLPerf, ResNet-50 on H100-PCIe", mode: "server, p99 at most 15 ms", unit: perSecond, file: "scaling-mlperf-h100-pcie.toml", limitS: 0.015, one: 47017,
			set: []string{"workload.items=1", "stage.inference.max_batch=128"},
			points: []figure{
				{1, 47017, Single, v31 + "NVIDIA, G482-Z54"},
				{8, 368074, Judged, v31 + "NVIDIA, G482-Z54"},
				{2, 103e3, Judged, quoted}, {4, 207e3, Judged, quoted}, {8, 410e3, Judged, quoted},
				{2, 106002, Elsewhere, v31 + "Dell, R760xa"}, {4, 206018, Elsewhere, v31 + "Dell, R760xa"},
				{4, 188015, Elsewhere, v31 + "HPE, DL380a Gen11"}, {8, 368074, Elsewhere, v31 + "Supermicro, SYS-521GE-TNRT"},
				{8, 400094, Elsewhere, v31 + "ASUSTeK, H100-PCIe-80GBx8"},
			},
			assumed: pcie + "requests go to the GPUs in turn. A submission states a rate that its system held (targets: 47,000, 368,000 ...), not the highest: others with the same card held up to 13 % more a GPU."},
		{short: "mlperf-dgx-h100-offline", name: "MLPerf, ResNet-50 on a DGX H100", mode: "offline", unit: perSecond, file: "scaling-mlperf-dgx-h100.toml", clients: 32, one: 91825.7,
			points: []figure{
				{1, 91825.7, Single, v30 + "NVIDIA, DGX H100"},
				{8, 727437, Judged, v30 + "NVIDIA, DGX H100"},
			},
			assumed: "a batch takes f + b s, s from one GPU's offline figure, f from its server figure; samples start in the GPU's memory, so that nothing is shared. Nothing is fitted to eight GPUs."},
		{short: "mlperf-dgx-h100-server", name: "MLPerf, ResNet-50 on a DGX H100", mode: "server, p99 at most 15 ms", unit: perSecond, file: "scaling-mlperf-dgx-h100.toml", limitS: 0.015, one: 76002,
			set: []string{"workload.items=1", "stage.inference.max_batch=256"},
			points: []figure{
				{1, 76002, Single, v30 + "NVIDIA, DGX H100"},
				{8, 600179, Judged, v30 + "NVIDIA, DGX H100"},
			},
			assumed: "as offline; requests go to the GPUs in turn."},
		offline("mlperf-a100-pcie", "MLPerf, ResNet-50 on A100-PCIe", 39152.4, figure{8, 319091, Judged, v30 + "NVIDIA, A100-PCIe-80GBx8_TRT"}),
		offline("mlperf-a100-pcie-triton", "MLPerf, ResNet-50 on A100-PCIe behind Triton", 39095.7, figure{8, 319086, Judged, v30 + "NVIDIA, A100-PCIe-80GBx8_TRT_Triton"}),
		offline("mlperf-dgx-a100", "MLPerf, ResNet-50 on a DGX A100", 42379.3, figure{8, 324612, Judged, v30 + "NVIDIA, DGX-A100_A100-SXM-80GBx8_TRT"}),
	}
}
