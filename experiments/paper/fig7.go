package paper

import (
	"context"
	"fmt"
	"math"
	"slices"

	"vsim/sim"
	"vsim/sim/scenario"
	"vsim/sim/topology"
)

// named is a model or a way of preprocessing, as the paper and as scenarios call it.
type named struct{ name, key string }

var (
	threeModels = []named{{"ViT-base", "vit-base"}, {"ResNet-50", "resnet50"}, {"TinyViT", "tinyvit-5m"}}
	threeSizes  = []string{"small", "medium", "large"}
)

// inferenceTakesNothing leaves preprocessing alone: what comes after it takes no time, and nothing waits for a fuller batch.
var inferenceTakesNothing = []string{"times.infer=0ms", "times.d2h=0ms"}

// alone is what figure 7 compares, for a model and a size of image.
type alone struct {
	endToEnd, preprocessing, inference *sim.Prediction
}

// figure7 compares serving JPEGs of three sizes with its two halves alone: preprocessing, and inference on float tensors.
func figure7(ctx context.Context, lab *Lab) (*Sheet, error) {
	cells, err := figure7Cells(ctx, lab)
	if err != nil {
		return nil, err
	}
	sheet := &Sheet{Table: figure7Table(cells), Plots: figure7Plots(cells)}
	at := func(model, size int) alone { return cells[model][size] }
	const vit, resnet, tiny, small, medium, large = 0, 1, 2, 0, 1, 2
	sheet.Outcomes = []Outcome{
		{ID: "7a", Quantities: []Quantity{Near("end to end over inference alone", "1", 0.195, at(vit, large).kept())},
			Why: "throughput of JPEGs over that of float tensors, both on the tuned server"},
		{ID: "7b", Quantities: []Quantity{
			More("preprocessing alone over inference alone, small image", at(vit, small).preprocessingOverInference()),
			More("preprocessing alone over inference alone, medium image", at(vit, medium).preprocessingOverInference()),
			More("GPU time of inference over that of preprocessing, small image", at(vit, small).inferenceOverPreprocessing()),
			More("GPU time of inference over that of preprocessing, medium image", at(vit, medium).inferenceOverPreprocessing()),
		}, Why: "preprocessing alone serves more than inference alone, and of the GPU's time for an image inference has the larger part"},
		{ID: "7c", Quantities: []Quantity{
			Less("preprocessing alone over inference alone, ResNet-50", at(resnet, large).preprocessingOverInference()),
			Less("preprocessing alone over inference alone, TinyViT", at(tiny, large).preprocessingOverInference()),
		}, Why: "large images: preprocessing alone serves less than inference alone"},
	}
	tensor, image := moved(at(tiny, medium).inference), moved(at(tiny, medium).endToEnd)
	sheet.Outcomes = append(sheet.Outcomes, Outcome{ID: "7d", Quantities: []Quantity{
		More("end to end over inference alone, small image", at(tiny, small).kept()),
		More("end to end over inference alone, medium image", at(tiny, medium).kept()),
		Near("bytes over PCIe, tensor over medium JPEG", "times", 5, exactly(tensor/image)),
	}, Why: "both sizes must be faster end to end; bytes are those that the scenarios move"})
	sheet.Notes = []string{fmt.Sprintf("Preprocessing alone serves %.0f small, %.0f medium and %.0f large images/s; inference alone %.0f/s with ViT-base, %.0f/s with ResNet-50 and %.0f/s with TinyViT. "+
		"Preprocessing alone is the pipeline with an inference that takes no time, so that it is the same for every model; for inference alone clients send float tensors, so that images have no size.",
		at(vit, small).preprocessing.ThroughputRPS.Value, at(vit, medium).preprocessing.ThroughputRPS.Value, at(vit, large).preprocessing.ThroughputRPS.Value,
		at(vit, small).inference.ThroughputRPS.Value, at(resnet, small).inference.ThroughputRPS.Value, at(tiny, small).inference.ThroughputRPS.Value)}
	return sheet, nil
}

// figure7Cells predicts all, by model and by size.
func figure7Cells(ctx context.Context, lab *Lab) ([][]alone, error) {
	var points []Point
	for _, size := range threeSizes {
		points = append(points, At("fig7-gpu.toml", append([]string{"pipeline.image=" + size}, inferenceTakesNothing...)...))
	}
	for _, m := range threeModels {
		points = append(points, At("fig7-inference.toml", "pipeline.model="+m.key))
		for _, size := range threeSizes {
			points = append(points, At("fig7-gpu.toml", "pipeline.model="+m.key, "pipeline.image="+size))
		}
	}
	p, err := lab.Predict(ctx, points...)
	if err != nil {
		return nil, err
	}
	preprocessing, p := p[:len(threeSizes)], p[len(threeSizes):]
	cells := make([][]alone, len(threeModels))
	for m := range cells {
		for k := range threeSizes {
			cells[m] = append(cells[m], alone{p[1+k], preprocessing[k], p[0]})
		}
		p = p[1+len(threeSizes):]
	}
	return cells, nil
}

