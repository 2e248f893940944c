package gpu_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"vsim/profile/device/gpu"
	"vsim/profile/device/gpu/fakegpu"
	"vsim/profile/device/nvjpeg"
	"vsim/profile/device/photo"
	"vsim/profile/device/preprocess"
	"vsim/profile/device/tensor"
)

var ways = []gpu.Decoder{gpu.Engines, gpu.TwoPhases, gpu.OneCall}

// by is a worker that decodes in a way, for batches of up to 3.
func (b *bench) by(t *testing.T, way gpu.Decoder) *gpu.Preprocessor {
	t.Helper()
	w, err := b.device.NewPreprocessorBy(way, b.instance.Tensor(), preprocess.Options{}, 3, b.instance.Stream)
	must(t, err)
	t.Cleanup(w.Close)
	return w
}

// Whichever way a batch is decoded, the tensors are the CPU's.
func TestEveryWayGivesTheSameTensors(t *testing.T) {
	b := open(t, network)
	b.fake.Engines(7)
	large, err := photo.Set(t.Context(), "", "large", 1, 1)
	must(t, err)
	files := [][]byte{b.files[0], large[0], b.files[2]} // above and below the threshold
	for _, way := range ways {
		w := b.by(t, way)
		must(t, errors.Join(w.Decode(files), w.Resize(b.instance.Input())))
		got, err := b.instance.Tensors(len(files))
		must(t, err)
		for i, file := range files {
			want := cpuTensor(t, file, tensor.Float32).Single
			compareTensors(t, got.Float32s()[i*len(want):], want, 1.01)
		}
	}
}

// A library without decoding in two phases decodes in one call, and says in one line what it lacks.
func TestALibraryWithoutTwoPhases(t *testing.T) {
	fake := fakegpu.Use(t)
	fake.Without("nvjpegDecodeJpegHost")
	d := fakegpu.Open(t)
	if d.Preprocesses() != nil || d.Decoder != gpu.OneCall {
		t.Errorf("%v: %v", d.Decoder, d.Preprocesses())
	}
	err := d.TwoPhases()
	if err == nil || !strings.Contains(err.Error(), "has no nvjpegDecodeJpegHost: another version is needed") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v", err)
	}
	if notes := strings.Join(d.Notes, "; "); !strings.Contains(notes, "decoding in one call, its phases on the CPU and the GPU not apart: nvJPEG: ") {
		t.Errorf("notes %q", notes)
	}
}

// Engines decode whether or not the multiprocessors do it in two phases.
func TestEnginesWithoutTwoPhases(t *testing.T) {
	fake := fakegpu.Use(t)
	fake.Engines(7)
	fake.Fail("nvjpegDecoderCreate", 7, 0)
	d := fakegpu.Open(t)
	if d.Decoder != gpu.Engines || d.Engines != 7 || !errors.Is(d.TwoPhases(), nvjpeg.ErrUnsupported) || !strings.Contains(strings.Join(d.Notes, "; "), "nvjpegDecoderCreate: NVJPEG_STATUS_ARCH_MISMATCH") {
		t.Errorf("%v, %d engines, in two phases: %v, notes %q", d.Decoder, d.Engines, d.TwoPhases(), d.Notes)
	}
}

// A GPU that fails in two phases decodes in one call; nothing is left of the trial (Use checks that).
func TestAGPUThatFailsInTwoPhases(t *testing.T) {
	for _, function := range []string{
		"nvjpegDecodeParamsCreate", "nvjpegDecoderCreate", "nvjpegJpegStreamCreate", "nvjpegBufferPinnedCreate", "nvjpegBufferDeviceCreate", "nvjpegDecoderStateCreate",
		"nvjpegStateAttachDeviceBuffer", "nvjpegJpegStreamGetJpegEncoding", "nvjpegDecodeJpegHost", "nvjpegDecodeJpegDevice",
	} {
		t.Run(function, func(t *testing.T) {
			fake := fakegpu.Use(t)
			fake.Fail(function, 6, 0)
			d := fakegpu.Open(t)
			if d.Decoder != gpu.OneCall || d.Preprocesses() != nil || !strings.Contains(strings.Join(d.Notes, "; "), "not apart: nvJPEG: "+function+": NVJPEG_STATUS_EXECUTION_FAILED") {
				t.Errorf("%v (%v), notes %q", d.Decoder, d.Preprocesses(), d.Notes)
			}
		})
	}
}

// The largest picture of each kind is tried, where the kinds need memory for something else.
func TestTheLargestOfEachKind(t *testing.T) {
	b := open(t, network)
	large, err := photo.Set(t.Context(), "", "large", 1, 1)
	must(t, err)
	small, medium := b.files[0], b.files[2]
	for _, c := range []struct {
		way        gpu.Decoder
		from, want [][]byte
	}{
		{gpu.TwoPhases, [][]byte{small, large[0], medium}, [][]byte{medium, large[0]}},
		{gpu.TwoPhases, [][]byte{small, medium}, [][]byte{medium}},
		{gpu.TwoPhases, large, large},
		{gpu.OneCall, [][]byte{small, large[0], medium}, large},
	} {
		got, err := b.by(t, c.way).LargestOfEach(c.from)
		if err != nil || !slices.EqualFunc(got, c.want, slices.Equal) {
			t.Errorf("%v: %d files of %d, want %d, or others; %v", c.way, len(got), len(c.from), len(c.want), err)
		}
	}
	for _, way := range []gpu.Decoder{gpu.TwoPhases, gpu.OneCall} {
		for _, nothing := range [][][]byte{nil, {[]byte("no picture")}} {
			if got, err := b.by(t, way).LargestOfEach(nothing); err != nil || len(got) != 1 {
				t.Errorf("%v: %d files to try of none; %v", way, len(got), err)
			}
		}
	}
}

// Where the CPU finds a file broken, nothing of its batch is put into the stream.
func TestABrokenPictureOfABatchStopsIt(t *testing.T) {
	b := open(t, network)
	before := b.fake.Calls("nvjpegDecodeJpegTransferToDevice")
	err := b.worker.Decode([][]byte{b.files[0], b.files[1][:len(b.files[1])/2]})
	if !errors.Is(err, nvjpeg.ErrInvalid) || b.fake.Calls("nvjpegDecodeJpegTransferToDevice") != before {
		t.Errorf("error %v, and %d were moved", err, b.fake.Calls("nvjpegDecodeJpegTransferToDevice")-before)
	}
	must(t, b.infer(b.files))
}
