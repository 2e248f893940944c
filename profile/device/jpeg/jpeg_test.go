package jpeg

import (
	"bytes"
	"errors"
	gojpeg "image/jpeg"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestDecodersAgree(t *testing.T) {
	all := codecs(t)
	turbo, plain := newDecoder(t, all[0]), newDecoder(t, all[1])
	for _, data := range [][]byte{picture(t, "small"), picture(t, "medium"), grey(t)} {
		a, err := turbo.Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		b, err := plain.Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		if a.Rect != b.Rect || a.Stride != b.Stride || len(a.Pix) != len(b.Pix) {
			t.Fatalf("layouts differ: %v %d and %v %d", a.Rect, a.Stride, b.Rect, b.Stride)
		}
		sum := 0.0
		for i := range a.Pix {
			sum += math.Abs(float64(a.Pix[i]) - float64(b.Pix[i]))
			if i%4 == 3 && (a.Pix[i] != 255 || b.Pix[i] != 255) {
				t.Fatalf("alpha is %d and %d, want 255", a.Pix[i], b.Pix[i])
			}
		}
		// libjpeg-turbo interpolates chroma, Go repeats it: seen 0 (grey) to 1.9 steps of 255.
		mean := sum / float64(len(a.Pix))
		t.Logf("%v: mean difference %.3f", a.Rect.Max, mean)
		if mean > 3 {
			t.Errorf("%v: mean difference %.2f steps of 255", a.Rect.Max, mean)
		}
	}
}

func TestBadDataGivesOneClearError(t *testing.T) {
	small := picture(t, "small")
	cases := []struct {
		name, want string
		data       []byte
	}{
		{"empty", "empty", nil},
		{"png", "89 50 4e 47", pngFile(t)},
		{"one byte", "ff d8", []byte{0xFF}},
		{"start only", "", small[:2]},
		{"headers only", "", small[:bytes.Index(small, []byte{0xFF, 0xDA})]},
		{"half", "remature end", small[:len(small)/2]},
		{"no end marker", "remature end", small[:len(small)-2]},
		{"huge", "60000x60000 pixels, the limit is 100 megapixels", withSize(t, small, 60000, 60000)},
		{"just too large", "10001x10000", withSize(t, small, 10001, 10000)},
		{"no width", "", withSize(t, small, 0, 70)},
		{"no height", "", withSize(t, small, 60, 0)},
		{"taller than its data", "", withSize(t, small, 60, 700)},
		{"cmyk", "CMYK", cmyk(t)},
		{"noise after the start", "", append([]byte{0xFF, 0xD8}, bytes.Repeat([]byte{0x37, 0xFF, 0xC4}, 500)...)},
	}
	for _, codec := range codecs(t) {
		d := newDecoder(t, codec)
		for _, c := range cases {
			img, err := d.Decode(c.data)
			if err == nil || !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s, %s: error %v, want one with %q", codec.Name(), c.name, err, c.want)
			}
			if img != nil || err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("%s, %s: picture %v, error %q", codec.Name(), c.name, img != nil, err)
			}
		}
		if _, err := d.Decode(small); err != nil {
			t.Errorf("%s: a good picture after bad ones: %v", codec.Name(), err)
		}
	}
}

func TestEveryTruncationIsAnError(t *testing.T) {
	data := picture(t, "small")
	for _, codec := range codecs(t) {
		d := newDecoder(t, codec)
		for n := range len(data) - 1 {
			if _, err := d.Decode(data[:n]); !errors.Is(err, ErrInvalid) {
				t.Fatalf("%s: the first %d of %d bytes: error %v", codec.Name(), n, len(data), err)
			}
		}
	}
}

// The refusal must come before the 14.4 GB of a 60,000 x 60,000 picture are allocated.
func TestHugeHeaderAllocatesNothing(t *testing.T) {
	huge := withSize(t, picture(t, "small"), 60000, 60000)
	for _, codec := range codecs(t) {
		d := newDecoder(t, codec)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		d.Decode(huge)
		runtime.ReadMemStats(&after)
		if bytes := after.TotalAlloc - before.TotalAlloc; bytes > 1<<20 {
			t.Errorf("%s allocates %d bytes", codec.Name(), bytes)
		}
	}
}

func TestClosedDecoderSaysSo(t *testing.T) {
	for _, codec := range codecs(t) {
		d := newDecoder(t, codec)
		d.Close()
		d.Close()
		if _, err := d.Decode(grey(t)); err == nil {
			t.Errorf("%s decodes after Close", codec.Name())
		}
	}
}

func TestDecodersOfOneCodecRunSideBySide(t *testing.T) {
	data := picture(t, "small")
	for _, codec := range codecs(t) {
		reference, err := newDecoder(t, codec).Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		failures := make(chan error, 8)
		for range cap(failures) {
			d := newDecoder(t, codec)
			go func() {
				for range 50 {
					img, err := d.Decode(data)
					if err == nil && !bytes.Equal(img.Pix, reference.Pix) {
						err = errors.New("another picture")
					}
					if err != nil {
						failures <- err
						return
					}
				}
				failures <- nil
			}()
		}
		for range cap(failures) {
			if err := <-failures; err != nil {
				t.Errorf("%s: %v", codec.Name(), err)
			}
		}
	}
}

func TestNames(t *testing.T) {
	all := codecs(t)
	if name := all[0].Name(); !strings.HasPrefix(name, "libjpeg-turbo ") || strings.Contains(name, "unknown") {
		t.Errorf("name %q has no version", name)
	}
	if name := all[1].Name(); name != "go image/jpeg" {
		t.Errorf("name %q", name)
	}
}

func TestFindFallsBackToGoAndSaysWhy(t *testing.T) {
	dir := t.TempDir()
	broken := filepath.Join(dir, "libturbojpeg.so.0")
	if err := os.WriteFile(broken, []byte("no library"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "missing"), broken} {
		codec, err := Find(path)
		if err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("Find(%s): error %v", path, err)
		}
		if codec == nil || codec.Name() != "go image/jpeg" {
			t.Errorf("Find(%s): codec %v", path, codec)
		}
	}
}

// Whatever the bytes are: a picture of the promised layout, or an error of the promised kind.
func FuzzDecode(f *testing.F) {
	all := codecs(f)
	small := picture(f, "small")
	for _, seed := range [][]byte{small, grey(f), cmyk(f), small[:900], withSize(f, small, 60000, 60000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if config, err := gojpeg.DecodeConfig(bytes.NewReader(data)); err == nil && config.Width*config.Height > 10_000 {
			t.Skip("a large picture takes seconds and teaches nothing")
		}
		for _, codec := range all {
			d := newDecoder(t, codec)
			img, err := d.Decode(data)
			if err == nil && (len(img.Pix) != 4*img.Rect.Dx()*img.Rect.Dy() || img.Rect.Empty()) {
				t.Errorf("%s: %v with %d bytes", codec.Name(), img.Rect, len(img.Pix))
			}
			if err != nil && !errors.Is(err, ErrInvalid) {
				t.Errorf("%s: %v", codec.Name(), err)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	for _, size := range []string{"small", "medium", "large"} {
		data := picture(b, size)
		for _, codec := range codecs(b) {
			d := newDecoder(b, codec)
			b.Run(size+"/"+strings.ReplaceAll(codec.Name(), " ", "-"), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := d.Decode(data); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
