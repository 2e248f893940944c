package paper

import (
	"fmt"
	"time"

	"vsim/hardware"
	"vsim/profile"
)

// ProfileName is the paper's machine among the embedded profiles.
const ProfileName = "i9-13900k-rtx4090-published"

// modelRates are timm's images/s on an RTX 4090, torch.compile and AMP, at batch 256 (pytorch-image-models, results, infer-rtx4090
// compiled). A model in half precision is taken as timm's.
var modelRates = []struct {
	model string
	rate  float64
	half  bool
}{
	{"vit-base", 3345.67, false}, {"resnet50", 8237.46, false}, {"resnet50-fp16", 8237.46, true}, {"tinyvit-5m", 11858.98, false},
	{"mobilenetv2", 18995.91, false}, {"deit-tiny", 24312.15, false},
}

// int8Model is what rtx4090-published has besides, taken over as it is.
const int8Model = "resnet50-int8"

// Engine is how many times as long as timm's compiled models the paper's TensorRT engines take, by claim 3h: they may not use half
// precision.
func (m Machine) Engine() float64 { return float64(m.Slope) * modelRates[0].rate / 1e9 }

// InferKeys are the overrides for a model of which timm's compiled one takes so long for an image of a large batch.
func (m Machine) InferKeys(stepPerImage time.Duration) []string {
	return []string{fmt.Sprintf("times.launch=%dns", m.Fixed.Nanoseconds()), fmt.Sprintf(`times.infer={mean = "0ns", per_image = "%dns"}`, m.slope(stepPerImage).Nanoseconds())}
}

// InferTimes are both in one, for a step of the general form.
func (m Machine) InferTimes(stepPerImage time.Duration) string {
	return fmt.Sprintf(`{mean = "%dns", per_image = "%dns"}`, m.Fixed.Nanoseconds(), m.slope(stepPerImage).Nanoseconds())
}

func (m Machine) slope(stepPerImage time.Duration) time.Duration {
	return time.Duration(m.Engine() * float64(stepPerImage))
}

// Profile is the machine as a profile.
func (m Machine) Profile() *profile.Profile {
	p := &profile.Profile{Name: ProfileName, Origin: profile.Published, Provenance: profile.Provenance{Date: "2026-11-28T00:00:00Z", Complete: true,
		CPU: "Intel Core i9-13900K, calibrated from the paper's claims 3a, 3b, 3c, 6a and published figures",
		GPU: "NVIDIA GeForce RTX 4090, calibrated from the paper's claims 3c, 3h, 6a and published figures",
		Notes: []string{
			"what is fitted to what: experiments/paper/README.md; the equations: experiments/paper/machine.go",
			"huffman: DALI's threads work side by side; time of one image on one core",
			"copy: a tensor to a pinned buffer at 5.7 GB/s, which fits pageable transfers of a Quadro RTX 6000",
			"inference: any batch takes the same time to launch, and each image of it timm's time for the model times one factor; its spread is that of ResNet-50 on an A100 (NVIDIA DeepLearningExamples, Triton), medians over batches 1 to 32",
			"all other times are constants, as nobody has published how they spread",
		}}}
	add := func(k profile.Key, d time.Duration, source string) {
		p.Services = append(p.Services, profile.Service{Key: k, MeanNs: float64(d.Nanoseconds()), Source: source})
	}
	for _, im := range imageSizes {
		add(profile.Key{Stage: "decode", Resource: "cpu", Image: im.name}, time.Duration(float64(decodeCPU)*im.pixels/medium.pixels), "as x86-core-published: 700 img/s a thread, scaled by pixels (arXiv 2605.08731)")
		add(profile.Key{Stage: "resize", Resource: "cpu", Image: im.name}, resizeCPU(im), "as x86-core-published: fast_image_resize 4.0.0, by pixels read and written")
		add(profile.Key{Stage: profile.HuffmanStage, Resource: "cpu", Image: im.name}, m.huffman(im), "claims 3c and 6a, by bytes; large images: nolmoonen/jpeggpu, README, by pixels and bytes")
		add(profile.Key{Stage: "decode", Resource: "gpu", Image: im.name}, device(im), "nolmoonen/jpeggpu, README: no more than 620 img/s leave of a GPU's time, by pixels and memory bandwidth, plus 6 us a launch")
		add(profile.Key{Stage: "resize", Resource: "gpu", Image: im.name}, resizeGPU(im), "as rtx4090-published: traffic in the GPU's memory, plus 6 us a launch")
	}
	for _, batch := range []int{1, 256} {
		add(profile.Key{Stage: profile.DispatchStage, Resource: "cpu", Batch: batch}, m.Dispatch, "claim 6a: what a call of DALI takes besides, whatever its batch")
	}
	add(profile.Key{Stage: profile.ForwardStage, Resource: "cpu"}, m.Forward, "triton-inference-server/dali_backend issue 19: DALI decodes and resizes 1705 img/s in a loop and 1100 behind Triton, RTX 2080 Ti")
	add(profile.Key{Stage: "handoff", Resource: "cpu"}, handoff, "as x86-core-published: NVIDIA/DeepLearningExamples, ResNet-50 on Triton")
	for _, r := range modelRates {
		add(profile.Key{Stage: "copy", Resource: "cpu", Model: r.model}, nsOf(tensorBytes, stagingBandwidth), "602112 bytes at 5.7 GB/s")
		for _, batch := range []int{1, 256} {
			step := time.Duration(1e9 / r.rate)
			if !r.half {
				step = m.slope(step)
			}
			mean := time.Duration(batch) * step
			add(profile.Key{Stage: profile.LaunchStage, Resource: "cpu", Model: r.model, Batch: batch}, m.Fixed, "claims 3h and 6a, the same for all models: what an inference takes whatever its batch; on an H200 the CPU's time of small batches is the GPU's (nvidia-h200-measured, infer-host), as it launches kernel by kernel")
			p.Services = append(p.Services, spread(profile.Service{Key: profile.Key{Stage: "infer", Resource: "gpu", Model: r.model, Batch: batch}, MeanNs: float64(mean.Nanoseconds()),
				Source: fmt.Sprintf("claims 3h and 6a; timm, infer-rtx4090 compiled: %v img/s at batch 256, times one factor for all models but those in half precision", r.rate)}))
		}
	}
	p.Services = append(p.Services, publishedInt8()...)
	return p
}

