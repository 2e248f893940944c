package paper

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"
)

// engines are hardware JPEG engines of a card, put into the paper's machine.
type engines struct {
	name  string
	count int
	rate  map[string]float64 // of all of them together, images/s by size
}

// a100Rate is what an A100's five engines decode: 7800 img/s of 551x676 pixels in batches (torchvision, pull request 8496).
const a100Rate, a100Pixels = 7800.0, 551 * 676

// cardEngines are two cards' engines. The A100's figure is carried over to other sizes by their pixels, which flatters small images; the H200's
// are measured in batches of 32, of large images by the medium one's pixels (hardware/profiles/nvidia-h200-measured.toml).
func cardEngines() []engines {
	a100 := engines{"5 engines (A100)", 5, map[string]float64{}}
	h200 := engines{"7 engines (H200)", 7, map[string]float64{"small": 32 / 778.7105e-6, "medium": 32 / 1.4748582e-3}}
	for _, p := range imageSizes {
		a100.rate[p.name] = a100Rate * a100Pixels / p.pixels
		if h200.rate[p.name] == 0 {
			h200.rate[p.name] = h200.rate[medium.name] * medium.pixels / p.pixels
		}
	}
	return []engines{a100, h200}
}

// set gives the paper's GPU the engines, for images of a size.
func (e engines) set(size string) []string {
	each := time.Duration(float64(e.count) / e.rate[size] * 1e9)
	return []string{set("gpu.jpeg_decoders", e.count), set("times.decode", each)}
}

// openModels are those of figure 7.
var openModels = []struct{ name, model string }{{"ViT-base", "vit-base"}, {"ResNet-50", "resnet50"}, {"TinyViT", "tinyvit-5m"}}

// jpegEngines asks figure 7 of a card with hardware JPEG engines.
func jpegEngines(ctx context.Context, lab *Lab, sheet *Sheet) error {
	const question = "JPEG engines"
	cards := cardEngines()
	var points []Point
	var cells []string
	for _, m := range openModels {
		for _, size := range sizes {
			cells = append(cells, m.name+" "+size)
			model, image := set("pipeline.model", m.model), set("pipeline.image", size)
			points = append(points, At(openInference, model), At(openGPU, model, image))
			for _, c := range cards {
				points = append(points, At(openGPU, append(c.set(size), model, image)...))
			}
		}
	}
	got, err := lab.Predict(ctx, points...)
	if err != nil {
		return err
	}
	bars := []Series{{Name: "inference alone"}, {Name: "end to end, no engines"}, {Name: "end to end, " + cards[0].name}, {Name: "end to end, " + cards[1].name}}
	for i, p := range got {
		s := &bars[i%len(bars)]
		cell := cells[i/len(bars)]
		s.join(float64(i/len(bars)), p.ThroughputRPS)
		sheet.add(question, s.Name, cell, p.ThroughputRPS, "images/s")
	}
	sheet.Plots = append(sheet.Plots, Plot{Name: "open-jpeg", Title: "Figure 7 with hardware JPEG engines", X: "model and image", Y: "throughput (images/s)", LogY: true,
		Kind: Bars, Categories: cells, Series: bars})
	sheet.Notes = append(sheet.Notes, engineNote(cells, bars))
	return nil
}

// engineNote says where engines help.
func engineNote(cells []string, bars []Series) string {
	alone, none, five, seven := bars[0].Y, bars[1].Y, bars[2].Y, bars[3].Y
	best, most := 0, 0.0
	var reach []string
	for i, cell := range cells {
		if gain := seven[i] / none[i]; gain > most {
			best, most = i, gain
		}
		if none[i] < nearly*alone[i] && math.Max(five[i], seven[i]) >= nearly*alone[i] {
			reach = append(reach, cell)
		}
	}
	text := fmt.Sprintf("A hardware JPEG engine. With the seven engines of an H200 beside its own cores the paper's GPU serves up to %.2f times as much as without any (%s: %.0f after %.0f "+
		"images/s, of %.0f that inference alone does); with the five of an A100 %.2f times there. Engines decode Huffman codes too, so that the host is left with "+
		"its copies; its parsing of headers is left out.", most, cells[best], seven[best], none[best], alone[best], five[best]/none[best])
	switch len(reach) {
	case 0:
		text += fmt.Sprintf(" No cell that fell short comes within %.0f %% of inference alone with them.", 100*(1-nearly))
	default:
		text += fmt.Sprintf(" They bring within %.0f %% of inference alone, or above, what fell short: %s.", 100*(1-nearly), strings.Join(reach, ", "))
	}
	last := len(cells) - 7 // ViT-base, large
	return text + fmt.Sprintf(" Large images stay behind with either card: figure 7's %s goes from %.0f %% of inference alone to %.0f %% and %.0f %%.",
		cells[last], 100*none[last]/alone[last], 100*five[last]/alone[last], 100*seven[last]/alone[last])
}
