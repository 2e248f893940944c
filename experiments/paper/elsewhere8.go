package paper

import (
	"context"
	"math"

	"vsim/sim"
)

// figure8At is figure 8 on another machine: the energy of an image under full load, as far as powers are known.
func figure8At(ctx context.Context, lab *Lab, at *Site) (*Sheet, error) {
	type bar struct{ model, image, way string }
	var bars []bar
	var points []Point
	for _, model := range at.Few() {
		for _, way := range at.Ways() {
			for _, image := range at.Images(way) {
				bars, points = append(bars, bar{model, image, way}), append(points, at.point(model, image, way, at.full()))
			}
		}
	}
	all, err := lab.Predict(ctx, points...)
	if err != nil {
		return nil, err
	}
	sheet := &Sheet{Table: Table{Columns: []string{"model", "image", "preprocessing", "cpu_j", "gpu_j", "gpu_idle_share"}}}
	plot := Plot{Name: "fig8-energy", Title: "Energy of an image under full load", Y: "energy of an image, J", Kind: Stacked}
	cpu, gpu := Series{Name: "CPU"}, Series{Name: "GPU"}
	found := map[bar]sim.Estimate{}
	for i, b := range bars {
		c, g, idle := energy(all[i])
		sheet.Table.Add(b.model, b.image, b.way, c.Value, g.Value, idle)
		plot.Categories = append(plot.Categories, b.model+", "+b.image+", "+b.way)
		cpu.Y, gpu.Y = append(cpu.Y, c.Value), append(gpu.Y, g.Value)
		found[b] = g
	}
	plot.Series = drawn(gpu, cpu)
	if len(plot.Series) == 0 {
		return nil, at.unasked("fig8", "no power of it is known: write cpu.idle_power, cpu.core_power, gpu.idle_power and gpu.active_power into its file")
	}
	sheet.Plots = []Plot{plot}
	if len(plot.Series) == 1 {
		sheet.Notes = []string{"The power of the other device is not known: the energy is that of the " + plot.Series[0].Name + " alone."}
	}
	if len(at.Ways()) == 2 && at.Has("cpu", "medium") && at.Has("gpu", "medium") && plot.Series[0].Name == "GPU" {
		var less []Quantity
		for _, model := range at.Few() {
			less = append(less, Less("GPU's energy of a medium image, GPU over CPU preprocessing: "+model, RatioOf(found[bar{model, "medium", "gpu"}], found[bar{model, "medium", "cpu"}])))
		}
		sheet.Outcomes = []Outcome{onto("8b", at, less...)}
	}
	return sheet, nil
}

// energy is that of an image on the CPU and on the GPU, J, NaN where it is not known, and what part of the GPU's it takes idle.
func energy(p *sim.Prediction) (cpu, gpu sim.Estimate, idle float64) {
	nan := sim.Estimate{Value: math.NaN(), Low: math.NaN(), High: math.NaN()}
	if p.EnergyJ == nil {
		return nan, nan, math.NaN()
	}
	cpu, gpu = p.EnergyJ.CPU, p.EnergyJ.GPU
	if gpu.Value == 0 {
		gpu = nan // there is none
	}
	return cpu, gpu, p.EnergyJ.GPUIdleShare.Value
}
