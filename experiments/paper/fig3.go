package paper

import (
	"context"
	"fmt"
	"math"

	"vsim/sim"
)

// fixedImages is the batch of figure 3's servers until they are tuned: the largest power of two of which the preprocessed inputs,
// 602,112 B each, fit Triton's pool of 64 MiB.
const fixedImages = 64

// rung is a step of figure 3's ladder.
type rung struct {
	file, name string
	tuned      bool // serves as a search says
}

// ladder is figure 3: each step changes one thing.
var ladder = []rung{
	{"fig3-pytorch.toml", "PyTorch, JPEGs one by one", false},
	{"fig3-dali-cpu.toml", "DALI on the CPU", false},
	{"fig3-dali-gpu.toml", "DALI on the GPU", false},
	{"fig3-fixed.toml", "Triton + ONNX Runtime", false},
	{"fig3-dynamic.toml", "dynamic batching", false},
	{tunedFile, "tuned", true},
	{"fig3-tensorrt.toml", "TensorRT", true},
}

// steps of the ladder, by number
const (
	onePyTorch = iota
	oneDALICPU
	oneDALIGPU
	fixedBatch
	dynamicBatch
	tunedServer
	tensorRT
)

func figure3(ctx context.Context, lab *Lab) (*Sheet, error) {
	found := map[int]tuning{}
	var points []Point
	for i, r := range ladder {
		p := At(r.file)
		if r.tuned {
			t, err := tune(ctx, lab, r.file)
			if err != nil {
				return nil, err
			}
			found[i], p.Set = t, t.best.Keys()
		}
		points = append(points, p)
	}
	steps, err := lab.Predict(ctx, points...)
	if err != nil {
		return nil, err
	}
	return &Sheet{Table: ladderTable(steps, found), Plots: ladderPlots(steps), Outcomes: ladderOutcomes(steps), Notes: ladderNotes(found)}, nil
}

func ladderTable(steps []*sim.Prediction, found map[int]tuning) Table {
	t := Table{Columns: []string{"step", "name", "preprocess_instances", "preprocess_max_batch_images", "inference_instances", "max_batch_images", "in_flight_images",
		"throughput_images_per_s", "throughput_low_images_per_s", "throughput_high_images_per_s", "latency_mean_s", "latency_p99_s", "bottleneck"}}
	chosen := map[int]Server{fixedBatch: {1, fixedImages, 1, fixedImages, 2 * fixedImages}, dynamicBatch: {1, fixedImages, 1, fixedImages, 2 * fixedImages}, tunedServer: found[tunedServer].best, tensorRT: found[tensorRT].best}
	for i, p := range steps {
		x := images(p)
		var server []any
		if s, ok := chosen[i]; ok {
			server = []any{float64(s.Preprocess), float64(s.PreprocessBatch), float64(s.Inference), float64(s.MaxBatch), float64(s.Concurrency)}
		} else {
			server = []any{"", "", "", float64(loopBatch), float64(loopBatch)}
		}
		t.Add(append(append([]any{float64(i + 1), ladder[i].name}, server...), x.Value, x.Low, x.High, p.LatencyS.Mean.Value, p.LatencyS.P99.Value, p.Bottleneck)...)
	}
	return t
}

func ladderPlots(steps []*sim.Prediction) []Plot {
	var names []string
	var throughput, p99 Series
	for i, p := range steps {
		names = append(names, ladder[i].name)
		throughput.add(float64(i+1), images(p), 1)
		p99.add(float64(i+1), p.LatencyS.P99, 1e3)
	}
	throughput.Name, p99.Name = "throughput", "99th percentile of latency"
	return []Plot{
		{Name: "fig3-throughput", Title: "Throughput, step by step: ViT-base, medium images", Y: "throughput, images/s", Kind: Bars, Categories: names, Series: []Series{throughput}},
		{Name: "fig3-latency", Title: "Tail latency, step by step", Y: "99th percentile of latency, ms", Kind: Bars, Categories: names, Series: []Series{p99}},
	}
}

// add appends an estimate, with its interval, in another unit.
func (s *Series) add(x float64, y sim.Estimate, scale float64) {
	s.X, s.Y = append(s.X, x), append(s.Y, y.Value*scale)
	s.Low, s.High = append(s.Low, y.Low*scale), append(s.High, y.High*scale)
}

