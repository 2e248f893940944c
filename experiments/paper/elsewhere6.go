package paper

import (
	"context"
	"fmt"
	"strings"

	"vsim/sim"
)

// groups are the parts of figure 6, from the bottom of its bars. Preprocessing is all that is done to an image before inference, with the
// transfer of what is preprocessed on the GPU; transfer is that of tensors and answers, with the copies of tensors into a batch.
var groups = []string{"preprocessing", "transfer", "inference", "queueing", "rest"}

// groupOf is the group of a part of a server, by its name in predictions and live runs.
func groupOf(part, way string) string {
	switch {
	case strings.HasSuffix(part, " queue"):
		return "queueing"
	case part == "decode" || part == "resize" || part == "huffman" || part == "dispatch" || part == "forward" || way == "gpu" && (part == "h2d" || part == "staging"):
		return "preprocessing"
	case part == "h2d" || part == "staging" || part == "d2h" || part == "copy" || part == "reload":
		return "transfer"
	case part == "infer" || part == "launch":
		return "inference"
	}
	return "rest"
}

// bar6 is one bar of figure 6.
type bar6 struct {
	model, image, way string
	prediction        *sim.Prediction
	live              *Measurement
}

// parts are the seconds of a request in each group.
func (b *bar6) parts() map[string]float64 {
	out := map[string]float64{}
	for _, part := range b.prediction.Parts() {
		out[groupOf(part.Name, b.way)] += part.MeanS
	}
	return out
}

// measuredParts are those that a live run showed; the rest is what its parts lack of the latency: being answered.
func (b *bar6) measuredParts() map[string]float64 {
	out, sum := map[string]float64{}, 0.0
	for name, s := range b.live.Parts {
		out[groupOf(name, b.way)] += s
		sum += s
	}
	out["rest"] += b.live.LatencyS - sum
	return out
}

// figure6At is figure 6 on another machine.
func figure6At(ctx context.Context, lab *Lab, at *Site) (*Sheet, error) {
	bars, err := at.bars6(ctx, lab)
	if err != nil {
		return nil, err
	}
	sheet := &Sheet{Table: Table{Columns: []string{"model", "image", "preprocessing", "kind", "latency_mean_s"}}}
	for _, g := range groups {
		sheet.Table.Columns = append(sheet.Table.Columns, g+"_s")
	}
	sheet.Table.Columns = append(sheet.Table.Columns, "preprocessing_share")
	plot := Plot{Name: "fig6-latency", Title: "Zero load: " + at.Main(), Y: "mean latency, s", Kind: Stacked}
	for _, g := range groups {
		plot.Series = append(plot.Series, Series{Name: g})
	}
	for _, b := range bars {
		b.add(sheet, &plot, at, "predicted", b.prediction.LatencyS.Mean.Value, b.parts())
		if b.live != nil {
			b.add(sheet, &plot, at, "measured", b.live.LatencyS, b.measuredParts())
		}
	}
	sheet.Plots, sheet.Outcomes, sheet.Notes = []Plot{plot}, claims6At(at, bars), at.lacks()
	return sheet, nil
}

func (b *bar6) add(sheet *Sheet, plot *Plot, at *Site, kind string, latency float64, parts map[string]float64) {
	row := []any{b.model, b.image, b.way, kind, latency}
	for _, g := range groups {
		row = append(row, parts[g])
	}
	sheet.Table.Add(append(row, parts["preprocessing"]/latency)...)
	if b.model != at.Main() {
		return
	}
	name := b.image
	if len(at.Ways()) > 1 {
		name += ", " + strings.ToUpper(b.way)
	}
	if kind == "measured" {
		name += ", measured"
	}
	plot.Categories = append(plot.Categories, name)
	for i, g := range groups {
		plot.Series[i].Y = append(plot.Series[i].Y, parts[g])
	}
}

func (s *Site) bars6(ctx context.Context, lab *Lab) (out []bar6, err error) {
	var points []Point
	for _, model := range s.Few() {
		for _, way := range s.Ways() {
			for _, image := range s.Images(way) {
				p := s.point(model, image, way, 1)
				points, out = append(points, p), append(out, bar6{model: model, image: image, way: way, live: lab.measured(p)})
			}
		}
	}
	all, err := lab.Predict(ctx, points...)
	for i := range all {
		out[i].prediction = all[i]
	}
	return out, err
}

// claims6At are the directions of figure 6 that can be asked where a GPU preprocesses too.
func claims6At(at *Site, bars []bar6) (out []Outcome) {
	mean := func(image, way string) *sim.Estimate {
		for _, b := range bars {
			if b.model == at.Main() && b.image == image && b.way == way {
				return &b.prediction.LatencyS.Mean
			}
		}
		return nil
	}
	for _, c := range []struct {
		id, image, over, under string
	}{{"6c", "small", "gpu", "cpu"}, {"6d", "large", "cpu", "gpu"}} {
		if a, b := mean(c.image, c.over), mean(c.image, c.under); a != nil && b != nil {
			out = append(out, onto(c.id, at, More(fmt.Sprintf("latency, %s over %s preprocessing", strings.ToUpper(c.over), strings.ToUpper(c.under)), RatioOf(*a, *b))))
		}
	}
	return out
}
