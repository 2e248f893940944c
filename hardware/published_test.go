package hardware

import (
	"encoding/csv"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"vsim/profile"
	"vsim/sim/golden"
)

// publishedProfile is a profile that is made from the rows of testdata/published.csv with its name.
type publishedProfile struct {
	name, device string
	gpuBandwidth float64 // bytes/ns of the GPU's memory, where decoding on this GPU is published; else 0
	notes        []string
}

const (
	noContention = "no contention is published: instances share the GPU equally, which is pessimistic for small batches, of which a GPU does several at once"
	notDecoded   = "nobody has published how long this GPU takes for one JPEG: decode and resize on the CPU"
	mlperf       = "MLPerf's SingleStream is one image, MultiStream a query of 8, sent when the last one is answered: times hold the transfer to the GPU and the harness, so that they are upper bounds. p99.9 and the line from p99 to it stand for the maximum: the published one is one query in a million"
	offline      = "MLPerf's Offline is a GPU that is never idle: the time of a batch is its images over images/s, with one inference stream; no spread is published, so that it is a constant"
	onlyBatch    = "nobody has published any other batch: the model runs this one alone, and fewer images are padded to it"
	paddleNote   = "TensorRT behind Paddle's inference API, static batches, synthetic input, no preprocessing: the time of a batch is its images over the published images/s, spread as the published latencies"
)

var publishedProfiles = []publishedProfile{
	{"a100-sxm-80gb-published", "NVIDIA A100 SXM 80 GB", 2039, []string{paddleNote,
		"decode: torchvision's CUDA decoder, one by one, 551x676 on average, scaled by pixels; a call on a small image takes longer than the 6 us added",
		"resize: memory traffic at the data sheet's 2039 GB/s only, a lower bound", noContention}},
	{"a100-pcie-80gb-published", "NVIDIA A100 PCIe 80 GB", 0, []string{mlperf, offline, "between batches 8 and 2048 nothing is published: the mean is a straight line", notDecoded, noContention}},
	{"a10-published", "NVIDIA A10 (the A10G of some clouds is another GPU)", 0, []string{paddleNote, notDecoded, noContention}},
	{"l4-published", "NVIDIA L4", 0, []string{mlperf, offline,
		"batches 1 and 8: on a g2-standard-4 of Google Cloud; NVIDIA's own server takes 0.346 and 0.808 ms. Batch 32: NVIDIA's server, 12881.7 img/s; the g2-standard-4 does 12557.8, but its batch is not published", notDecoded, noContention}},
	{"t4-published", "NVIDIA T4", 0, []string{mlperf,
		"resnet50-fp16: round trips to a Triton server on the same machine, an upper bound", "resnet50-int8: on a g4dn.xlarge of AWS; its 6049.7 img/s offline are of a batch that is not published", notDecoded, noContention}},
	{"v100-published", "NVIDIA V100 (mixed precision)", 0, []string{
		"the time of a batch is its images over images/s: batches are run one after the other; no spread is published, so that they are constants", notDecoded, noContention}},
	{"l40s-published", "NVIDIA L40S", 0, []string{offline, onlyBatch,
		"the batch is that of NVIDIA's code for one L40S (inference_results_v4.0, configs/resnet50/Offline: 64); the submitter's own is not stored", notDecoded, noContention}},
	{"h100-pcie-published", "NVIDIA H100 PCIe 80 GB", 0, []string{offline, onlyBatch, notDecoded, noContention}},
	{"h100-sxm-published", "NVIDIA H100 SXM 80 GB", 0, []string{offline, onlyBatch, "input begins in the GPU's memory: the transfer is not in the time", notDecoded, noContention}},
	{"c3-standard-8-published", "c3-standard-8 of Google Cloud: 4 cores of an Intel Xeon Platinum 8481C", 0, []string{
		"infer: MLPerf's SingleStream, ONNX Runtime 1.15.1, float32, on all 4 cores; larger batches are not published", "all else: " + zen4Core}},
	{"ryzen-7950x-published", "AMD Ryzen 9 7950X, 16 cores", 0, []string{
		"infer: MLPerf's SingleStream, ONNX Runtime 1.14.0, float32, on all 16 cores; larger batches are not published", "all else: " + zen4Core}},
}

const zen4Core = "as in x86-core-published, one thread of a Zen 4 class core"

const results31 = "mlcommons/inference_results_v3.1, closed/"