func ladderOutcomes(steps []*sim.Prediction) []Outcome {
	rate := func(i int) sim.Estimate { return images(steps[i]) }
	p99 := func(i int) sim.Estimate { return steps[i].LatencyS.P99 }
	const unit = "images/s"
	slower := RatioOf(rate(dynamicBatch), rate(fixedBatch))
	return []Outcome{
		{"3a", []Quantity{Near("throughput", unit, 431, rate(onePyTorch))}, "by construction: the time of inference is solved for it"},
		{"3b", []Quantity{Near("throughput", unit, 446, rate(oneDALICPU))}, "by construction: the time of DALI on the CPU is solved for it"},
		{"3c", []Quantity{Near("throughput", unit, 842, rate(oneDALIGPU))}, "by construction: the host phase of nvJPEG is solved for it"},
		{"3d", []Quantity{More("throughput over that of 3c", RatioOf(rate(fixedBatch), rate(oneDALIGPU)))}, "step 4 over step 3"},
		{"3e", []Quantity{Less("throughput over that with fixed batches", slower), AtLeast("the same: slightly", "times", 1-Tolerance, slower)},
			"step 5 over step 4: below 1, and by no more than 15 %, which is what slightly is taken for"},
		{"3f", []Quantity{Near("99th percentile with fixed batches", "s", 0.055, p99(fixedBatch)), Near("the same with dynamic batching", "s", 0.038, p99(dynamicBatch)),
			Less("the second over the first", RatioOf(p99(dynamicBatch), p99(fixedBatch)))}, tailWhy(rate(fixedBatch), rate(dynamicBatch))},
		{"3g", []Quantity{Near("throughput gained", unit, 300, differenceOf(rate(tunedServer), rate(dynamicBatch)))}, "step 6 less step 5"},
		{"3h", []Quantity{AtLeast("throughput", unit, 1600, rate(tensorRT))}, "step 7, tuned anew"},
	}
}

// tailWhy is what Little's law says of a closed loop: the mean latency is the number in flight over the throughput.
func tailWhy(fixed, dynamic sim.Estimate) string {
	const inFlight = 2 * fixedImages
	return fmt.Sprintf("%d images are in flight with either: by Little's law the mean latency is %.0f ms with fixed batches and %.0f ms with dynamic ones, "+
		"whatever the batches, so that a lower tail at a lower throughput needs fewer images in flight; the paper does not say how many it had",
		inFlight, 1e3*inFlight/fixed.Value, 1e3*inFlight/dynamic.Value)
}

// differenceOf is a less b, both predicted independently.
func differenceOf(a, b sim.Estimate) sim.Estimate {
	d := a.Value - b.Value
	half := math.Hypot((a.High-a.Low)/2, (b.High-b.Low)/2)
	return sim.Estimate{Value: d, Low: d - half, High: d + half}
}

func ladderNotes(found map[int]tuning) []string {
	t, last := found[tunedServer], found[tensorRT].best
	return []string{
		fmt.Sprintf("Steps 4 and 5: batches of %d images, the largest power of two of which the preprocessed inputs fit Triton's pool of 64 MiB; twice as many images in flight, as Triton's "+
			"guide to optimization says for most throughput; one instance of each model and no delay, Triton's defaults.", fixedImages),
		fmt.Sprintf("Step 6 is what a search of %d servers finds (1 to 4 instances of preprocessing and of inference, batches of 8 to 128, 16 to 512 clients), %d of them looked at closely: "+
			"the largest throughput is %.0f images/s; of those within 1 %% the one with the least p99 has %d of preprocessing, %d of inference, "+
			"batches of %d and %d, and %d clients, with %.0f images/s.", t.looks, t.close, t.top.Value, t.best.Preprocess, t.best.Inference, t.best.PreprocessBatch, t.best.MaxBatch, t.best.Concurrency, t.rate.Value),
		fmt.Sprintf("Step 7 is tuned in the same way, with TensorRT: %d of preprocessing, %d of inference, batches of %d and %d, and %d clients. Figures 4 to 9 serve so.",
			last.Preprocess, last.Inference, last.PreprocessBatch, last.MaxBatch, last.Concurrency),
	}
}
