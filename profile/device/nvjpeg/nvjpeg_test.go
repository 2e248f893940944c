package nvjpeg_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"vsim/profile/device/cuda"
	"vsim/profile/device/gpu/fakegpu"
	"vsim/profile/device/jpeg"
	"vsim/profile/device/nvjpeg"
	"vsim/profile/device/photo"
)

// setup gives a decoder on a stream of the fake GPU.
func setup(t *testing.T) (*fakegpu.GPU, *cuda.Context, *cuda.Stream, *nvjpeg.Decoder) {
	t.Helper()
	g := fakegpu.Use(t)
	driver, err := cuda.Open(g.Path)
	must(t, err)
	c, err := driver.Context(0)
	must(t, err)
	t.Cleanup(func() { must(t, c.Close()) })
	release, err := c.Bind()
	must(t, err)
	t.Cleanup(release)
	s, err := c.NewStream()
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	l, err := nvjpeg.Open(g.Path)
	must(t, err)
	d, err := l.NewDecoder(nvjpeg.CUDA, 2)
	must(t, err)
	t.Cleanup(d.Close)
	return g, c, s, d
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// files are two small pictures and a medium one.
func files(t *testing.T) [][]byte {
	t.Helper()
	small, err := photo.Set(t.Context(), "", "small", 2, 1)
	must(t, err)
	medium, err := photo.Set(t.Context(), "", "medium", 1, 1)
	must(t, err)
	return append(small, medium...)
}

// pictures takes room on the GPU for each file.
func pictures(t *testing.T, c *cuda.Context, d *nvjpeg.Decoder, files [][]byte) []nvjpeg.Picture {
	t.Helper()
	var out []nvjpeg.Picture
	for _, f := range files {
		w, h, err := d.Size(f)
		must(t, err)
		p := nvjpeg.Picture{Width: int32(w), Height: int32(h)}
		b, err := c.Alloc(p.SizeBytes())
		must(t, err)
		t.Cleanup(func() { must(t, b.Free()) })
		p.Pixels = b.Pointer
		out = append(out, p)
	}
	return out
}

// A batch of different sizes is, pixel for pixel, what the decoder behind the fake makes of each file.
func TestBatchDecodesEveryFile(t *testing.T) {
	_, c, s, d := setup(t)
	in := files(t)
	codec, err := jpeg.Find("")
	must(t, err)
	cpu, err := codec.NewDecoder()
	must(t, err)
	defer cpu.Close()
	for _, n := range []int{3, 1, 2} { // the state is readied anew for every batch size
		batch := pictures(t, c, d, in[:n])
		must(t, d.Decode(in[:n], batch, s))
		for i, p := range batch {
			got := make([]byte, p.SizeBytes())
			must(t, s.ToHost(got, p.Pixels))
			must(t, s.Synchronize())
			want, err := cpu.Decode(in[i])
			must(t, err)
			if want.Rect.Dx() != int(p.Width) || want.Rect.Dy() != int(p.Height) {
				t.Fatalf("%dx%d, want %v", p.Width, p.Height, want.Rect)
			}
			for k := range len(got) / 3 {
				for c := range 3 {
					if got[3*k+c] != want.Pix[4*k+c] {
						t.Fatalf("file %d pixel %d: %v, want %v", i, k, got[3*k:3*k+3], want.Pix[4*k:4*k+3])
					}
				}
			}
		}
	}
}

func TestBrokenFilesAreInvalid(t *testing.T) {
	_, c, s, d := setup(t)
	good := files(t)[:1]
	for name, data := range map[string][]byte{"empty": {}, "png": []byte("\x89PNG\r\n\x1a\n"), "no header": good[0][:20]} {
		if _, _, err := d.Size(data); !errors.Is(err, nvjpeg.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	batch := pictures(t, c, d, good)
	cut := [][]byte{good[0][:len(good[0])/2]}
	if err := d.Decode(cut, batch, s); !errors.Is(err, nvjpeg.ErrInvalid) || !strings.Contains(err.Error(), "nvjpegDecodeBatched: NVJPEG_STATUS_BAD_JPEG") {
		t.Errorf("cut off: %v", err)
	}
}

func TestUnsupportedIsToldApart(t *testing.T) {
	g, _, s, d := setup(t)
	if _, err := d.NewDecoder(nvjpeg.Hardware, 1); !errors.Is(err, nvjpeg.ErrUnsupported) {
		t.Errorf("hardware on a GPU without engines: %v", err)
	}
	g.Engines(7)
	h, err := d.NewDecoder(nvjpeg.Hardware, 1)
	must(t, err)
	defer h.Close()
	if n, err := h.Engines(); n != 7 || err != nil {
		t.Errorf("%d engines, %v", n, err)
	}
	g.Fail("nvjpegDecodeBatched", 4, 0)
	if err := h.Decode(files(t)[:1], make([]nvjpeg.Picture, 1), s); !errors.Is(err, nvjpeg.ErrUnsupported) || errors.Is(err, nvjpeg.ErrInvalid) {
		t.Errorf("unsupported subsampling: %v", err)
	}
}

func TestMissingSymbolsAndVersion(t *testing.T) {
	g := fakegpu.Use(t)
	if _, err := nvjpeg.Open(fakegpu.Empty(t)); err == nil || !strings.Contains(err.Error(), "nvJPEG: ") || !strings.Contains(err.Error(), "has no nvjpegCreateEx, ") {
		t.Errorf("error %v", err)
	}
	l, err := nvjpeg.Open(g.Path)
	must(t, err)
	if v, err := l.Version(); v != "13.0.0" || err != nil {
		t.Errorf("version %q, %v", v, err)
	}
}

// A state is initialised once for each batch size, and again after a batch that failed.
func TestAStateForEachBatchSize(t *testing.T) {
	g, c, s, d := setup(t)
	in := files(t)
	decode := func(n int) error { return d.Decode(in[:n], pictures(t, c, d, in[:n]), s) }
	for _, n := range []int{1, 3, 1, 3, 2, 1} {
		must(t, decode(n))
	}
	g.FailOnce("nvjpegDecodeBatched", 6, 0)
	if err := decode(3); err == nil {
		t.Fatal("an injected failure is no error")
	}
	must(t, decode(3))
	must(t, decode(1))
	var initialised []int
	for _, e := range g.Events() {
		if e.What == fakegpu.Initialise {
			initialised = append(initialised, e.Batch)
		}
	}
	if want := []int{1, 3, 2, 3}; !slices.Equal(initialised, want) {
		t.Errorf("initialised for batches of %v, want %v", initialised, want)
	}
}
