package paper

import (
	"bytes"
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// madeUp has a plot of each kind.
func madeUp() []Plot {
	concurrency := []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096}
	var gpu, cpu, low, high []float64
	for i, c := range concurrency {
		gpu = append(gpu, 1800*c/(c+6)*(1-math.Max(0, float64(i-9))*0.06))
		cpu = append(cpu, 1300*c/(c+9))
		low, high = append(low, 0.93*cpu[i]), append(high, 1.07*cpu[i])
	}
	var models []string
	var gains []float64
	for i := range 44 {
		models, gains = append(models, fmt.Sprintf("efficientnet-b%d-in%d", i, i*i)), append(gains, math.Sin(float64(i))*50+40)
	}
	sizes := []string{"small", "medium", "large"}
	return []Plot{
		{Name: "lines", Title: "Throughput against concurrency: a closed loop of so many clients, ViT-base, medium images", X: "concurrency", Y: "throughput, img/s", LogX: true, Kind: Lines,
			Series: []Series{{Name: "CPU preprocessing", X: concurrency, Y: cpu, Low: low, High: high}, {Name: "GPU preprocessing", X: concurrency, Y: gpu},
				{Name: "GPU preprocessing, measured", X: concurrency[:5], Y: []float64{300, 420, 700, 990, math.NaN()}, Live: true}}},
		{Name: "log", Title: "Latency", X: "concurrency", Y: "latency, ms", LogX: true, LogY: true, Kind: Lines, Series: []Series{{X: concurrency, Y: cpu, Low: low, High: high}}},
		{Name: "bars", Title: "Energy of an image", Y: "energy, J", Kind: Bars, Categories: sizes,
			Series: []Series{{Name: "CPU", Y: []float64{0.1, 0.3, 1.4}, Low: []float64{0.08, 0.25, 1.2}, High: []float64{0.12, 0.35, 1.6}}, {Name: "GPU", Y: []float64{0.2, math.NaN(), 0.9}},
				{Name: "GPU, measured", Y: []float64{0.25, 0.28, 0.8}, Live: true}}},
		{Name: "logbars", Title: "Throughput by size", Y: "throughput, img/s", LogY: true, Kind: Bars, Categories: sizes, Series: []Series{{Name: "CPU", Y: []float64{25000, 3000, 61}, Low: []float64{24000, 2900, 50}, High: []float64{26000, 3100, 70}}, {Name: "GPU", Y: []float64{47000, 0, 288}}}},
		{Name: "stacked", Title: "Where the time goes", Y: "share of latency, %", Kind: Stacked, Categories: []string{"small, CPU", "small, GPU", "medium, CPU", "medium, GPU", "large, CPU", "large, GPU"},
			Series: []Series{{Name: "preprocessing", Y: []float64{20, 30, 56, 49, 97, 88}}, {Name: "transfer", Y: []float64{5, 6, 4, 6, 1, 2}}, {Name: "inference", Y: []float64{75, 64, 40, 45, 2, 10}}}},
		{Name: "many", Title: "Gain", Y: "gain, %", Kind: Bars, Categories: models, Series: []Series{{Name: "gain of GPU preprocessing", Y: gains}}},
		{Name: "scatter", Title: "Share", X: "GFLOPs", Y: "share that is not inference, %", LogX: true, Kind: Scatter, Series: []Series{{Name: "classification", X: concurrency, Y: cpu}, {Name: "detection", X: concurrency, Y: gpu}}},
		{Name: "linear", Title: "Several GPUs", X: "GPUs", Y: "throughput, img/s", Kind: Lines, Series: []Series{{Name: "a", X: []float64{1, 2, 3, 4}, Y: []float64{10, 20, 30, 40}}, {Name: "b", X: []float64{1, 2, 3, 4}, Y: []float64{10, 14, 15, 15}}}},
	}
}

// TestPlots: every kind can be drawn, twice with the same bytes, and names its series. VSIM_PICTURES=folder keeps them to look at.
func TestPlots(t *testing.T) {
	for _, p := range madeUp() {
		for _, ending := range []string{".svg", ".png"} {
			one, err := p.Drawn(ending)
			if err != nil {
				t.Fatalf("%s: %v", p.Name, err)
			}
			again, err := p.Drawn(ending)
			if err != nil || !bytes.Equal(one, again) {
				t.Errorf("%s%s: two drawings differ (%v)", p.Name, ending, err)
			}
			if folder := os.Getenv("VSIM_PICTURES"); folder != "" {
				if err := os.WriteFile(filepath.Join(folder, p.Name+ending), one, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if ending == ".svg" {
				for _, s := range p.Series {
					if !strings.Contains(string(one), ">"+s.Name+"<") && s.Name != "" {
						t.Errorf("%s: %q is not in the legend", p.Name, s.Name)
					}
				}
			} else if _, err := png.Decode(bytes.NewReader(one)); err != nil {
				t.Errorf("%s: %v", p.Name, err)
			}
		}
	}
}

// TestPlotsThatCannotBe: what does not fit together is said, and plots of nothing are drawn.
func TestPlotsThatCannotBe(t *testing.T) {
	for want, p := range map[string]Plot{
		"2 numbers for 1 categories": {Kind: Bars, Categories: []string{"a"}, Series: []Series{{Y: []float64{1, 2}}}},
		"2 numbers for 1 places":     {Series: []Series{{X: []float64{1}, Y: []float64{1, 2}}}},
		"of 1 and 0 ends":            {Series: []Series{{X: []float64{1}, Y: []float64{1}, Low: []float64{1}}}},
	} {
		if _, err := p.Drawn(".svg"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q", err, want)
		}
	}
	for kind := Lines; kind <= Scatter; kind++ {
		for _, p := range []Plot{{Kind: kind}, {Kind: kind, LogX: true, LogY: true, Categories: []string{"a"}, Series: []Series{{X: []float64{0}, Y: []float64{math.NaN()}}}}} {
			if _, err := p.Drawn(".png"); err != nil {
				t.Errorf("kind %d: %v", kind, err)
			}
		}
	}
}
