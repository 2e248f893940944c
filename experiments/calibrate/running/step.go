package running

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// step works out the times of a model from the bursts of one client.
func (r *Calibration) step(model string, bursts []*burst) Step {
	s := Step{Model: model}
	by := map[int]*Size{}
	for _, b := range bursts {
		if !b.alone() {
			continue
		}
		c := b.Counted[model]
		extra := 0.0
		if model == b.bottleneck(executing(b)) {
			extra = r.extraNs(b.idleNs(model))
		}
		for size, p := range c.Batches {
			at := by[size]
			if at == nil {
				at = &Size{Batch: size}
				by[size] = at
			}
			input, infer, output := p.meanNs()
			infer -= extra
			n := float64(at.N)
			k := float64(p.N)
			at.N += int(p.N)
			at.InputNs += (input - at.InputNs) * k / (n + k)
			at.InferNs += (infer - at.InferNs) * k / (n + k)
			at.OutputNs += (output - at.OutputNs) * k / (n + k)
			if len(c.Batches) == 1 {
				at.SamplesNs = append(at.SamplesNs, spreadOf(b, infer))
			}
		}
	}
	for _, size := range by {
		var all []float64
		for _, burst := range size.SamplesNs {
			all = append(all, burst...)
		}
		if len(all) > 1 {
			size.CV = stat.StdDev(all, nil) / stat.Mean(all, nil)
		}
		s.Sizes = append(s.Sizes, *size)
	}
	slices.SortFunc(s.Sizes, func(a, b Size) int { return a.Batch - b.Batch })
	s.WakeNs = r.wakeNs(model, bursts)
	s.GapNs = s.WakeNs
	return s
}

// spreadOf gives times of single inferences with a mean: the round trips' deviations from theirs.
func spreadOf(b *burst, meanNs float64) (out []float64) {
	mean := stat.Mean(b.LatencyNs, nil)
	for _, ns := range b.LatencyNs {
		out = append(out, max(meanNs+ns-mean, meanNs/4))
	}
	return out
}

// wakeNs is the wait of a request that finds an instance idle, without the delay for a fuller batch.
func (r *Calibration) wakeNs(model string, bursts []*burst) float64 {
	wake := math.Inf(1)
	for _, b := range bursts {
		if c := b.Counted[model]; b.alone() && c.Requests > 0 {
			delay := float64(b.configs[model].GetDynamicBatching().GetMaxQueueDelayMicroseconds()) * 1e3
			queue := c.Queue / float64(c.Requests)
			if queue >= delay {
				queue -= delay
			}
			wake = min(wake, queue)
		}
	}
	if math.IsInf(wake, 1) {
		return 0
	}
	return wake
}
