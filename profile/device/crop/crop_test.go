package crop

import (
	"bytes"
	"image"
	"slices"
	"testing"

	"vsim/profile/device/jpeg"
	"vsim/profile/device/native"
	"vsim/profile/device/native/nativetest"
	"vsim/profile/device/photo"
)

func TestBoxesLieWithinTheFrame(t *testing.T) {
	for _, frame := range []image.Rectangle{image.Rect(0, 0, 500, 375), image.Rect(0, 0, 60, 70), image.Rect(7, 9, 127, 300), image.Rect(0, 0, 1, 1)} {
		small, large := MaxSide, 0
		for seed := range uint64(40) {
			boxes := Boxes(nil, frame, 25, seed)
			if !slices.Equal(boxes[:5], Boxes(nil, frame, 5, seed)) || len(boxes) != 25 {
				t.Fatalf("frame %v, seed %d: the first five of %d boxes depend on how many there are", frame, seed, len(boxes))
			}
			if seed > 0 && frame.Dx() > MaxSide && slices.Equal(boxes, Boxes(nil, frame, 25, seed-1)) {
				t.Errorf("frame %v: seeds %d and %d draw the same boxes", frame, seed-1, seed)
			}
			for _, b := range boxes {
				if !b.In(frame) || b.Empty() || b.Dx() != b.Dy() {
					t.Fatalf("frame %v, seed %d: box %v", frame, seed, b)
				}
				small, large = min(small, b.Dx()), max(large, b.Dx())
			}
		}
		if most := min(frame.Dx(), frame.Dy()); small != min(MinSide, most) || large != min(MaxSide, most) {
			t.Errorf("frame %v: sides from %d to %d", frame, small, large)
		}
	}
	if boxes := Boxes(nil, image.Rect(0, 0, 500, 375), 0, 1); len(boxes) != 0 {
		t.Errorf("no faces: %v", boxes)
	}
}

// Crops of every number of faces that is served decode again to the pixels of their boxes, and take about 10 kB each.
func TestCropsDecodeAgain(t *testing.T) {
	turbo, err := jpeg.OpenTurbo(nativetest.Require(t, native.TurboJPEG))
	if err != nil {
		nativetest.SkipOrFail(t, err)
	}
	frames, err := photo.Set(t.Context(), "", "medium", 4, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, codec := range []jpeg.Codec{turbo, jpeg.Go{}} {
		ofFrames, ofCrops := newDecoder(t, codec), newDecoder(t, codec)
		cutter, err := NewCutter(codec)
		if err != nil {
			t.Fatal(err)
		}
		total, count, least, most := 0, 0, 1<<30, 0
		for i, file := range frames {
			frame, err := ofFrames.Decode(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, box := range Boxes(nil, frame.Rect, []int{1, 5, 10, 25}[i], uint64(i)) {
				data, err := cutter.Cut(frame, box)
				if err != nil {
					t.Fatal(err)
				}
				face, err := ofCrops.Decode(data)
				if err != nil {
					t.Fatal(err)
				}
				if face.Rect.Size() != box.Size() {
					t.Fatalf("%s: box %v came back as %v", codec.Name(), box, face.Rect)
				}
				if gap := meanGap(frame, box, face); gap > 6 {
					t.Errorf("%s: box %v came back %.1f steps of 255 off on average", codec.Name(), box, gap)
				}
				total, count = total+len(data), count+1
				least, most = min(least, len(data)), max(most, len(data))
			}
		}
		mean := total / count
		t.Logf("%s: %d crops of %d to %d bytes, %d on average", codec.Name(), count, least, most, mean)
		if mean < 8_000 || mean > 12_000 || most > 20_000 || least < 4_000 {
			t.Errorf("%s: crops of %d to %d bytes, %d on average; about 10 kB are wanted", codec.Name(), least, most, mean)
		}
		cutter.Close()
		if _, err := cutter.Cut(image.NewRGBA(image.Rect(0, 0, 9, 9)), image.Rect(0, 0, 9, 9)); err == nil {
			t.Errorf("%s: a closed cutter cuts", codec.Name())
		}
	}
}

func newDecoder(t *testing.T, codec jpeg.Codec) jpeg.Decoder {
	t.Helper()
	d, err := codec.NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// meanGap is how far a face is from the pixels of its box, in steps of 255.
func meanGap(frame *image.RGBA, box image.Rectangle, face *image.RGBA) float64 {
	sum, n := 0, 0
	for y := range box.Dy() {
		of, is := frame.Pix[frame.PixOffset(box.Min.X, box.Min.Y+y):], face.Pix[face.PixOffset(0, y):]
		for x := range 4 * box.Dx() {
			sum, n = sum+max(int(of[x])-int(is[x]), int(is[x])-int(of[x])), n+1
		}
	}
	return float64(sum) / float64(n)
}

// A cutter reuses its buffer, and what it gave before is overwritten.
func TestCutterReusesItsBuffer(t *testing.T) {
	codec, _ := jpeg.Find("")
	cutter, err := NewCutter(codec)
	if err != nil {
		t.Fatal(err)
	}
	defer cutter.Close()
	frame := image.NewRGBA(image.Rect(0, 0, 300, 300))
	for i := range frame.Pix {
		frame.Pix[i] = uint8(i * i >> 3)
	}
	first, err := cutter.Cut(frame, image.Rect(0, 0, 150, 150))
	if err != nil {
		t.Fatal(err)
	}
	kept := bytes.Clone(first)
	if _, err := cutter.Cut(frame, image.Rect(100, 50, 250, 200)); err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(first, kept) {
		t.Error("two crops have the same bytes")
	}
}
