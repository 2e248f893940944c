package nvjpeg_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"vsim/profile/device/cuda"
	"vsim/profile/device/jpeg"
	"vsim/profile/device/nvjpeg"
	"vsim/profile/device/photo"
)

// phases gives a decoder in two phases on the fake GPU of a Decoder.
func phases(t *testing.T, d *nvjpeg.Decoder) *nvjpeg.Phases {
	t.Helper()
	p, err := d.NewPhases()
	must(t, err)
	t.Cleanup(p.Close)
	return p
}

// decodeInPhases does the first phase of all files, and then the second of all.
func decodeInPhases(t *testing.T, p *nvjpeg.Phases, files [][]byte, to []nvjpeg.Picture, s *cuda.Stream) {
	t.Helper()
	for i, f := range files {
		w, h, err := p.Host(i, f)
		must(t, err)
		if w != int(to[i].Width) || h != int(to[i].Height) {
			t.Errorf("file %d: %dx%d, want %dx%d", i, w, h, to[i].Width, to[i].Height)
		}
	}
	for i := range files {
		must(t, p.Device(i, to[i], s))
	}
}

// Pictures whose phases lie apart, with those of others between, are what the decoder behind the fake makes of each file.
func TestPhasesDecodeEveryFile(t *testing.T) {
	_, c, s, d := setup(t)
	p := phases(t, d)
	in := files(t)
	cpu, err := codec(t).NewDecoder()
	must(t, err)
	defer cpu.Close()
	for _, batch := range [][][]byte{in, in[:1], {in[2], in[0]}} {
		to := pictures(t, c, d, batch)
		decodeInPhases(t, p, batch, to, s)
		for i, picture := range to {
			got := make([]byte, picture.SizeBytes())
			must(t, s.ToHost(got, picture.Pixels))
			must(t, s.Synchronize())
			want, err := cpu.Decode(batch[i])
			must(t, err)
			for k := range len(got) / 3 {
				if !bytes.Equal(got[3*k:3*k+3], want.Pix[4*k:4*k+3]) {
					t.Fatalf("file %d pixel %d: %v, want %v", i, k, got[3*k:3*k+3], want.Pix[4*k:4*k+3])
				}
			}
		}
	}
}

func codec(t *testing.T) jpeg.Codec {
	t.Helper()
	c, err := jpeg.Find("")
	must(t, err)
	return c
}

// The GPU decodes the Huffman codes of pictures above the threshold, but those of progressive ones never.
func TestWhoDecodesHuffmanCodes(t *testing.T) {
	_, _, _, d := setup(t)
	p := phases(t, d)
	large, err := photo.Set(t.Context(), "", "large", 1, 1)
	must(t, err)
	// The start of frame says which it is (ITU-T T.81, table B.1); what follows is not read here.
	progressive := bytes.Replace(slices.Clone(large[0]), []byte{0xff, 0xc0}, []byte{0xff, 0xc2}, 1)
	for _, c := range []struct {
		name string
		file []byte
		want nvjpeg.Backend
	}{{"small", files(t)[0], nvjpeg.Hybrid}, {"medium", files(t)[2], nvjpeg.Hybrid}, {"large", large[0], nvjpeg.CUDA}, {"progressive", progressive, nvjpeg.Hybrid}} {
		if got, err := p.Chooses(c.file); err != nil || got != c.want {
			t.Errorf("%s: %v, want %v; %v", c.name, got, c.want, err)
		}
	}
}

// A broken file fails in the first phase, and its place serves the next.
func TestBrokenFilesFailInTheHostPhase(t *testing.T) {
	_, c, s, d := setup(t)
	p := phases(t, d)
	good := files(t)[:1]
	for name, data := range map[string][]byte{"empty": {}, "png": []byte("\x89PNG\r\n\x1a\n"), "no header": good[0][:20], "cut off": good[0][:len(good[0])/2]} {
		if _, _, err := p.Host(0, data); !errors.Is(err, nvjpeg.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	decodeInPhases(t, p, good, pictures(t, c, d, good), s)
}

// A library that lacks functions of the two phases is said to, in one line, and decodes in one call.
func TestALibraryWithoutPhases(t *testing.T) {
	g, _, _, d := setup(t)
	if err := d.HasPhases(); err != nil {
		t.Error(err)
	}
	path := g.Without("nvjpegDecodeJpegHost")
	l, err := nvjpeg.Open(path)
	must(t, err)
	_, err = l.NewPhases()
	if want := "nvJPEG: " + path + " has no nvjpegDecodeJpegHost: another version is needed"; err == nil || err.Error() != want || l.HasPhases() == nil {
		t.Errorf("error %v, want %q", err, want)
	}
}

// What cannot be made is an error with the library's word, and nothing is left (Use checks that).
func TestPhasesThatCannotBeMade(t *testing.T) {
	g, _, _, d := setup(t)
	for _, function := range []string{"nvjpegCreateEx", "nvjpegDecodeParamsCreate", "nvjpegDecodeParamsSetOutputFormat", "nvjpegDecoderCreate"} {
		g.FailOnce(function, 5, 0)
		if _, err := d.NewPhases(); err == nil || !strings.Contains(err.Error(), function+": NVJPEG_STATUS_ALLOCATOR_FAILURE") {
			t.Errorf("%s: %v", function, err)
		}
	}
	p := phases(t, d)
	for _, function := range []string{"nvjpegJpegStreamCreate", "nvjpegBufferPinnedCreate", "nvjpegBufferDeviceCreate", "nvjpegDecoderStateCreate", "nvjpegStateAttachPinnedBuffer", "nvjpegStateAttachDeviceBuffer"} {
		g.FailOnce(function, 5, 0)
		if _, _, err := p.Host(0, files(t)[0]); err == nil || !strings.Contains(err.Error(), function+": NVJPEG_STATUS_ALLOCATOR_FAILURE") {
			t.Errorf("%s: %v", function, err)
		}
	}
}