// publishedSources are the sources of the rows.
var publishedSources = map[string]string{
	"paddle":              "NVIDIA/DeepLearningExamples 729963dd47e7, PaddlePaddle/Classification/RN50v1.5/README.md, Paddle-TRT performance, TensorRT",
	"triton-t4":           "NVIDIA/DeepLearningExamples 729963dd47e7, PyTorch/Classification/ConvNets/triton/resnet50/README.md, offline scenario, T4, ONNX Runtime with TensorRT",
	"nvidia-v100":         "NVIDIA AI Inference Platform technical overview (2018), pages 23-24, as cited in arXiv 1912.06322, table 1: ResNet-50, Tesla V100, mixed precision",
	"mlperf-a100-single":  "mlcommons/inference_results_v3.0, closed/NVIDIA/results/A100-PCIe-80GBx1_TRT/resnet50/SingleStream",
	"mlperf-a100-multi":   "mlcommons/inference_results_v3.0, closed/NVIDIA/results/A100-PCIe-80GBx1_TRT/resnet50/MultiStream",
	"mlperf-a100-offline": "mlcommons/inference_results_v3.0, closed/NVIDIA/results/A100-PCIe-80GBx1_TRT/resnet50/Offline; batch of closed/NVIDIA/configs/resnet50/Offline",
	"mlperf-g2-single":    results31 + "CTuning/results/gcp_g2.standard.4-nvidia_original-gpu-tensorrt-vdefault-default_config/resnet50/singlestream",
	"mlperf-g2-multi":     results31 + "CTuning/results/gcp_g2.standard.4-nvidia_original-gpu-tensorrt-vdefault-default_config/resnet50/multistream",
	"mlperf-l4-offline":   results31 + "NVIDIA/results/L4x1_TRT/resnet50/Offline; batch of inference_results_v3.0, closed/NVIDIA/configs/resnet50/Offline",
	"mlperf-g4dn-single":  results31 + "CTuning/results/aws_g4dn.xlarge-nvidia_original-gpu-tensorrt-vdefault-default_config/resnet50/singlestream",
	"mlperf-g4dn-multi":   results31 + "CTuning/results/aws_g4dn.xlarge-nvidia_original-gpu-tensorrt-vdefault-default_config/resnet50/multistream",
	"mlperf-l40s":         "mlcommons/inference_results_v4.1, closed/Lenovo/results/SR650_V3_3xL40S_TRT: 132436 img/s on 3 L40S, Offline",
	"mlperf-h100-pcie":    results31 + "NVIDIA/results/H100-PCIe-80GBx1_TRT/resnet50/Offline; batch of inference_results_v3.0, closed/NVIDIA/configs/resnet50/Offline",
	"mlperf-h100-sxm":     results31 + "NVIDIA/results/DGX-H100_H100-SXM-80GBx1_TRT/resnet50/Offline; batch of inference_results_v3.0, closed/NVIDIA/configs/resnet50/Offline",
	"mlperf-c3":           results31 + "CTuning/results/gcp.c3_standard_8-cpp-cpu-onnxruntime-vdefault-default_config/resnet50/singlestream",
	"mlperf-7950x":        results31 + "CTuning/results/amd_zen4_workstation-reference-cpu-onnxruntime-v1.14.0-default_config/resnet50/singlestream",
}

// TestPublishedProfilesAreCurrent: the profiles are what the published figures and the rules above give.
func TestPublishedProfilesAreCurrent(t *testing.T) {
	rows := publishedRows(t)
	for _, about := range publishedProfiles {
		text, err := about.make(t, rows).Encode()
		if err != nil {
			t.Fatal(err)
		}
		head := "# Made from testdata/published.csv by go test ./hardware -run Published -update; do not edit.\n"
		golden.Check(t, "profiles/"+about.name+".toml", append([]byte(head), text...))
	}
	for _, r := range rows {
		if !slices.ContainsFunc(publishedProfiles, func(p publishedProfile) bool { return p.name == r["profile"] }) {
			t.Errorf("published.csv has rows of %s, which is not made", r["profile"])
		}
	}
}

func publishedRows(t *testing.T) (out []map[string]string) {
	t.Helper()
	text, err := os.ReadFile("testdata/published.csv")
	if err != nil {
		t.Fatal(err)
	}
	table, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, cells := range table[1:] {
		row := map[string]string{}
		for i, name := range table[0] {
			row[name] = cells[i]
		}
		out = append(out, row)
	}
	return out
}

func (about *publishedProfile) make(t *testing.T, rows []map[string]string) *profile.Profile {
	p := &profile.Profile{Name: about.name, Origin: profile.Published,
		Provenance: profile.Provenance{Date: "2026-11-27T00:00:00Z", Complete: true, Notes: about.notes}}
	resource := "gpu"
	if strings.Contains(strings.Join(about.notes, " "), zen4Core) {
		resource, p.Provenance.CPU = "cpu", about.device+", from published figures"
		p.Services = append(p.Services, load(t, "x86-core-published").Services...)
	} else {
		p.Provenance.GPU = about.device + ", from published figures"
	}
	if about.gpuBandwidth > 0 {
		p.Services = append(p.Services, preprocessing(about.gpuBandwidth)...)
	}
	for _, r := range rows {
		if r["profile"] != about.name {
			continue
		}
		infer := inference(t, r, resource)
		if resource == "cpu" {
			p.Services = append(p.Services, within(infer, "copy"), within(infer, "post"))
		}
		p.Services = append(p.Services, infer)
	}
	return p
}

