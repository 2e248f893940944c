package paper

import (
	"context"
	"fmt"

	"vsim/sim"
)

// Zero load, as figure 6 has it: models, image sizes, and where images are preprocessed, each by the scenario that does so.
var (
	zeroLoadModels = []string{"vit-base", "resnet50", "tinyvit-5m"}
	zeroLoadSizes  = []string{"small", "medium", "large"}
	zeroLoadPlaces = []struct{ name, file string }{{"CPU", "fig6-cpu.toml"}, {"GPU", "fig6.toml"}}
)

// zeroLoadCell is one bar.
type zeroLoadCell struct{ model, size, place string }

func figure6(ctx context.Context, lab *Lab) (*Sheet, error) {
	var cells []zeroLoadCell
	var points []Point
	for _, model := range zeroLoadModels {
		for _, size := range zeroLoadSizes {
			for _, place := range zeroLoadPlaces {
				cells = append(cells, zeroLoadCell{model, size, place.name})
				points = append(points, At(place.file, "pipeline.model="+model, "pipeline.image="+size))
			}
		}
	}
	got, err := lab.Predict(ctx, points...)
	if err != nil {
		return nil, err
	}
	at := map[zeroLoadCell]*sim.Prediction{}
	for i, c := range cells {
		at[c] = got[i]
	}
	return &Sheet{
		Table:    zeroLoadTable(cells, got),
		Plots:    zeroLoadPlots(at),
		Outcomes: zeroLoadClaims(at),
		Notes: []string{"Preprocessing is all that is done to an image before inference (parsing, decoding, resizing), with the transfer of what is preprocessed: " +
			"the compressed image with GPU preprocessing, the tensor with CPU preprocessing. The table and the plots tell the transfer apart; preprocessing_share has both. " +
			"The rest is the server's own work on a request, and the transfer of its answer."},
	}, nil
}

func zeroLoadTable(cells []zeroLoadCell, got []*sim.Prediction) Table {
	t := Table{Columns: []string{"model", "image", "preprocessing", "latency_ms", "preprocessing_ms", "transfer_ms", "inference_ms", "queue_ms", "rest_ms", "preprocessing_share", "inference_share"}}
	for i, c := range cells {
		row := []any{c.model, c.size, c.place, 1e3 * got[i].LatencyS.Mean.Value}
		for _, e := range partsMS(got[i]) {
			row = append(row, e.Value)
		}
		t.Add(append(row, preprocessingShare(got[i]).Value, shares(got[i])[inferring].Value)...)
	}
	return t
}

// partsMS are the parts of the mean latency in ms.
func partsMS(p *sim.Prediction) [5]sim.Estimate {
	out := shares(p)
	for i := range out {
		out[i] = out[i].Times(1e3 * p.LatencyS.Mean.Value)
	}
	return out
}

// zeroLoadPlots has ViT-base as the paper does: shares of latency for all sizes, and times of each size, whose scales are far apart.
func zeroLoadPlots(at map[zeroLoadCell]*sim.Prediction) []Plot {
	const model = "vit-base"
	all := Plot{Name: "fig6-shares", Title: "ViT-base at zero load: where the time goes", X: "image, preprocessing", Y: "share of latency (%)", Kind: Stacked, Series: partSeries()}
	plots := []Plot{}
	for _, size := range zeroLoadSizes {
		one := Plot{Name: "fig6-" + size, Title: fmt.Sprintf("ViT-base at zero load, %s image", size), X: "preprocessing", Y: "latency (ms)", Kind: Stacked, Series: partSeries()}
		for _, place := range zeroLoadPlaces {
			p := at[zeroLoadCell{model, size, place.name}]
			all.Categories = append(all.Categories, size+", "+place.name)
			one.Categories = append(one.Categories, place.name)
			ms := partsMS(p)
			for i, share := range shares(p) {
				addY(&all.Series[i], share.Times(100))
				addY(&one.Series[i], ms[i])
			}
		}
		plots = append(plots, one)
	}
	return append([]Plot{all}, plots...)
}

func partSeries() []Series {
	out := make([]Series, len(partNames))
	for i, name := range partNames {
		out[i].Name = name
	}
	return out
}

// muchLower is what claim 6d calls much lower: half the time at most.
const muchLower = 2

func zeroLoadClaims(at map[zeroLoadCell]*sim.Prediction) []Outcome {
	vit := func(size, place string) *sim.Prediction { return at[zeroLoadCell{"vit-base", size, place}] }
	share := func(size string, cpu, gpu float64) []Quantity {
		return []Quantity{
			Near("CPU preprocessing", "1", cpu, preprocessingShare(vit(size, "CPU"))),
			Near("GPU preprocessing", "1", gpu, preprocessingShare(vit(size, "GPU"))),
		}
	}
	cpuOverGPU := func(size string) sim.Estimate {
		return RatioOf(vit(size, "CPU").LatencyS.Mean, vit(size, "GPU").LatencyS.Mean)
	}
	const what = "share of mean latency with one client: all that is done to an image before inference, with the transfer of what is preprocessed"
	return []Outcome{
		{ID: "6a", Quantities: share("medium", 0.56, 0.49), Why: what},
		{ID: "6b", Quantities: share("large", 0.97, 0.88), Why: what},
		{ID: "6c", Quantities: []Quantity{Less("latency, CPU over GPU preprocessing", cpuOverGPU("small"))}, Why: "mean latency of ViT-base with one client, small image"},
		{ID: "6d", Quantities: []Quantity{AtLeast("latency, CPU over GPU preprocessing", "times", muchLower, cpuOverGPU("large"))},
			Why: "mean latency of ViT-base with one client, large image; much lower is taken as half at most"},
	}
}
