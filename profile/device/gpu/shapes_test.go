package gpu_test

import (
	"image"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"vsim/profile/device/gpu"
	"vsim/profile/device/gpu/fakegpu"
	"vsim/profile/device/jpeg"
	"vsim/profile/device/preprocess"
	"vsim/profile/device/tensor"
	"vsim/profile/device/vision/testmodels"
)

// Models that people really use go the whole way on the GPU, in NHWC and NCHW, with outputs whose size the file leaves
// free: tensors and first outputs are the CPU's.
func TestPeoplesModels(t *testing.T) {
	dir := testmodels.Dir(t)
	_, d := fakegpu.Device(t)
	var files [][]byte
	for _, photo := range testmodels.Photos[:2] {
		data, err := os.ReadFile(filepath.Join(dir, "photos", photo))
		must(t, err)
		files = append(files, data)
	}
	for _, m := range testmodels.All {
		t.Run(m.File, func(t *testing.T) {
			release, err := d.Bind()
			must(t, err)
			t.Cleanup(release)
			path := filepath.Join(dir, m.File)
			i, err := d.NewInstance(path, gpu.Options{MaxBatch: 2, Vision: m.Options})
			must(t, err)
			defer func() { must(t, i.Close()) }()
			p, err := d.NewPreprocessor(i.Tensor(), i.Model().Normalise, 2, i.Stream)
			must(t, err)
			defer p.Close()
			for range 2 {
				for _, step := range []func() error{func() error { return p.Decode(files) }, func() error { return p.Resize(i.Input()) },
					func() error { return i.Infer(2) }, func() error { return i.Download(2) }, i.Wait} {
					must(t, step())
				}
			}
			tensors, err := i.Tensors(2)
			must(t, err)
			made := i.Tensor().New()
			copy(made.Bytes(), tensors.Bytes()[len(made.Bytes()):])
			byCPU := i.Tensor().New()
			preprocess.New(i.Tensor(), i.Model().Normalise).Run(decoded(t, files[1]), byCPU)
			if grey := preprocess.Apart(made, byCPU, i.Tensor(), i.Model().Normalise); !(grey <= 1) {
				t.Errorf("the GPU's tensor is %.2f grey levels from the CPU's", grey)
			}
			want, err := d.HostLogits(path, made, m.Options)
			must(t, err)
			got := i.Logits(1)
			if len(got) != len(want) || len(want) == 0 {
				t.Fatalf("%d values, want %d", len(got), len(want))
			}
			for k := range want {
				if math.Abs(float64(got[k]-want[k])) > 1e-2*math.Max(1, math.Abs(float64(want[k]))) {
					t.Fatalf("value %d: %v, want %v", k, got[k], want[k])
				}
			}
			size := 4
			for _, dim := range m.Output {
				size *= int(dim)
			}
			if n := i.OutputBytes(2); n != size {
				t.Errorf("outputs of %d bytes, want %d", n, size)
			}
		})
	}
}

// A picture in NHWC, uint8 and float16, with the colours in another order, is the CPU's.
func TestTensorsOfEachLayoutEqualTheCPUs(t *testing.T) {
	b := open(t, network)
	for _, shape := range layouts {
		for _, o := range []preprocess.Options{{}, {BGR: true}} {
			p, err := b.device.NewPreprocessor(shape, o, 1, b.instance.Stream)
			must(t, err)
			room, err := b.device.Context.Alloc(shape.SizeBytes())
			must(t, err)
			made := shape.New()
			must(t, p.Decode(b.files[:1]))
			must(t, p.Resize(room.Pointer))
			must(t, b.instance.Stream.ToHost(made.Bytes(), room.Pointer))
			must(t, b.instance.Wait())
			want := shape.New()
			preprocess.New(shape, o).Run(decoded(t, b.files[0]), want)
			if grey := preprocess.Apart(made, want, shape, o); !(grey <= 1) {
				t.Errorf("%v, %+v: %.2f grey levels apart", shape, o, grey)
			}
			if slices.Max(want.Bytes()) == 0 {
				t.Errorf("%v: the CPU's tensor is empty", shape)
			}
			must(t, room.Free())
			p.Close()
		}
	}
}

// An output whose first axis is free, and not the batch, is as long as the picture makes it.
func TestRowsThatAreNoBatch(t *testing.T) {
	_, d := fakegpu.Device(t)
	release, err := d.Bind()
	must(t, err)
	t.Cleanup(release)
	i, err := d.NewInstance(fakegpu.RowsModel(t), gpu.Options{MaxBatch: 2})
	must(t, err)
	defer func() { must(t, i.Close()) }()
	picture := i.Tensor().New()
	for _, ones := range []int{48, 5} {
		for k := range picture.Single {
			picture.Single[k] = 0
			if k < ones {
				picture.Single[k] = 1
			}
		}
		i.Copy(0, picture)
		i.Copy(1, picture)
		for _, step := range []func(int) error{i.Upload, i.Infer, i.Download, func(int) error { return i.Wait() }} {
			must(t, step(2))
		}
		if n := i.OutputBytes(2); n != 2*ones*4*8 {
			t.Errorf("%d bytes, want %d rows of 4", n, 2*ones)
		}
	}
}

var layouts = []tensor.Shape{
	{Width: 40, Height: 30, Element: tensor.Float32, Layout: tensor.NHWC}, {Width: 40, Height: 30, Element: tensor.Float16, Layout: tensor.NHWC},
	{Width: 40, Height: 30, Element: tensor.Uint8, Layout: tensor.NHWC}, {Width: 40, Height: 30, Element: tensor.Uint8, Layout: tensor.NCHW},
}

func decoded(t *testing.T, file []byte) *image.RGBA {
	t.Helper()
	codec, err := jpeg.Find("")
	must(t, err)
	d, err := codec.NewDecoder()
	must(t, err)
	t.Cleanup(d.Close)
	img, err := d.Decode(file)
	must(t, err)
	return img
}
