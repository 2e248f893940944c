package paper

import (
	"context"
	"fmt"
	"strings"

	"vsim/sim"
)

// cardCounts are asked for the paper's CPU.
var cardCounts = []int{1, 2, 3, 4, 6, 8}

// perCard are the clients for each GPU.
const perCard = 256

// gpusOfOneCPU asks how many GPUs the paper's CPU can feed.
func gpusOfOneCPU(ctx context.Context, lab *Lab, sheet *Sheet) error {
	const question = "GPUs of one CPU"
	var points []Point
	var lines []Series
	for _, w := range ways {
		for _, size := range []string{"medium", "large"} {
			image := set("pipeline.image", size)
			lines = append(lines, Series{Name: w.name + ", " + size})
			points = append(points, At(w.file, append(withoutHost(w.file), image)...))
			for _, n := range cardCounts {
				point := At(w.file, image, set("gpu.count", n), set("workload.concurrency", perCard*n))
				if w.file == openGPU {
					point.Set = append(point.Set, hostThreads(24, n))
				}
				points = append(points, point)
			}
		}
	}
	got, err := lab.Predict(ctx, points...)
	if err != nil {
		return err
	}
	var found []string
	for i := range lines {
		s := &lines[i]
		at := got[i*(len(cardCounts)+1):][:len(cardCounts)+1]
		for k, n := range cardCounts {
			s.join(float64(n), at[k+1].ThroughputRPS)
			sheet.add(question, s.Name, float64(n), at[k+1].ThroughputRPS, "images/s")
		}
		found = append(found, fed(s, at[0].ThroughputRPS))
	}
	sheet.Plots = append(sheet.Plots, Plot{Name: "open-feed", Title: "GPUs at the paper's CPU, ViT-base", X: "GPUs", Y: "throughput (images/s)", LogY: true, Series: lines})
	sheet.Notes = append(sheet.Notes, fmt.Sprintf("GPUs that one CPU can feed. The paper's 24 cores and ViT-base; so many GPUs are kept within %.0f %% of what each does alone, with a link of its own: %s.", 100*(1-nearly), strings.Join(found, "; ")))
	return nil
}

// fed says how many GPUs are kept busy, of which one alone does so much.
func fed(s *Series, alone sim.Estimate) string {
	n, most := 0.0, 0
	for k := range s.X {
		if s.Y[k] >= nearly*s.X[k]*alone.Value {
			n = s.X[k]
		}
		if s.Y[k] > s.Y[most] {
			most = k
		}
	}
	if n == 0 {
		return fmt.Sprintf("%s not even one, which does %.0f of %.0f images/s (most with %.0f GPUs: %.0f)", s.Name, s.Y[0], alone.Value, s.X[most], s.Y[most])
	}
	return fmt.Sprintf("%s %.0f (one: %.0f images/s, most with %.0f GPUs: %.0f)", s.Name, n, s.Y[0], s.X[most], s.Y[most])
}
