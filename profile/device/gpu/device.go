// Package gpu puts the GPU stages of an image-classification server together: JPEG bytes to a picture
// (nvJPEG), to the model's input (a kernel), to logits (ONNX Runtime), all in the GPU's memory and in one
// stream; or tensors that a CPU has made, moved over the link. The profiler measures these very calls and
// the live server makes them.
//
// An error names its stage. After one nothing more is put into the stream for that batch.
package gpu

import (
	"cmp"
	"context"
	"fmt"

	"vsim/profile/device/cuda"
	"vsim/profile/device/nvjpeg"
	"vsim/profile/device/nvml"
	"vsim/profile/device/ort"
	"vsim/profile/device/tensor"
)

// The names of the GPU stages, as profiles and reports use them.
const (
	H2D     = "h2d"     // host to device, over the link
	Huffman = "huffman" // on the CPU: the host phase of decoding in two phases, see nvjpeg.Phases
	Decode  = "decode"  // JPEG bytes in host memory to RGB in the GPU's; of what Huffman has left, where that is a stage
	Resize  = "resize"  // to the model's size, normalised, NCHW
	Infer   = "infer"   // of a batch
	D2H     = "d2h"     // device to host: the logits
)

// Device is one GPU, open for work.
type Device struct {
	Info    cuda.Info
	Version map[string]string // of driver and libraries, for a profile's provenance
	Monitor *nvml.Device      // nil where NVML cannot be had; a note says why
	Decoder Decoder           // the hardware engines where there are any
	Engines int               // JPEG engines
	Notes   []string          // what a user should know
	Context *cuda.Context

	nvml        *nvml.Library
	unmonitored error // why Monitor is nil
	jpeg        *nvjpeg.Library
	runtime     *ort.Runtime
	module      *cuda.Module
	kernels     map[tensor.Element]*cuda.Kernel
	cannot      error // why the GPU cannot preprocess
	oneCall     error // why it cannot decode in two phases
}

// Open opens GPU number index: driver, context, decoder, the kernels compiled for it, ONNX Runtime. Close
// ends it. When ctx is cancelled its error comes back. Whatever a library refuses is said with its name.
func Open(ctx context.Context, l *Libraries, index int) (d *Device, err error) {
	d = &Device{Version: map[string]string{}}
	defer func() {
		if err != nil {
			d.Close()
		}
	}()
	driver, err := cuda.Open(l.CUDA)
	if err != nil {
		return d, err
	}
	if d.Info, err = driver.Device(index); err != nil {
		return d, err
	}
	d.openMonitor()
	if d.Context, err = driver.Context(index); err != nil {
		return d, err
	}
	release, err := d.Bind()
	if err != nil {
		return d, err
	}
	defer release()
	for _, step := range []func() error{
		func() error {
			if d.cannot = d.readyPreprocessing(ctx, l); d.cannot != nil {
				d.Notes = append(d.Notes, fmt.Sprintf("the GPU does not preprocess: %v", oneLine(d.cannot)))
			}
			return nil
		},
		func() (err error) { d.runtime, err = ort.Open(l.ORT); return err },
		func() (err error) { d.Version["cuda"], err = driver.Version(); return err },
	} {
		if err := ctx.Err(); err != nil {
			return d, err
		}
		if err := step(); err != nil {
			return d, err
		}
	}
	d.Version["onnxruntime"] = d.runtime.Version
	return d, nil
}

// Bind must come before any use of the device on a goroutine, see cuda.Context.Bind.
func (d *Device) Bind() (release func(), err error) { return d.Context.Bind() }

// Close frees what Open made.
func (d *Device) Close() error {
	var errs []error
	if d.Context != nil {
		release, err := d.Bind()
		if err == nil {
			err = d.module.Close()
			release()
		}
		errs = append(errs, err, d.Context.Close())
	}
	if d.nvml != nil {
		_ = d.nvml.Close() // no work depends on it
	}
	return cmp.Or(errs...)
}

// fault names the stage of an error.
func fault(stage string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", stage, err)
}
