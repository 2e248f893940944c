package paper

import (
	"cmp"
	"fmt"
	"math"

	"vsim/sim"
)

// Tolerance is how far a predicted number may be from the paper's, as a part of the paper's.
const Tolerance = 0.15

// Claim is one claim of the paper.
type Claim struct {
	ID    string `json:"id"` // "5d": the figure and a letter
	Claim string `json:"claim"`
	Use   string `json:"use"`   // cal: the machine may be fitted to it; pred: nothing is
	Paper string `json:"paper"` // its value, as the paper has it
}

// Quantity is one number of a claim, or the direction that it states.
type Quantity struct {
	Name      string  `json:"name"`
	Unit      string  `json:"unit"`  // "1" for ratios and shares
	Paper     float64 `json:"paper"` // NaN, and null in JSON, where the claim states no number
	Predicted float64 `json:"predicted"`
	Low       float64 `json:"low"` // 95 % interval of Predicted
	High      float64 `json:"high"`
	Holds     bool    `json:"holds"`
}

// Outcome is a claim beside what was predicted.
type Outcome struct {
	ID         string
	Quantities []Quantity // the first stands for the claim where one number has to
	Why        string     // in words: what was compared, or why it does not hold
}

// Holds says that every number and direction of the claim does.
func (o Outcome) Holds() bool {
	for _, q := range o.Quantities {
		if !q.Holds {
			return false
		}
	}
	return len(o.Quantities) > 0
}

// Near is a number of a claim: it holds where the prediction is within Tolerance of it.
func Near(name, unit string, paper float64, e sim.Estimate) Quantity {
	q := quantity(name, unit, e)
	q.Paper, q.Holds = paper, math.Abs(e.Value-paper) <= Tolerance*math.Abs(paper)
	return q
}

// Gain is a gain that the paper states in percent, compared as the ratio that it is: +104 % is 2.04 times as much.
func Gain(name string, paperPercent float64, ratio sim.Estimate) Quantity {
	return Near(name, "times", 1+paperPercent/100, ratio)
}

// More is a direction: it holds where the ratio (of two predictions) is above 1, its whole interval too.
func More(name string, ratio sim.Estimate) Quantity {
	q := quantity(name, "times", ratio)
	q.Holds = ratio.Low > 1 && known(ratio.Value) && known(ratio.High)
	return q
}

// Less is the other direction.
func Less(name string, ratio sim.Estimate) Quantity {
	q := quantity(name, "times", ratio)
	q.Holds = ratio.High < 1 && known(ratio.Value) && known(ratio.Low)
	return q
}

// AtLeast is a bound: it holds where the prediction is no lower, or cannot be told from it.
func AtLeast(name, unit string, bound float64, e sim.Estimate) Quantity {
	q := quantity(name, unit, e)
	q.Paper, q.Holds = bound, known(e.Value) && known(e.High) && e.High >= bound
	return q
}

// Between is a range: it holds where the prediction lies in it, or within Tolerance of its nearer end.
func Between(name, unit string, low, high float64, e sim.Estimate) Quantity {
	q := quantity(name, unit, e)
	q.Holds = e.Value >= low*(1-Tolerance) && e.Value <= high*(1+Tolerance)
	return q
}

func quantity(name, unit string, e sim.Estimate) Quantity {
	return Quantity{Name: name, Unit: unit, Paper: math.NaN(), Predicted: e.Value, Low: e.Low, High: e.High}
}

// RatioOf is a over b, both predicted independently: its interval has the ends' errors added in squares.
func RatioOf(a, b sim.Estimate) sim.Estimate {
	r := a.Value / b.Value
	half := r * math.Hypot((a.High-a.Low)/2/a.Value, (b.High-b.Low)/2/b.Value)
	return sim.Estimate{Value: r, Low: r - half, High: r + half}
}

// exactly is a number without an interval.
func exactly(x float64) sim.Estimate { return sim.Estimate{Value: x, Low: x, High: x} }

// claimOf finds a claim of the paper.
func claimOf(id string) Claim {
	for _, c := range Claims {
		if c.ID == id {
			return c
		}
	}
	panic(fmt.Sprintf("paper: no claim %q", id))
}

