package preprocess

import (
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/x448/float16"

	"vsim/profile/device/tensor"
)

const side = 224 // of the input of most ImageNet models, pixels

// single makes a float32 tensor for a Preprocessor.
func single(p *Preprocessor) tensor.Tensor { return tensor.Make(tensor.Float32, p.Len()) }

func noise(width, height int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		img.Pix[i] = uint8(rng.UintN(256))
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	return img
}

// reference is bilinear interpolation between the four nearest pixel centres, written plainly.
func reference(img *image.RGBA, width, height, x, y, channel int) float64 {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	at := func(sx, sy int) float64 {
		sx, sy = min(max(sx, 0), w-1), min(max(sy, 0), h-1)
		return float64(img.Pix[sy*img.Stride+4*sx+channel])
	}
	fx := (float64(x)+0.5)*float64(w)/float64(width) - 0.5
	fy := (float64(y)+0.5)*float64(h)/float64(height) - 0.5
	x0, y0 := math.Floor(fx), math.Floor(fy)
	tx, ty := fx-x0, fy-y0
	top := at(int(x0), int(y0))*(1-tx) + at(int(x0)+1, int(y0))*tx
	bottom := at(int(x0), int(y0)+1)*(1-tx) + at(int(x0)+1, int(y0)+1)*tx
	return (top*(1-ty)+bottom*ty)/255 - float64(Mean[channel])
}

func TestRunMatchesPlainBilinear(t *testing.T) {
	for _, size := range []image.Point{{60, 70}, {500, 375}, {224, 224}, {1, 1}, {3, 900}} {
		img := noise(size.X, size.Y)
		p := New(tensor.Shape{Width: side, Height: side, Element: tensor.Float32}, Options{})
		out := single(p)
		p.Run(img, out)
		for c := range 3 {
			for i := 0; i < side*side; i += 7 {
				want := reference(img, side, side, i%side, i/side, c) / float64(Std[c])
				// 8-bit rounding of the resized pixel, at most one step.
				if got := float64(out.Single[c*side*side+i]); math.Abs(got-want) > 1.01/255/float64(Std[c]) {
					t.Fatalf("%v channel %d pixel %d: %v, reference %v", size, c, i, got, want)
				}
			}
		}
	}
}

func TestNormaliseEndsOfRange(t *testing.T) {
	p := New(tensor.Shape{Width: 2, Height: 1, Element: tensor.Float32}, Options{})
	img := image.NewRGBA(image.Rect(0, 0, 2, 1))
	copy(img.Pix, []uint8{0, 0, 0, 255, 255, 255, 255, 255})
	out := single(p)
	p.Normalise(img, out)
	// torchvision: black (-2.1179, -2.0357, -1.8044), white (2.2489, 2.4286, 2.6400)
	want := []float32{-2.1179, 2.2489, -2.0357, 2.4286, -1.8044, 2.6400}
	for i := range want {
		if math.Abs(float64(out.Single[i]-want[i])) > 1e-4 {
			t.Fatalf("got %v, want %v", out.Single, want)
		}
	}
}

// A float16 tensor is the float32 one rounded to the nearest by the library: for each byte of each channel, which is all
// that there is.
func TestHalfIsTheRoundedSingle(t *testing.T) {
	p := New(tensor.Shape{Width: 256, Height: 1, Element: tensor.Float32}, Options{})
	img := image.NewRGBA(image.Rect(0, 0, 256, 1))
	for v := range 256 {
		copy(img.Pix[4*v:], []uint8{uint8(v), uint8(v), uint8(v), 255})
	}
	want, got := single(p), tensor.Make(tensor.Float16, p.Len())
	p.Normalise(img, want)
	p.Normalise(img, got)
	for i, v := range want.Single {
		if got.Half[i] != float16.Fromfloat32(v) {
			t.Errorf("channel %d, byte %d: %v, want %v rounded", i/256, i%256, got.Half[i], v)
		}
	}
	if n := testing.AllocsPerRun(5, func() { p.Run(img, got) }); n != 0 {
		t.Errorf("Run allocates %v times", n)
	}
}

func TestRunIsResizeThenNormaliseWithoutAllocation(t *testing.T) {
	img, p := noise(500, 375), New(tensor.Shape{Width: side, Height: side, Element: tensor.Float32}, Options{})
	whole, parts := single(p), single(p)
	p.Run(img, whole)
	p.Normalise(p.Resize(img), parts)
	for i := range whole.Single {
		if whole.Single[i] != parts.Single[i] {
			t.Fatalf("value %d: Run gives %v, Resize and Normalise %v", i, whole.Single[i], parts.Single[i])
		}
	}
	if n := testing.AllocsPerRun(5, func() { p.Run(img, whole) }); n != 0 {
		t.Errorf("Run allocates %v times", n)
	}
}

func TestSubImageUsesItsOwnBounds(t *testing.T) {
	img := noise(40, 30)
	sub := img.SubImage(image.Rect(8, 4, 32, 28)).(*image.RGBA)
	copied := image.NewRGBA(image.Rect(0, 0, 24, 24))
	for y := range 24 {
		copy(copied.Pix[y*copied.Stride:][:96], img.Pix[img.PixOffset(8, 4+y):])
	}
	p := New(tensor.Shape{Width: 16, Height: 16, Element: tensor.Float32}, Options{})
	a, b := single(p), single(p)
	p.Run(sub, a)
	p.Run(copied, b)
	for i := range a.Single {
		if a.Single[i] != b.Single[i] {
			t.Fatalf("value %d: %v in the sub-image, %v in its copy", i, a.Single[i], b.Single[i])
		}
	}
}

func benchmark(b *testing.B, width, height int) {
	img, p := noise(width, height), New(tensor.Shape{Width: side, Height: side, Element: tensor.Float32}, Options{})
	out, half := single(p), tensor.Make(tensor.Float16, p.Len())
	b.Run("resize", func(b *testing.B) {
		for b.Loop() {
			p.Resize(img)
		}
	})
	b.Run("normalise", func(b *testing.B) {
		for b.Loop() {
			p.Normalise(p.small, out)
		}
	})
	b.Run("normalise to float16", func(b *testing.B) {
		for b.Loop() {
			p.Normalise(p.small, half)
		}
	})
	b.Run("normalise, then convert each value to float16", func(b *testing.B) { // what the table replaces
		for b.Loop() {
			p.Normalise(p.small, out)
			for k, v := range out.Single {
				half.Half[k] = float16.Fromfloat32(v)
			}
		}
	})
	b.Run("both", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p.Run(img, out)
		}
	})
}

func BenchmarkSmall(b *testing.B)  { benchmark(b, 60, 70) }
func BenchmarkMedium(b *testing.B) { benchmark(b, 500, 375) }
func BenchmarkLarge(b *testing.B)  { benchmark(b, 3564, 2880) }
