package paper

import (
	"context"
	"fmt"
	"strings"
)

// coreCounts are asked for one GPU.
var coreCounts = []int{1, 2, 4, 6, 8, 12, 16, 24, 32, 64, 128}

// hostThreads gives the DALI pipelines of n GPUs, two each, all cores of the host.
func hostThreads(cores, gpus int) string { return set("preprocess.threads", max(1, cores/(2*gpus))) }

// gpuAlone makes the host's part of preprocessing free.
var gpuAlone = []string{"times.decode=0ns", "times.resize=0ns"}

// withoutHost are the overrides that show what the GPU alone can do.
func withoutHost(file string) []string {
	if file == openGPU {
		return []string{"times.huffman=0ns", hostThreads(24, 1)}
	}
	return gpuAlone
}

// coresForBalance asks with how many cores the host keeps one GPU busy.
func coresForBalance(ctx context.Context, lab *Lab, sheet *Sheet) error {
	const question = "cores for balance"
	var points []Point
	var lines []Series
	for _, w := range ways {
		for _, size := range sizes {
			image := set("pipeline.image", size)
			lines = append(lines, Series{Name: w.name + ", " + size})
			points = append(points, At(w.file, append(withoutHost(w.file), image)...))
			for _, n := range coreCounts {
				point := At(w.file, image, set("cpu.cores", n))
				if w.file == openGPU {
					point.Set = append(point.Set, hostThreads(n, 1))
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
		s, all := &lines[i], got[i*(len(coreCounts)+1)].ThroughputRPS.Value
		need := 0
		for k, n := range coreCounts {
			part := dividedBy(got[i*(len(coreCounts)+1)+1+k].ThroughputRPS, all)
			s.join(float64(n), part)
			sheet.add(question, s.Name, float64(n), part, "of what the GPU alone does")
			if need == 0 && part.Value >= nearly {
				need = n
			}
		}
		found = append(found, balance(s, need, all))
	}
	sheet.Plots = append(sheet.Plots, Plot{Name: "open-cores", Title: "Cores for one GPU, ViT-base", X: "cores", Y: "throughput, as part of what the GPU alone does", LogX: true, Series: lines})
	sheet.Notes = append(sheet.Notes, fmt.Sprintf("CPU cores per GPU for balance. ViT-base, the fewest of the cores asked for with which throughput is within %.0f %% of what the GPU does when the host's decoding, resizing and Huffman "+
		"decoding cost nothing: %s. The slow-down of cores by each other is the published one of 8 workers, drawn on by Amdahl's law: decoding on the CPU, many cores do at most "+
		"%.1f times what one does, which is why more of them do not help where one is too slow by more.", 100*(1-nearly), strings.Join(found, "; "), 1/Paper().Contended))
	return nil
}

// balance says how many cores are needed.
func balance(s *Series, need int, all float64) string {
	last := len(s.Y) - 1
	if need == 0 {
		return fmt.Sprintf("%s (%.0f images/s): not with %.0f, which reach %.0f %%", s.Name, all, s.X[last], 100*s.Y[last])
	}
	return fmt.Sprintf("%s (%.0f images/s): %d", s.Name, all, need)
}
