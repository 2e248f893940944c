package jpeg

import (
	"bytes"
	"image"
	"math"
	"strings"
	"testing"
)

func newEncoder(t testing.TB, codec Codec) Encoder {
	t.Helper()
	e, err := codec.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// Both encoders' files, decoded by both decoders, are the part of the picture that was compressed, and about as large.
func TestEncodersAgree(t *testing.T) {
	all := codecs(t)
	decoded, err := newDecoder(t, Go{}).Decode(picture(t, "medium"))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []image.Rectangle{image.Rect(3, 5, 140, 142), image.Rect(0, 0, 500, 375), image.Rect(499, 374, 500, 375)} {
		var sizes []int
		for _, codec := range all {
			data, err := newEncoder(t, codec).Encode(decoded, part, 93)
			if err != nil {
				t.Fatal(err)
			}
			sizes = append(sizes, len(data))
			for _, other := range all {
				img, err := newDecoder(t, other).Decode(data)
				if err != nil {
					t.Fatal(err)
				}
				sum := 0.0
				for y := range part.Dy() {
					for x := range 4 * part.Dx() {
						sum += math.Abs(float64(img.Pix[y*img.Stride+x]) - float64(decoded.Pix[(part.Min.Y+y)*decoded.Stride+4*part.Min.X+x]))
					}
				}
				mean := sum / float64(4*part.Dx()*part.Dy())
				if img.Rect.Size() != part.Size() || mean > 6 {
					t.Errorf("%s to %s: part %v came back as %v, %.1f steps of 255 off on average", codec.Name(), other.Name(), part, img.Rect, mean)
				}
			}
		}
		if ratio := float64(sizes[0]) / float64(sizes[1]); ratio < 0.9 || ratio > 1.1 {
			t.Errorf("part %v: %d and %d bytes", part, sizes[0], sizes[1])
		}
	}
}

func TestEncoderRefusesInPlainWords(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 20, 10))
	wide := image.NewRGBA(image.Rect(0, 0, 65_501, 1))
	for _, codec := range codecs(t) {
		e := newEncoder(t, codec)
		for _, c := range []struct {
			img     *image.RGBA
			part    image.Rectangle
			quality int
			want    string
		}{
			{img, image.Rect(0, 0, 0, 0), 90, "not be empty"}, {img, image.Rect(0, 0, 21, 10), 90, "must lie within"}, {img, image.Rect(-1, 0, 5, 5), 90, "must lie within"},
			{img, img.Rect, 0, "quality 0"}, {img, img.Rect, 101, "quality 101"}, {wide, wide.Rect, 90, "65500 a side"},
		} {
			if data, err := e.Encode(c.img, c.part, c.quality); data != nil || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: part %v at quality %d: %d bytes, error %v; want %q", codec.Name(), c.part, c.quality, len(data), err, c.want)
			}
		}
		first, err := e.Encode(img, img.Rect, 90)
		if err != nil || !bytes.HasPrefix(first, []byte{0xFF, 0xD8}) || !bytes.HasSuffix(first, []byte{0xFF, 0xD9}) {
			t.Errorf("%s: after refusals %d bytes, error %v", codec.Name(), len(first), err)
		}
		e.Close()
		e.Close()
		if _, err := e.Encode(img, img.Rect, 90); err == nil {
			t.Errorf("%s encodes after Close", codec.Name())
		}
	}
}
