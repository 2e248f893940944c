package paper

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"vsim/sim"
)

// energyRatio is a comparison of two energies of figure 8.
type energyRatio struct {
	what  string
	ratio sim.Estimate
}

// joules are energies of an image, idling included, in J.
type joules struct {
	throughput, cpu, gpu sim.Estimate // images/s, J, J
}

// total is the energy of both.
func (j joules) total() sim.Estimate { return sum(j.cpu, j.gpu) }

// figure8 asks what an image takes in joules at full load, on the CPU and on the GPU, with preprocessing on either.
func figure8(ctx context.Context, lab *Lab) (*Sheet, error) {
	onCPU, onGPU, err := figure8Energies(ctx, lab)
	if err != nil {
		return nil, err
	}
	var total, gpu, grows []energyRatio
	for m, model := range threeModels {
		for k, size := range threeSizes {
			total = append(total, energyRatio{model.name + ", " + size, RatioOf(onCPU[m][k].total(), onGPU[m][k].total())})
			gpu = append(gpu, energyRatio{model.name + ", " + size, RatioOf(onGPU[m][k].gpu, onCPU[m][k].gpu)})
		}
		grows = append(grows, energyRatio{model.name + ", CPU preprocessing", RatioOf(onCPU[m][2].cpu, onCPU[m][1].cpu)},
			energyRatio{model.name + ", GPU preprocessing", RatioOf(onGPU[m][2].cpu, onGPU[m][1].cpu)})
	}
	medium := []energyRatio{gpu[1], gpu[4], gpu[7]}
	saved := 0
	for _, r := range gpu {
		if Less("", r.ratio).Holds {
			saved++
		}
	}
	return &Sheet{
		Table: figure8Table(onCPU, onGPU),
		Plots: figure8Plots(onCPU, onGPU),
		Outcomes: []Outcome{
			{ID: "8a", Quantities: least(total, func(r energyRatio) Quantity {
				return More("CPU over GPU preprocessing, CPU and GPU together: "+r.what, r.ratio)
			}), Why: "all nine must be above 1; the least comes first"},
			{ID: "8b", Quantities: most(medium, func(r energyRatio) Quantity {
				return Less("GPU's energy, GPU over CPU preprocessing: "+r.what, r.ratio)
			}), Why: fmt.Sprintf("medium images of all models must be below 1; of all nine cells %d are", saved)},
			{ID: "8c", Quantities: least(grows, func(r energyRatio) Quantity {
				return ours(AtLeast("CPU's energy, large over medium: "+r.what, "times", 1.5, r.ratio))
			}), Why: "\"clearly\" is taken as 1.5 times, for all models with either preprocessing; the least comes first"},
		},
		Notes: []string{"Powers are the machine's: upper bounds of a busy core and of a busy GPU (limits of the makers), above what both take with nothing to do, models loaded. " +
			"Decoding and resizing on the GPU are counted with the part of it that resizing takes of an H200, as measured there. What the rest of the machine takes (memory, disks, fans, power supply) is not counted, as not in the paper's two parts."},
	}, nil
}

// figure8Energies predicts all, by model and by size, with CPU and with GPU preprocessing.
func figure8Energies(ctx context.Context, lab *Lab) (onCPU, onGPU [][]joules, err error) {
	var points []Point
	for _, m := range threeModels {
		for _, size := range threeSizes {
			set := []string{"pipeline.model=" + m.key, "pipeline.image=" + size}
			points = append(points, At("fig8-cpu.toml", set...), At("fig8-gpu.toml", set...))
		}
	}
	all, err := lab.Predict(ctx, points...)
	if err != nil {
		return nil, nil, err
	}
	var energies []joules
	for _, p := range all {
		e := p.EnergyJ
		if e == nil || math.IsNaN(e.CPU.Value) || math.IsNaN(e.GPU.Value) {
			return nil, nil, errors.New("fig8: the machine has no powers: give it cpu.idle_power, cpu.core_power, gpu.idle_power, gpu.active_power")
		}
		energies = append(energies, joules{p.ThroughputRPS, e.CPU, e.GPU})
	}
	for row := range slices.Chunk(energies, 2*len(threeSizes)) {
		var cpu, gpu []joules
		for pair := range slices.Chunk(row, 2) {
			cpu, gpu = append(cpu, pair[0]), append(gpu, pair[1])
		}
		onCPU, onGPU = append(onCPU, cpu), append(onGPU, gpu)
	}
	return onCPU, onGPU, nil
}

// least makes quantities of ratios, the least first.
func least(ratios []energyRatio, f func(energyRatio) Quantity) (out []Quantity) {
	for _, r := range ratios {
		out = append(out, f(r))
	}
	slices.SortStableFunc(out, func(a, b Quantity) int { return cmp.Compare(a.Predicted, b.Predicted) })
	return out
}

// most does so with the largest first.
func most(ratios []energyRatio, f func(energyRatio) Quantity) []Quantity {
	out := least(ratios, f)
	slices.Reverse(out)
	return out
}

func figure8Table(onCPU, onGPU [][]joules) Table {
	t := Table{Columns: []string{"model", "image", "preprocessing", "throughput_rps", "cpu_j", "gpu_j", "total_j"}}
	for m := range onCPU {
		for k, size := range threeSizes {
			for _, c := range []struct {
				where string
				j     joules
			}{{"CPU", onCPU[m][k]}, {"GPU", onGPU[m][k]}} {
				t.Add(threeModels[m].name, size, c.where, c.j.throughput.Value, c.j.cpu.Value, c.j.gpu.Value, c.j.total().Value)
			}
		}
	}
	return t
}

// figure8Plots has a plot for each size, as large images take a hundred times as much as small ones.
func figure8Plots(onCPU, onGPU [][]joules) (plots []Plot) {
	for k, size := range threeSizes {
		cpu, gpu := series("CPU"), series("GPU")
		var categories []string
		for m, model := range threeModels {
			categories = append(categories, model.name+"\nCPU prep.", model.name+"\nGPU prep.")
			for _, j := range []joules{onCPU[m][k], onGPU[m][k]} {
				cpu.add(j.cpu)
				gpu.add(j.gpu)
			}
		}
		plots = append(plots, Plot{Name: "fig8-" + size, Title: size + " images: energy by where they are preprocessed", X: "model and where images are preprocessed", Y: "energy of an image, J",
			Kind: Stacked, Categories: categories, Series: []Series{cpu.Series, gpu.Series}})
	}
	return plots
}
