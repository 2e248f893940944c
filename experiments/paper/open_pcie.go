package paper

import (
	"context"
	"fmt"
)

// generations are PCIe x16 links, pinned memory, as measured (nvbandwidth): 12.4, 24 to 26 and about 55 GB/s.
var generations = []struct {
	name string
	gbs  float64
}{{"PCIe 3", 12.4}, {"PCIe 4", 25}, {"PCIe 5", 55}}

// pcieGenerations asks what the link is worth for TinyViT.
func pcieGenerations(ctx context.Context, lab *Lab, sheet *Sheet) error {
	const question = "PCIe"
	medium := "pipeline.image=medium"
	kinds := []struct {
		name, file string
		set        []string
	}{
		{"inference alone, pinned", openInference, []string{"link.memory=pinned", "times.copy=0ns"}},
		{"inference alone, pageable", openInference, nil},
		{"end to end, small", openGPU, []string{"pipeline.image=small"}},
		{"end to end, medium", openGPU, []string{medium}},
		{"end to end, medium, 7 engines", openGPU, append(cardEngines()[1].set("medium"), medium)},
	}
	var points []Point
	var lines []Series
	for _, k := range kinds {
		lines = append(lines, Series{Name: k.name})
		for _, g := range generations {
			points = append(points, At(k.file, append([]string{"pipeline.model=tinyvit-5m", fmt.Sprintf("link.bandwidth=%gGB/s", g.gbs)}, k.set...)...))
		}
	}
	got, err := lab.Predict(ctx, points...)
	if err != nil {
		return err
	}
	for i, p := range got {
		s, g := &lines[i/len(generations)], generations[i%len(generations)]
		s.join(g.gbs, p.ThroughputRPS)
		sheet.add(question, s.Name, g.gbs, p.ThroughputRPS, "images/s")
	}
	sheet.Plots = append(sheet.Plots, Plot{Name: "open-pcie", Title: "TinyViT over PCIe 3, 4 and 5", X: "bandwidth of the link (GB/s)", Y: "throughput (images/s)", Series: lines})
	sheet.Notes = append(sheet.Notes, pcieNote(lines))
	return nil
}

// pcieNote says what the link is worth: lines are those of pcieGenerations, in its order.
func pcieNote(lines []Series) string {
	const pinned, pageable, small, medium, engines = 0, 1, 2, 3, 4
	gain := func(line int) string { return fmt.Sprintf("%.1f %%", 100*(lines[line].Y[2]/lines[line].Y[0]-1)) }
	over := func(e, line int) string {
		against := func(g int) float64 { return 100 * (lines[e].Y[g]/lines[line].Y[g] - 1) }
		return fmt.Sprintf("%+.0f, %+.0f, %+.0f %%", against(0), against(1), against(2))
	}
	return fmt.Sprintf("PCIe 3, 4, 5. From PCIe 3 to 5 inference alone of TinyViT gains %s where clients' tensors lie in pinned memory (shared memory that is registered), and %s where a core copies each to it first; "+
		"end to end, medium images gain %s, as their host phase ends in pinned memory. End to end over inference alone with copies, on PCIe 3, 4 and 5: small images %s, medium %s, medium with the seven JPEG engines of "+
		"an H200 %s. Over inference alone from pinned memory, small images: %s.",
		gain(pinned), gain(pageable), gain(medium), over(small, pageable), over(medium, pageable), over(engines, pageable), over(small, pinned))
}
