package paper

import (
	"context"

	"vsim/sim"
)

// cell7 is a model and a size of image of figure 7: the server under full load end to end, without the model's time, and without
// preprocessing.
type cell7 struct {
	model, image    string
	whole, alone    *sim.Prediction
	prepared        *sim.Prediction
	live, liveAlone *Measurement
}

// best is where figure 7 preprocesses: on the GPU as the paper where the profile has it.
func (s *Site) best() string { return s.Ways()[len(s.Ways())-1] }

// figure7At is figure 7 on another machine.
func figure7At(ctx context.Context, lab *Lab, at *Site) (*Sheet, error) {
	cells, err := at.cells7(ctx, lab)
	if err != nil {
		return nil, err
	}
	sheet := &Sheet{Table: Table{Columns: []string{"model", "image", "end_to_end_ips", "end_to_end_low_ips", "end_to_end_high_ips", "preprocessing_alone_ips",
		"inference_alone_ips", "end_to_end_over_inference_alone", "measured_end_to_end_ips", "end_to_end_error", "measured_inference_alone_ips", "inference_alone_error"}}}
	plot := Plot{Name: "fig7-throughput", Title: "Throughput under full load, " + wayName(at.best()), Y: "throughput, images/s", Kind: Bars}
	whole, prepared, alone := Series{Name: "end to end"}, Series{Name: "preprocessing alone"}, Series{Name: "inference alone"}
	live, liveAlone := Series{Name: "end to end, measured", Live: true}, Series{Name: "inference alone, measured", Live: true}
	for _, c := range cells {
		plot.Categories = append(plot.Categories, c.model+", "+c.image)
		whole.bar(c.whole.ThroughputRPS)
		prepared.bar(c.prepared.ThroughputRPS)
		alone.bar(c.alone.ThroughputRPS)
		measured, off := beside(c.live, throughputOf, c.whole.ThroughputRPS)
		measuredAlone, offAlone := beside(c.liveAlone, throughputOf, c.alone.ThroughputRPS)
		live.Y, liveAlone.Y = append(live.Y, measured), append(liveAlone.Y, measuredAlone)
		t := c.whole.ThroughputRPS
		sheet.Table.Add(c.model, c.image, t.Value, t.Low, t.High, c.prepared.ThroughputRPS.Value, c.alone.ThroughputRPS.Value,
			t.Value/c.alone.ThroughputRPS.Value, measured, off, measuredAlone, offAlone)
	}
	plot.Series = drawn(whole, prepared, alone, live, liveAlone)
	sheet.Plots, sheet.Outcomes = []Plot{plot}, claims7At(at, cells)
	sheet.Notes = []string{"Preprocessing alone is the server with a model that takes no time."}
	return sheet, nil
}

func (s *Site) cells7(ctx context.Context, lab *Lab) (out []cell7, err error) {
	var points []Point
	for _, model := range s.Few() {
		for _, image := range s.Images(s.best()) {
			whole, alone := s.point(model, image, s.best(), s.full()), s.point(model, image, "none", s.full())
			points = append(points, whole, s.point(model, image, s.best(), s.full(), `times.infer="0ms"`), alone)
			out = append(out, cell7{model: model, image: image, live: lab.measured(whole), liveAlone: lab.measured(alone)})
		}
	}
	all, err := lab.Predict(ctx, points...)
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].whole, out[i].prepared, out[i].alone = all[3*i], all[3*i+1], all[3*i+2]
	}
	return out, nil
}

// claims7At is the direction of claim 7d, where a GPU preprocesses and the profile has TinyViT.
func claims7At(at *Site, cells []cell7) []Outcome {
	var quantities []Quantity
	for _, c := range cells {
		if at.best() == "gpu" && (c.image == "small" || c.image == "medium") && (c.model == paperModels[2][0] || c.model == paperModels[2][1]) {
			quantities = append(quantities, More("end to end over inference alone, "+c.image, RatioOf(c.whole.ThroughputRPS, c.alone.ThroughputRPS)))
		}
	}
	if quantities == nil {
		return nil
	}
	return []Outcome{onto("7d", at, quantities...)}
}
