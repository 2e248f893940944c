package probe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vsim/profile/device/gpu"
	"vsim/profile/device/jpeg"
	"vsim/profile/device/preprocess"
	"vsim/profile/device/tensor"
	"vsim/profile/measure/input"
)

// side is that of the tensors that pictures become.
const side = 224

// decoders asks in which of nvJPEG's ways the GPU decodes, how fast, how far their pictures are from the CPU's, and what a batch size
// costs that comes for the first time.
func decoders(ctx context.Context, b *bench, a *Answer) error {
	if err := b.device.Preprocesses(); err != nil {
		return err
	}
	a.figure(float64(b.device.Engines), "engines", "JPEG engines in use")
	a.note("chosen: the %s", b.device.Decoder)
	if err := b.device.TwoPhases(); err != nil {
		a.note("not in two phases: %v", err)
	}
	sets, _, err := input.FindImages(ctx, []string{"small", "medium"}, b.cacheDir)
	if err != nil {
		return err
	}
	var errs []error
	ways := []gpu.Decoder{gpu.Engines, gpu.OneCall, gpu.TwoPhases}
	for _, way := range ways {
		for s := range sets {
			if err := decoder(b.device, way, &sets[s], a); err != nil {
				errs = append(errs, fmt.Errorf("%s, %s: %w", way, sets[s].Name, err))
			}
		}
	}
	if len(errs) == len(ways)*len(sets) {
		return errors.Join(errs...)
	}
	for _, err := range errs {
		a.note("%v", err) // GPUs without engines are no failure
	}
	return nil
}

// decoder asks one way about one set.
func decoder(d *gpu.Device, way gpu.Decoder, set *input.Images, a *Answer) error {
	stream, err := d.Context.NewStream()
	if err != nil {
		return err
	}
	defer stream.Close()
	shape := tensor.Shape{Width: side, Height: side, Element: tensor.Float32}
	const largest = 8
	worker, err := d.NewPreprocessorBy(way, shape, preprocess.Options{}, largest, stream)
	if err != nil {
		return err
	}
	defer worker.Close()
	out, err := d.Context.Alloc(largest * shape.SizeBytes())
	if err != nil {
		return err
	}
	defer out.Free()
	var hosts []time.Duration // of the first half of decoding
	decode := func(n int) (time.Duration, error) {
		files := make([][]byte, n)
		for k := range files {
			files[k] = set.Files[k%len(set.Files)]
		}
		began := time.Now()
		if err := worker.Host(files); err != nil {
			return 0, err
		}
		hosts = append(hosts, time.Since(began))
		if err := worker.Device(); err != nil {
			return 0, err
		}
		err := stream.Synchronize()
		return time.Since(began), err
	}
	for _, n := range []int{1, largest} {
		first, err := decode(n)
		if err != nil {
			return err
		}
		spans, err := repeat(runs, func(int) (time.Duration, error) { return decode(n) })
		if err != nil {
			return err
		}
		a.span(middle(spans), "%s, %s, batch %d", way, set.Name, n)
		a.span(first-middle(spans), "%s, %s, batch %d, more the first time", way, set.Name, n)
		if way == gpu.TwoPhases {
			a.span(middle(hosts[len(hosts)-len(spans):]), "%s, %s, batch %d, of it the host phase", way, set.Name, n)
		}
	}
	if _, err := decode(1); err != nil {
		return err
	}
	if err := worker.Resize(out.Pointer); err != nil {
		return err
	}
	made := shape.New()
	if err := errors.Join(stream.ToHost(made.Bytes(), out.Pointer), stream.Synchronize()); err != nil {
		return err
	}
	grey, err := apart(made, set.Files[0])
	if err == nil {
		a.figure(grey, "grey levels", "%s, %s, from the CPU's on average", way, set.Name)
	}
	return err
}

// apart is how far a tensor is from what the CPU makes of the file, in grey levels on average.
func apart(made tensor.Tensor, file []byte) (float64, error) {
	codec, _ := jpeg.Find("")
	decoder, err := codec.NewDecoder()
	if err != nil {
		return 0, err
	}
	defer decoder.Close()
	img, err := decoder.Decode(file)
	if err != nil {
		return 0, err
	}
	shape := tensor.Shape{Width: side, Height: side, Element: made.Element()}
	want := shape.New()
	preprocess.New(shape, preprocess.Options{}).Run(img, want)
	return preprocess.Apart(made, want, shape, preprocess.Options{}), nil
}