// publishedInt8 are the times of int8Model.
func publishedInt8() (out []profile.Service) {
	text, _ := hardware.Profile("rtx4090-published")
	published, err := profile.Parse("rtx4090-published", text)
	if err != nil {
		panic(fmt.Sprintf("paper: an embedded profile cannot be read: %v", err))
	}
	for _, s := range published.Services {
		if s.Model == int8Model {
			out = append(out, s)
		}
	}
	return out
}

// spread gives an inference the published quantiles over mean of another GPU and model (rtx4090-published).
func spread(s profile.Service) profile.Service {
	s.Probabilities, s.SDNs = []float64{0, 0.5, 0.9, 0.95, 0.99, 1}, 0.02645*s.MeanNs
	for _, q := range []float64{0.96197, 0.99583, 1.02968, 1.0501, 1.08047, 1.08804} {
		s.QuantilesNs = append(s.QuantilesNs, float64(int64(q*s.MeanNs)))
	}
	return s
}

// Fitted are the numbers of the machine that were fitted, all of them to claims marked cal.
func Fitted() []Fit {
	m := Paper()
	ms := func(d time.Duration) float64 { return float64(d) / 1e6 }
	return []Fit{
		{"inference by PyTorch and ONNX Runtime, an image of a batch of 64", ms(m.Infer), "ms", "1/431 s less decoding, resizing (published) and moving a tensor", "claim 3a"},
		{"DALI on the CPU, an image", ms(m.DALICPU), "ms", "1/446 s less moving and inference", "claim 3b"},
		{"DALI on the GPU, an image", ms(m.DALIGPU), "ms", "1/842 s less inference", "claim 3c"},
		{"host threads of a DALI pipeline", daliThreads, "", "with 1 a call would take 0.66 ms besides, with 2 0.17, with 3 and more less than nothing; 0.14 ms were measured on an H200", "claims 3c, 6a"},
		{"huffman, a medium image on one core", ms(m.Huffman), "ms", "DALI on the GPU less transfer and device phase, times what its threads do", "claim 3c"},
		{"dispatch, a call of DALI besides", ms(m.Dispatch), "ms", "preprocessing is 49 % at zero load", "claim 6a"},
		{"TensorRT, a batch of one", ms(m.Alone), "ms", "preprocessing is 56 % at zero load", "claim 6a"},
		{"TensorRT, an image more", ms(m.Slope), "ms", "the tuned server serves 1600 img/s", "claim 3h"},
		{"TensorRT over timm's compiled models", m.Engine(), "times", "one factor for all models", "claim 3h"},
		{"Kafka's acknowledgement of a face", 2.068, "ms", "share of the broker at zero load, 25 faces", "claim 11c"},
		{"Redis's acknowledgement of a face", 0.0516, "ms", "share of the broker at zero load, 25 faces", "claim 11c"},
	}
}