// kept is the part of inference alone that is left end to end.
func (a alone) kept() sim.Estimate {
	return RatioOf(a.endToEnd.ThroughputRPS, a.inference.ThroughputRPS)
}

func (a alone) preprocessingOverInference() sim.Estimate {
	return RatioOf(a.preprocessing.ThroughputRPS, a.inference.ThroughputRPS)
}

// inferenceOverPreprocessing compares the GPU's times for an image, end to end.
func (a alone) inferenceOverPreprocessing() sim.Estimate {
	return RatioOf(gpuTime(a.endToEnd, "infer"), gpuTime(a.endToEnd, "decode", "resize"))
}

// gpuTime is how long the GPU works on steps of these names for an image, in seconds on an idle GPU: the time that the stage's
// workers spend on them for each image, without waits and what others on the GPU add.
func gpuTime(p *sim.Prediction, names ...string) (s sim.Estimate) {
	workers := workersOf(p)
	for i := range p.Stages {
		st := &p.Stages[i]
		for k := range st.Steps {
			if step := &st.Steps[k]; step.Type == topology.GPU && slices.Contains(names, step.Name) {
				spent := RatioOf(step.Utilization, p.ThroughputRPS)
				s = sum(s, spent.Times(workers[st.Name]*step.AloneS.Value/step.TotalS()))
			}
		}
	}
	return s
}

// workersOf are the workers of the stages by name, on all GPUs where they are per GPU.
func workersOf(p *sim.Prediction) map[string]float64 {
	s := predictedFrom(p)
	workers := map[string]float64{}
	for _, st := range s.General().Stages {
		workers[st.Name] = float64(st.Workers)
		if st.Per == "gpu" {
			workers[st.Name] *= float64(s.GPU.Count * s.Servers.Count)
		}
	}
	return workers
}

// predictedFrom is what was predicted, read again.
func predictedFrom(p *sim.Prediction) *scenario.Scenario {
	s, err := scenario.Parse("prediction", []byte(p.Scenario), scenario.Options{})
	if err != nil {
		panic(fmt.Sprintf("paper: a prediction's own scenario cannot be read: %v", err))
	}
	return s
}

// moved is what crosses the link to the GPU for an image, in bytes.
func moved(p *sim.Prediction) (bytes float64) {
	for _, st := range predictedFrom(p).General().Stages {
		for _, step := range st.AllSteps() {
			if step.Name == "h2d" && len(step.Service) == 1 {
				bytes += float64(step.Service[0].Bytes)
			}
		}
	}
	return bytes
}

func figure7Table(cells [][]alone) Table {
	t := Table{Columns: []string{"model", "image", "end_to_end_rps", "preprocessing_alone_rps", "inference_alone_rps", "end_to_end_over_inference", "gpu_preprocessing_ms", "gpu_inference_ms"}}
	for m, row := range cells {
		for k, c := range row {
			t.Add(threeModels[m].name, threeSizes[k], c.endToEnd.ThroughputRPS.Value, c.preprocessing.ThroughputRPS.Value, c.inference.ThroughputRPS.Value,
				c.kept().Value, 1e3*gpuTime(c.endToEnd, "decode", "resize").Value, 1e3*gpuTime(c.endToEnd, "infer").Value)
		}
	}
	return t
}

func figure7Plots(cells [][]alone) (plots []Plot) {
	for m, row := range cells {
		ends := series("end to end")
		preprocessing, inference := series("preprocessing alone"), series("inference alone")
		for _, c := range row {
			ends.add(c.endToEnd.ThroughputRPS)
			preprocessing.add(c.preprocessing.ThroughputRPS)
			inference.add(c.inference.ThroughputRPS)
		}
		plots = append(plots, Plot{Name: "fig7-" + threeModels[m].key, Title: threeModels[m].name, X: "image", Y: "throughput, images/s",
			Kind: Bars, LogY: true, Categories: threeSizes, Series: []Series{ends.Series, preprocessing.Series, inference.Series}})
	}
	return plots
}

// growing is a series that is filled point by point.
type growing struct{ Series }

func series(name string) *growing { return &growing{Series{Name: name}} }

// add adds a value over the next category.
func (g *growing) add(e sim.Estimate) {
	g.Y, g.Low, g.High = append(g.Y, e.Value), append(g.Low, e.Low), append(g.High, e.High)
}

// at adds a point.
func (g *growing) at(x float64, e sim.Estimate) {
	g.X = append(g.X, x)
	g.add(e)
}

// ours takes the paper's value from a quantity: its bound is ours, where the paper has words alone.
func ours(q Quantity) Quantity {
	q.Paper = math.NaN()
	return q
}