// Claims are all that the paper's text states in numbers and directions (DAC 2024, arXiv 2403.12981).
var Claims = []Claim{
	{"3a", "ViT-base, loop in PyTorch, JPEGs decoded one by one on the CPU", "cal", "431 img/s"},
	{"3b", "the same, DALI decodes batches on the CPU", "cal", "446 img/s"},
	{"3c", "the same, DALI decodes on the GPU (nvJPEG)", "cal", "842 img/s"},
	{"3d", "Triton and ONNX Runtime instead of the loop: copies overlap computing", "pred", "faster than 3c"},
	{"3e", "dynamic batching instead of a fixed batch: throughput", "pred", "drops slightly"},
	{"3f", "dynamic batching instead of a fixed batch: tail latency", "pred", "55 ms to 38 ms"},
	{"3g", "process counts, largest batch and concurrency tuned", "pred", "+300 img/s"},
	{"3h", "TensorRT instead of ONNX Runtime", "cal", "above 1600 img/s"},
	{"4a", "throughput gained by GPU instead of CPU preprocessing, over the zoo, medium images", "pred", "-2.9 % to 104 %, mean 34 %"},
	{"4b", "models under 5 GFLOPs: what is not inference dominates latency", "pred", "above 50 % for most"},
	{"4c", "models over 10 GFLOPs: share of latency that is not inference", "pred", "16 % to 49 %"},
	{"5a", "closed loop: throughput and mean latency both rise with concurrency", "pred", "direction"},
	{"5b", "GPU preprocessing: more throughput and less latency than CPU preprocessing", "pred", "direction"},
	{"5c", "GPU preprocessing declines at very high concurrency, CPU preprocessing stays flat", "pred", "direction"},
	{"5d", "share of queueing in latency, concurrency 64 to 512", "pred", "34 % to 91 %"},
	{"5e", "queueing time at concurrency 4096", "pred", "about 3 s"},
	{"5f", "share of queueing in latency under high concurrency", "pred", "about 60 %"},
	{"6a", "zero load, ViT-base, medium image: share of preprocessing, on the CPU and on the GPU", "cal", "56 %, 49 %"},
	{"6b", "the same, large image", "pred", "97 %, 88 %"},
	{"6c", "zero load, small image: CPU preprocessing has lower latency than GPU preprocessing", "pred", "direction"},
	{"6d", "zero load, large image: GPU preprocessing has much lower latency than CPU preprocessing", "pred", "direction"},
	{"7a", "ViT-base, large image: end to end over inference alone, throughput", "pred", "19.5 %"},
	{"7b", "ViT-base, small and medium image: inference is the bottleneck", "pred", "direction"},
	{"7c", "ResNet-50 and TinyViT, large image: preprocessing is the bottleneck", "pred", "direction"},
	{"7d", "TinyViT, small and medium image: end to end is faster than inference alone, which moves more bytes over PCIe", "pred", "direction, 5 times the bytes"},
	{"8a", "energy of an image: CPU preprocessing takes more than GPU preprocessing, all models and sizes", "pred", "direction"},
	{"8b", "GPU's energy of an image is smaller when it does both", "pred", "direction"},
	{"8c", "from medium to large images the CPU's energy rises clearly with either preprocessing", "pred", "direction"},
	{"9a", "1 to 4 GPUs, medium images: linear, with CPU and with GPU preprocessing", "pred", "linear"},
	{"9b", "large images, GPU preprocessing: a notable gain from 1 to 2 GPUs, little after", "pred", "direction"},
	{"9c", "large images, CPU preprocessing: flat", "pred", "flat"},
	{"9d", "inference alone: linear", "pred", "linear"},
	{"11a", "25 faces a frame: Redis over Kafka, throughput", "pred", "2.25 times"},
	{"11b", "the same, latency at zero load", "pred", "-67 %"},
	{"11c", "share of the broker in that latency: Kafka and Redis", "cal", "71 %, 6 %"},
	{"11d", "fused is best for few faces; Redis overtakes it", "pred", "at 9 faces"},
	{"11e", "inference on the CPU (\"AI Tax\"): shares of Kafka and of the DNN", "pred", "35.9 %, 60 %"},
}

func byValue(a, b sim.Estimate) int { return cmp.Compare(a.Value, b.Value) }
