package paper

import (
	"context"
	"fmt"

	"vsim/sim"
)

// figure9At is figure 9 on another machine: more GPUs of its kind in it, with the cores and the host's memory that it has.
func figure9At(ctx context.Context, lab *Lab, at *Site) (*Sheet, error) {
	if at.Device != "gpu" {
		return nil, at.unasked("fig9", "it serves with no GPU, so there is no number of GPUs to vary")
	}
	type line struct {
		way, image  string
		predictions []*sim.Prediction
	}
	var lines []line
	var points []Point
	for _, way := range append(at.Ways(), "none") {
		images := at.Images(way)
		if way == "none" {
			images = []string{at.Image(at.Ways()[0])}
		}
		for _, image := range images {
			lines = append(lines, line{way: way, image: image})
			for n := 1; n <= mostGPUs; n++ {
				points = append(points, at.point(at.Main(), image, way, n*at.full(), fmt.Sprintf("gpu.count=%d", n)))
			}
		}
	}
	all, err := lab.Predict(ctx, points...)
	if err != nil {
		return nil, err
	}
	sheet := &Sheet{Table: Table{Columns: []string{"preprocessing", "image", "gpus", "throughput_ips", "throughput_low_ips", "throughput_high_ips", "times_one", "bottleneck"}}}
	plot := Plot{Name: "fig9-throughput", Title: "Several GPUs: " + at.Main(), X: "GPUs", Y: "throughput, images/s"}
	for i := range lines {
		l := &lines[i]
		l.predictions, all = all[:mostGPUs], all[mostGPUs:]
		s := Series{Name: wayName(l.way) + ", " + l.image}
		if l.way == "none" {
			s.Name = wayName(l.way)
		}
		for n, p := range l.predictions {
			t := p.ThroughputRPS
			s.line(float64(n+1), t)
			sheet.Table.Add(l.way, l.image, float64(n+1), t.Value, t.Low, t.High, t.Value/l.predictions[0].ThroughputRPS.Value, p.Bottleneck)
		}
		plot.Series = append(plot.Series, s)
		ratio := RatioOf(l.predictions[mostGPUs-1].ThroughputRPS, l.predictions[0].ThroughputRPS)
		linear := Near("4 GPUs over one, "+s.Name, "times", mostGPUs, ratio)
		switch {
		case l.way == "none":
			sheet.Outcomes = append(sheet.Outcomes, onto("9d", at, linear))
		case l.image == "medium":
			sheet.Outcomes = merged(sheet.Outcomes, onto("9a", at, linear))
		}
	}
	sheet.Plots = []Plot{plot}
	sheet.Notes = []string{fmt.Sprintf("The machine has %d; 2 to %d are more of the same kind, whose contention for anything but its cores is not measured.", at.GPUs, mostGPUs)}
	return sheet, nil
}

// merged adds an outcome to those of its claim that are there.
func merged(all []Outcome, o Outcome) []Outcome {
	for i := range all {
		if all[i].ID == o.ID {
			all[i].Quantities = append(all[i].Quantities, o.Quantities...)
			return all
		}
	}
	return append(all, o)
}
