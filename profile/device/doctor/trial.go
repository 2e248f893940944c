package doctor

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"vsim/profile/device/cache"
	"vsim/profile/device/gpu"
)

// network is what the trial of inference runs: a small one with convolutions, which need cuDNN.
const (
	network = "mobilenetv2"
	seed    = 1 // of its weights, as everywhere
)

// try does on a GPU what a profile will: libraries that are found may still not work together. It opens everything, which
// compiles the kernels and decodes a picture, and runs a network.
func try(ctx context.Context, libraries *gpu.Libraries, index int) (out []Finding) {
	name := fmt.Sprintf("GPU %d ", index)
	add := func(what, found string, err error) {
		f := Finding{Name: name + what, OK: err == nil, Tried: true, Found: found}
		if err != nil {
			f.Found = strings.ReplaceAll(err.Error(), "\n", "; ")
		}
		out = append(out, f)
	}
	d, err := gpu.Open(ctx, libraries, index)
	if err != nil {
		add("opens", "", err)
		return out
	}
	defer d.Close()
	add("preprocesses", "kernels compiled, a picture decoded on the "+decoded(d), d.Preprocesses())
	took, err := infers(d)
	add("infers", fmt.Sprintf("%s ran, the first time in %v", network, took.Round(time.Millisecond)), err)
	for _, note := range d.Notes {
		out = append(out, Finding{Name: name + "note", OK: true, Found: note})
	}
	return out
}

// decoded says how pictures are decoded, and that they can be in two phases beside engines.
func decoded(d *gpu.Device) string {
	text := d.Decoder.String()
	if d.Engines > 0 {
		text += fmt.Sprintf(" (%d)", d.Engines)
	}
	if d.Decoder == gpu.Engines && d.TwoPhases() == nil {
		text += ", and on the " + gpu.TwoPhases.String()
	}
	return text
}

// infers runs the network once.
func infers(d *gpu.Device) (took time.Duration, err error) {
	dir, err := cache.Dir()
	if err != nil {
		return 0, err
	}
	path, err := cache.Model(dir, network, seed)
	if err != nil {
		return 0, err
	}
	release, err := d.Bind()
	if err != nil {
		return 0, err
	}
	defer release()
	i, err := d.NewInstance(path, gpu.Options{MaxBatch: 1})
	if err != nil {
		return 0, err
	}
	defer i.Close()
	i.Copy(0, i.Tensor().New())
	began := time.Now()
	for _, step := range []func(int) error{i.Upload, i.Infer, i.Download, func(int) error { return i.Wait() }} {
		if err := step(1); err != nil {
			return 0, err
		}
	}
	for _, v := range i.Logits(0) {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return 0, fmt.Errorf("infer: %s gives %v", network, v)
		}
	}
	return time.Since(began), nil
}
