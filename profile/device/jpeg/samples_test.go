package jpeg

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	gojpeg "image/jpeg"
	"image/png"
	"testing"

	"vsim/profile/device/native"
	"vsim/profile/device/native/nativetest"
	"vsim/profile/device/photo"
)

// codecs gives both, or skips the test without libjpeg-turbo.
func codecs(t testing.TB) []Codec {
	turbo, err := OpenTurbo(nativetest.Require(t, native.TurboJPEG))
	if err != nil {
		nativetest.SkipOrFail(t, err)
	}
	return []Codec{turbo, Go{}}
}

func newDecoder(t testing.TB, codec Codec) Decoder {
	t.Helper()
	d, err := codec.NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

func picture(t testing.TB, size string) []byte {
	t.Helper()
	set, err := photo.Set(t.Context(), "", size, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	return set[0]
}

func encode(t testing.TB, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := gojpeg.Encode(&out, img, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func grey(t testing.TB) []byte {
	img := image.NewGray(image.Rect(0, 0, 19, 13))
	for i := range img.Pix {
		img.Pix[i] = uint8(i)
	}
	return encode(t, img)
}

func pngFile(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	img := image.NewRGBA(image.Rect(0, 0, 4, 4))
	img.Set(1, 1, color.White)
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// withSize gives data with another height and width in its frame header (ITU-T T.81, B.2.2).
func withSize(t testing.TB, data []byte, width, height uint16) []byte {
	t.Helper()
	out := bytes.Clone(data)
	at := bytes.Index(out, []byte{0xFF, 0xC0})
	if at < 0 {
		t.Fatal("no baseline frame header")
	}
	binary.BigEndian.PutUint16(out[at+5:], height)
	binary.BigEndian.PutUint16(out[at+7:], width)
	return out
}

// cmyk gives a grey file four components in its frame and scan headers (B.2.2, B.2.3).
func cmyk(t testing.TB) []byte {
	data := grey(t)
	frame := bytes.Index(data, []byte{0xFF, 0xC0})
	scan := bytes.Index(data, []byte{0xFF, 0xDA})
	out := bytes.Clone(data[:frame])
	out = append(out, 0xFF, 0xC0, 0, 20, 8, 0, 13, 0, 19, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0)
	frameEnd := frame + 2 + int(binary.BigEndian.Uint16(data[frame+2:]))
	out = append(out, data[frameEnd:scan]...)
	out = append(out, 0xFF, 0xDA, 0, 14, 4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0)
	scanEnd := scan + 2 + int(binary.BigEndian.Uint16(data[scan+2:]))
	return append(out, data[scanEnd:]...)
}
