//go:build linux

package repository_test

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"vsim/experiments/oip"
	"vsim/experiments/oip/wire"
	"vsim/experiments/triton/local"
	"vsim/experiments/triton/repository"
	"vsim/profile/device"
	"vsim/profile/device/cache"
	"vsim/profile/device/infer"
	"vsim/profile/device/native/nativetest"
	"vsim/profile/device/photo"
	"vsim/profile/device/preprocess"
	"vsim/profile/device/tensor"
)

// options have something of everything that a configuration can say.
var options = repository.Options{
	MaxBatch: 8, Instances: 2, PreprocessInstances: 2,
	Batching: true, Preferred: []int{2, 4}, MaxQueueDelay: 2 * time.Millisecond,
	Levels: 2, DefaultLevel: 2,
	Policy:   &repository.Policy{MaxQueueSize: 100, AllowTimeoutOverride: true},
	Policies: map[int]repository.Policy{1: {Timeout: 30 * time.Second, Delay: true}},
}

// Triton itself serves what was written. One server does for all.
func TestTriton(t *testing.T) {
	c := serve(t, options)
	t.Run("says what was written", func(t *testing.T) { configs(t, c) })
	t.Run("scores", func(t *testing.T) { scores(t, c) })
	t.Run("a broken picture fails alone", func(t *testing.T) { broken(t, c) })
}

// serve starts a Triton that ends with the test, or skips it.
func serve(t *testing.T, o repository.Options) oip.Client {
	t.Helper()
	if _, err := local.Find(); err != nil {
		nativetest.SkipOrFail(t, err)
	}
	dir := t.TempDir()
	if err := repository.Write(dir, o); err != nil {
		t.Fatal(err)
	}
	s, err := local.Start(t.Context(), local.Options{Repository: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	c, err := oip.Dial(s.GRPC())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// configs: the server adds what it completes; merged into what it says, what was written changes nothing.
func configs(t *testing.T, c oip.Client) {
	written, err := repository.Configs(options, graph(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(written) != 3 {
		t.Fatalf("%d models, want 3", len(written))
	}
	for _, w := range written {
		got, err := c.Config(t.Context(), w.Name)
		if err != nil {
			t.Fatal(err)
		}
		want := proto.Clone(got).(*wire.ModelConfig)
		want.Input, want.Output, want.InstanceGroup, want.SchedulingChoice = w.Input, w.Output, w.InstanceGroup, w.SchedulingChoice
		want.Name, want.Backend, want.MaxBatchSize, want.Parameters = w.Name, w.Backend, w.MaxBatchSize, w.Parameters
		for i, g := range got.InstanceGroup { // an instance's name is the server's to choose
			want.InstanceGroup[i].Name = g.Name
		}
		if !proto.Equal(got, want) {
			t.Errorf("%s: the server says\n%v\nwritten was\n%v", w.Name, got, w)
		}
	}
}

// scores: through the ensemble they are those that vsim's own session gives for the tensor that preprocess makes, and this is
// vsim's own but for what decoders differ in.
func scores(t *testing.T, c oip.Client) {
	file := pictures(t)[0]
	made := ask(t, c, repository.Preprocess, repository.Image, "BYTES", []int64{1, 1}, oip.AppendBytes(nil, file))
	got := numbers(ask(t, c, repository.JPEG, repository.Image, "BYTES", []int64{1, 1}, oip.AppendBytes(nil, file)))
	direct := numbers(ask(t, c, repository.Classify, repository.Input, "FP32", []int64{1, 3, 224, 224}, made))

	libraries, err := device.Open("")
	if err != nil {
		nativetest.SkipOrFail(t, err)
	}
	s, err := infer.NewSession(graph(t), infer.Options{MaxBatch: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	copy(s.In(), made)
	if err := s.Run(1); err != nil {
		t.Fatal(err)
	}
	out, _ := s.Out(0)
	want := numbers(out)
	if d := largest(got, want); len(want) != 1000 || d > 1e-4 {
		t.Errorf("of %d scores one differs by %g from vsim's own, want 1e-4 at most", len(want), d)
	}
	if d := largest(direct, want); d > 1e-4 {
		t.Errorf("classify alone: a score differs by %g from vsim's own", d)
	}
	if spread := largest(want, make([]float32, 1000)); spread < 0.1 {
		t.Errorf("the scores are all below %g: they tell nothing", spread)
	}
	own := tensorOf(t, libraries, s.Tensor, file)
	if d := mean(numbers(made), own); d > 0.03 { // 2 of 255 steps of a colour
		t.Errorf("values of the tensor differ by %.3f in the mean from vsim's own", d)
	}
}

// tensorOf preprocesses a picture as vsim's own server does.
func tensorOf(t *testing.T, l *device.Libraries, shape tensor.Shape, file []byte) []float32 {
	t.Helper()
	p, err := l.NewPreprocessor(shape, preprocess.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	img, err := p.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	out := shape.New()
	p.Resize(img, out)
	return out.Single
}

// broken: half a file is refused with its own error, while a whole one that comes with it is answered.
func broken(t *testing.T, c oip.Client) {
	file := pictures(t)[1]
	for name, bad := range map[string][]byte{"cut": file[:len(file)/2], "empty": {}, "no picture": []byte("GIF89a, or not")} {
		answered := make(chan error, 1)
		go func() { answered <- try(t, c, file) }()
		err := try(t, c, bad)
		if status.Code(err) != codes.InvalidArgument || !strings.Contains(status.Convert(err).Message(), "image: ") {
			t.Errorf("%s: %v", name, err)
		}
		if err := <-answered; err != nil {
			t.Errorf("%s: the good request beside it fails: %v", name, err)
		}
	}
}

func try(t *testing.T, c oip.Client, file []byte) error {
	_, err := c.Infer(t.Context(), request(repository.JPEG, repository.Image, "BYTES", []int64{1, 1}, oip.AppendBytes(nil, file)))
	return err
}

func request(model, input, datatype string, shape []int64, raw []byte) *wire.ModelInferRequest {
	return &wire.ModelInferRequest{ModelName: model,
		Inputs:           []*wire.ModelInferRequest_InferInputTensor{{Name: input, Datatype: datatype, Shape: shape}},
		RawInputContents: [][]byte{raw}}
}

func ask(t *testing.T, c oip.Client, model, input, datatype string, shape []int64, raw []byte) []byte {
	t.Helper()
	r, err := c.Infer(t.Context(), request(model, input, datatype, shape, raw))
	if err != nil {
		t.Fatal(err)
	}
	return r.RawOutputContents[0]
}

func graph(t *testing.T) string {
	t.Helper()
	dir, err := cache.Dir()
	if err != nil {
		t.Fatal(err)
	}
	path, err := cache.Model(dir, "mobilenetv2", 1)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func pictures(t *testing.T) [][]byte {
	t.Helper()
	dir, err := cache.Dir()
	if err != nil {
		t.Fatal(err)
	}
	files, err := photo.Set(t.Context(), dir, "medium", 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func numbers(raw []byte) []float32 {
	out := make([]float32, len(raw)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return out
}

// largest and mean are the largest and the mean difference of two lists, infinite for lists of different lengths.
func largest(a, b []float32) (d float64) {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	for i := range a {
		d = max(d, math.Abs(float64(a[i])-float64(b[i])))
	}
	return d
}

func mean(a, b []float32) (d float64) {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	for i := range a {
		d += math.Abs(float64(a[i])-float64(b[i])) / float64(len(a))
	}
	return d
}
