//go:build !race

package jpeg

import (
	"image"
	"testing"
)

// The race detector makes sync.Pool, which purego uses, drop things at random.
func TestDecoderReusesItsBuffer(t *testing.T) {
	small, medium := picture(t, "small"), picture(t, "medium")
	turbo := newDecoder(t, codecs(t)[0])
	if _, err := turbo.Decode(medium); err != nil {
		t.Fatal(err)
	}
	var size image.Point
	allocs := testing.AllocsPerRun(20, func() {
		for _, data := range [][]byte{small, medium} {
			img, err := turbo.Decode(data)
			if err != nil {
				t.Fatal(err)
			}
			size = img.Rect.Max
		}
	})
	if allocs != 0 {
		t.Errorf("two warm decodes allocate %v times", allocs)
	}
	if size != image.Pt(500, 375) {
		t.Errorf("the picture has size %v", size)
	}
}

func TestEncoderReusesItsBuffer(t *testing.T) {
	turbo := newEncoder(t, codecs(t)[0])
	img := image.NewRGBA(image.Rect(0, 0, 300, 200))
	allocs := testing.AllocsPerRun(20, func() {
		for _, part := range []image.Rectangle{img.Rect, image.Rect(5, 5, 100, 100)} {
			if _, err := turbo.Encode(img, part, 90); err != nil {
				t.Fatal(err)
			}
		}
	})
	if allocs != 0 {
		t.Errorf("two warm encodes allocate %v times", allocs)
	}
}
