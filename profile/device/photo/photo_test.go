package photo

import (
	"bytes"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSetHasThePapersSizes(t *testing.T) {
	for name, n := range map[string]int{"small": 24, "medium": 8, "large": 1} {
		if testing.Short() && name == "large" {
			continue
		}
		size, err := FindSize(name)
		if err != nil {
			t.Fatal(err)
		}
		set, err := Set(t.Context(), "", name, n, 1)
		if err != nil {
			t.Fatal(err)
		}
		for i, data := range set {
			config, err := jpeg.DecodeConfig(bytes.NewReader(data))
			if err != nil {
				t.Fatalf("%s %d: %v", name, i, err)
			}
			if config.Width != size.Width || config.Height != size.Height {
				t.Errorf("%s %d is %dx%d, want %dx%d", name, i, config.Width, config.Height, size.Width, size.Height)
			}
			if off := float64(len(data))/float64(size.SizeBytes) - 1; math.Abs(off) > Tolerance {
				t.Errorf("%s %d has %d bytes, %+.1f %% off", name, i, len(data), 100*off)
			}
		}
	}
}

func TestSetDependsOnSeedAndPositionAlone(t *testing.T) {
	three, err := Set(t.Context(), "", "small", 3, 7)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := Set(t.Context(), "", "small", 2, 7)
	other, _ := Set(t.Context(), "", "small", 1, 8)
	if !bytes.Equal(three[0], again[0]) || !bytes.Equal(three[1], again[1]) {
		t.Error("the same seed gave other bytes")
	}
	if bytes.Equal(three[0], three[1]) || bytes.Equal(three[1], three[2]) || bytes.Equal(three[0], other[0]) {
		t.Error("pictures of one set, or of two seeds, are equal")
	}
}

// Photographs' power falls as about 1/f^2 (Field 1987: exponents of the amplitude 0.7 to 1.5, so
// 1.4 to 3 of the power); white noise would have 0. Measured in luma along rows, between octaves.
func TestMediumSpectrumFallsAsInPhotographs(t *testing.T) {
	set, err := Set(t.Context(), "", "medium", 4, 1)
	if err != nil {
		t.Fatal(err)
	}
	coarse, fine := 0.0, 0.0
	for _, data := range set {
		img, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		for y := range 375 {
			var row []float64
			for x := range 256 {
				r, g, b, _ := img.At(x, y).RGBA()
				row = append(row, float64(r+2*g+b))
			}
			coarse += octavePower(row, 4)
			fine += octavePower(row, 32)
		}
	}
	// A spectrum 1/f^p in the plane is 1/f^(p-1) along a line, so an octave from f holds f^(2-p).
	exponent := 2 - math.Log2(fine/coarse)/3
	t.Logf("power falls as 1/f^%.2f", exponent)
	if exponent < 1.4 || exponent > 3 {
		t.Errorf("the power falls as 1/f^%.2f", exponent)
	}
}

// octavePower is the power in f..2f cycles of the row, by the discrete Fourier transform.
func octavePower(row []float64, f int) float64 {
	power := 0.0
	for k := f; k < 2*f; k++ {
		re, im := 0.0, 0.0
		for x, v := range row {
			sin, cos := math.Sincos(2 * math.Pi * float64(k*x) / float64(len(row)))
			re, im = re+v*cos, im+v*sin
		}
		power += re*re + im*im
	}
	return power
}

func TestCacheIsUsedAndRepaired(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made")
	first, err := Set(t.Context(), dir, "small", 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(files) != 2 {
		t.Fatalf("the cache holds %v, want two files", files)
	}
	marked := append([]byte{0xFF, 0xD8}, 0xFF, 0xD9)
	cut := first[1][:len(first[1])/2]
	if err := os.WriteFile(files[0], marked, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files[1], cut, 0o644); err != nil {
		t.Fatal(err)
	}
	second, err := Set(t.Context(), dir, "small", 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(second[0], marked) {
		t.Error("the file in the cache was not used")
	}
	if !bytes.Equal(second[1], first[1]) {
		t.Error("the cut file in the cache was not made anew")
	}
}

func TestSetRefusesWhatItCannotMake(t *testing.T) {
	for _, c := range []struct {
		size, want string
		n          int
	}{{"huge", "small, medium, large", 1}, {"small", "at least 1", 0}} {
		if _, err := Set(t.Context(), "", c.size, c.n, 1); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Set(%q, %d): error %v, want one with %q", c.size, c.n, err, c.want)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Set(t.Context(), file, "small", 1, 1); err == nil || !strings.Contains(err.Error(), "image cache") {
		t.Errorf("a cache folder that is a file: error %v", err)
	}
}

func TestFitFindsASizeFromFarAway(t *testing.T) {
	size := func(e exposure) int { return 1000*e.quality + int(1e6*e.grain) }
	shoot := func(e exposure) ([]byte, error) { return make([]byte, size(e)), nil }
	for _, target := range []int{70_000, 95_000, 400_000} {
		data, err := fit(target, exposure{0.01, 90}, shoot)
		if err != nil || math.Abs(float64(len(data))/float64(target)-1) > Tolerance {
			t.Errorf("target %d: %d bytes, error %v", target, len(data), err)
		}
	}
	if _, err := fit(10, exposure{0.01, 90}, shoot); err == nil {
		t.Error("an impossible size gave no error")
	}
}

func BenchmarkMedium(b *testing.B) {
	for i := 0; b.Loop(); i++ {
		if _, err := generate(Sizes[1], 1, i); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLarge(b *testing.B) {
	for i := 0; b.Loop(); i++ {
		if _, err := generate(Sizes[2], 1, i); err != nil {
			b.Fatal(err)
		}
	}
}