// within is a stage that the published time of an inference holds already: MLPerf's goes from the input in memory to the answer.
func within(infer profile.Service, stage string) profile.Service {
	return profile.Service{Key: profile.Key{Stage: stage, Resource: infer.Resource, Model: infer.Model}, MeanNs: 1,
		Source: "in the time of infer, which ends with the answer; 1 ns stands for nothing: " + infer.Source}
}

// preprocessing is decoding by the A100's published rate and resizing by the traffic in a GPU's memory.
func preprocessing(bandwidth float64) (out []profile.Service) {
	const call = 6e3 // ns
	for _, image := range []struct {
		size   string
		pixels float64
	}{{"small", 60 * 70}, {"medium", 500 * 375}, {"large", 3564 * 2880}} {
		out = append(out,
			profile.Service{Key: profile.Key{Stage: "decode", Resource: "gpu", Image: image.size}, MeanNs: math.Round(call + image.pixels/(551*676)*1e9/1743),
				Source: "derived from torchvision PR 8496: CUDA decoder, one by one, 1743 img/s at 551x676 on an A100; scaled by pixels, plus 6 us a call"},
			profile.Service{Key: profile.Key{Stage: "resize", Resource: "gpu", Image: image.size}, MeanNs: math.Round(call + (3*image.pixels+4*3*224*224)/bandwidth),
				Source: "derived, not measured: three bytes a pixel read and 602112 written at the memory's bandwidth (NVIDIA data sheet), plus 6 us a call"})
	}
	return out
}

// inference is the point of a row.
func inference(t *testing.T, r map[string]string, resource string) profile.Service {
	t.Helper()
	number := func(column string) float64 {
		if r[column] == "" {
			return 0
		}
		x, err := strconv.ParseFloat(r[column], 64)
		if err != nil {
			t.Fatalf("%s of %s: %v", column, r["profile"], err)
		}
		return x
	}
	source, ok := publishedSources[r["source"]]
	if !ok {
		t.Fatalf("%s: no source %q", r["profile"], r["source"])
	}
	batch := number("batch")
	s := profile.Service{Key: profile.Key{Stage: "infer", Resource: resource, Model: r["model"], Batch: int(batch), Threads: int(number("threads"))},
		OnlyBatch: r["only"] == "yes", Source: source + ", " + r["precision"]}
	latency := number("mean_ms") * 1e6
	s.MeanNs = latency
	if rate := number("img_per_s"); rate > 0 {
		s.MeanNs = batch / rate * 1e9
	}
	s.MeanNs = math.Round(s.MeanNs)
	if latency > 0 {
		spread(&s, latency, func(column string) float64 { return number(column) * 1e6 })
	}
	return s
}

// spread gives a point the quantiles that were published beside a mean latency. A median that is not is taken to be the mean, a
// minimum to lie as far below the median as p90 above it, and the maximum on the line through the last two. The quantiles are
// scaled so that the lines between them have the point's mean.
func spread(s *profile.Service, latency float64, published func(column string) float64) {
	median, p90, p95, p99, p999 := published("p50_ms"), published("p90_ms"), published("p95_ms"), published("p99_ms"), published("p999_ms")
	if median == 0 {
		median = latency
	}
	p90 = max(p90, median)
	least := published("min_ms")
	if least == 0 {
		least = 2*median - p90
	}
	s.Probabilities, s.QuantilesNs = []float64{0, 0.5, 0.9, 0.95}, []float64{least, median, p90, p95}
	if p97 := published("p97_ms"); p97 > 0 {
		s.Probabilities, s.QuantilesNs = append(s.Probabilities, 0.97), append(s.QuantilesNs, p97)
	}
	s.Probabilities, s.QuantilesNs = append(s.Probabilities, 0.99), append(s.QuantilesNs, p99)
	most := p99 + (p99-p95)/4
	if p999 > 0 {
		s.Probabilities, s.QuantilesNs = append(s.Probabilities, 0.999), append(s.QuantilesNs, p999)
		most = p999 + (p999-p99)/9
	}
	s.Probabilities, s.QuantilesNs = append(s.Probabilities, 1), append(s.QuantilesNs, most)

	var mean, square float64 // of the distribution that is uniform between neighbouring quantiles
	for i := 1; i < len(s.Probabilities); i++ {
		part, a, b := s.Probabilities[i]-s.Probabilities[i-1], s.QuantilesNs[i-1], s.QuantilesNs[i]
		mean += part * (a + b) / 2
		square += part * (a*a + a*b + b*b) / 3
	}
	scale := s.MeanNs / mean
	for i := range s.QuantilesNs {
		s.QuantilesNs[i] = math.Round(s.QuantilesNs[i] * scale)
	}
	s.SDNs = math.Round(math.Sqrt(max(square-mean*mean, 0)) * scale)
}
