package paper

import (
	"context"
	"math"
	"testing"

	"vsim/sim"
)

// Engines take the time of their card: those of an A100 641 us for 551x676 pixels, so 323 us for a medium image; those of an H200 together
// decode 22,000 medium images/s.
func TestEnginesAreTheirCards(t *testing.T) {
	cards := cardEngines()
	if got := cards[0].set("medium"); got[0] != "gpu.jpeg_decoders=5" || got[1] != "times.decode=322.684µs" {
		t.Errorf("A100: %q", got)
	}
	if rate := cards[1].rate["medium"]; math.Abs(rate/22000-1) > 0.02 {
		t.Errorf("H200: %.0f medium images/s", rate)
	}
}

// JPEG engines and the link work in the directions that they must: engines never make a medium image slower and lift TinyViT, which is
// held back without them; a faster link helps who moves tensors from pinned memory, harms nobody by 5 %, and compressed images hardly notice it.
func TestOpenDirections(t *testing.T) {
	ctx, lab, sheet := context.Background(), &Lab{}, &Sheet{}
	for _, ask := range []func(context.Context, *Lab, *Sheet) error{jpegEngines, pcieGenerations} {
		if err := ask(ctx, lab, sheet); err != nil {
			t.Fatal(err)
		}
	}
	t.Log(sheet.Notes)
	jpeg, pcie := sheet.Plots[0], sheet.Plots[1]
	for i, cell := range jpeg.Categories {
		if cell != "TinyViT medium" {
			continue
		}
		if none, seven := jpeg.Series[1], jpeg.Series[3]; seven.Low[i] <= none.High[i] {
			t.Errorf("%s: %g images/s without engines, %g with seven", cell, none.Y[i], seven.Y[i])
		}
	}
	for _, line := range pcie.Series {
		// Batches of preprocessing are larger over a faster link, which costs the small images over 2 %.
		if line.Y[2] < 0.95*line.Y[0] {
			t.Errorf("%s: %v images/s over PCIe 3, 4, 5", line.Name, line.Y)
		}
	}
	if pinned, medium := pcie.Series[0], pcie.Series[3]; pinned.Y[2]/pinned.Y[0] <= medium.Y[2]/medium.Y[0] {
		t.Errorf("from PCIe 3 to 5 tensors go from %g to %g images/s, compressed images from %g to %g", pinned.Y[0], pinned.Y[2], medium.Y[0], medium.Y[2])
	}
}

// A fleet carries its peak: servers times the rate at which one holds the objective, and one fewer does not.
func TestFleetCarriesThePeak(t *testing.T) {
	f := &fleet{name: "CPU preprocessing", file: openCPU}
	if err := sizeFleets(context.Background(), &Lab{}, []*fleet{f}); err != nil {
		t.Fatal(err)
	}
	if peak := peakOver * meanRate; f.servers*f.low < peak || (f.servers-1)*f.low >= peak || f.high/f.low > 1.1 {
		t.Errorf("%+v for %.0f/s", f, peak)
	}
}

// Cards count as fed while what they do is nearly as many times what one does alone.
func TestFed(t *testing.T) {
	s := &Series{Name: "x", X: []float64{1, 2, 4}, Y: []float64{100, 195, 300}}
	if got, want := fed(s, sim.Estimate{Value: 100}), "x 2 (one: 100 images/s, most with 4 GPUs: 300)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := fed(s, sim.Estimate{Value: 200}), "x not even one, which does 100 of 200 images/s (most with 4 GPUs: 300)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
