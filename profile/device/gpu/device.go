// Package gpu puts the GPU stages of an image-classification server together: JPEG bytes to a picture
// (nvJPEG), to the model's input (a kernel), to logits (ONNX Runtime), all in the GPU's memory and in one
// stream; or tensors that a CPU has made, moved over the link. The profiler measures these very calls and
// the live server makes them.
//
// An error names its stage. After one nothing more is put into the stream for that batch.
package gpu

import (
	"cmp"
	"fmt"

	"vsim/profile/device/cuda"
	"vsim/profile/device/gpu/kernel"
	"vsim/profile/device/nvjpeg"
	"vsim/profile/device/nvml"
	"vsim/profile/device/nvrtc"
	"vsim/profile/device/ort"
)

// The names of the GPU stages, as profiles and reports use them.
const (
	H2D    = "h2d"    // host to device, over the link
	Decode = "decode" // JPEG bytes in host memory to RGB in the GPU's
	Resize = "resize" // to the model's size, normalised, NCHW
	Infer  = "infer"  // of a batch
	D2H    = "d2h"    // device to host: the logits
)

// Device is one GPU, open for work.
type Device struct {
	Info    cuda.Info
	Version map[string]string // of driver and libraries, for a profile's provenance
	Monitor *nvml.Device      // nil where NVML cannot be had; a note says why
	Backend nvjpeg.Backend    // that decodes: the hardware engines where there are any
	Engines int               // JPEG engines
	Notes   []string          // what a user should know
	Context *cuda.Context

	nvml        *nvml.Library
	unmonitored error // why Monitor is nil
	jpeg        *nvjpeg.Library
	runtime     *ort.Runtime
	module      *cuda.Module
	kernels     map[ort.Element]*cuda.Kernel
}

// Open opens GPU number index: driver, context, decoder, the kernels compiled for it, ONNX Runtime. Close
// ends it. Whatever a library refuses is said with its name.
func Open(l *Libraries, index int) (d *Device, err error) {
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
		func() error { return d.compile(l.NVRTC) },
		func() error { return d.chooseDecoder(l.NVJPEG) },
		func() (err error) { d.runtime, err = ort.Open(l.ORT); return err },
		func() (err error) { d.Version["cuda"], err = driver.Version(); return err },
	} {
		if err := step(); err != nil {
			return d, err
		}
	}
	d.Version["onnxruntime"] = d.runtime.Version
	return d, nil
}

// Bind must come before any use of the device on a goroutine, see cuda.Context.Bind.
func (d *Device) Bind() (release func(), err error) { return d.Context.Bind() }

// compile makes the kernels for this GPU.
func (d *Device) compile(path string) error {
	compiler, err := nvrtc.Open(path)
	if err != nil {
		return err
	}
	if d.Version["nvrtc"], err = compiler.Version(); err != nil {
		return err
	}
	image, err := compiler.Compile(kernel.Name, kernel.Source, d.Info.Compute)
	if err != nil {
		return err
	}
	if d.module, err = d.Context.LoadModule(image); err != nil {
		return err
	}
	d.kernels = map[ort.Element]*cuda.Kernel{}
	for element, name := range map[ort.Element]string{ort.Float32: "resize_single", ort.Float16: "resize_half"} {
		if d.kernels[element], err = d.module.Kernel(name); err != nil {
			return err
		}
	}
	return nil
}

// chooseDecoder takes the hardware engines where the GPU and the library have them, and notes why not
// where the library refuses.
func (d *Device) chooseDecoder(path string) (err error) {
	if d.jpeg, err = nvjpeg.Open(path); err != nil {
		return err
	}
	if d.Version["nvjpeg"], err = d.jpeg.Version(); err != nil {
		return err
	}
	d.Backend = nvjpeg.CUDA
	trial, err := d.jpeg.NewDecoder(nvjpeg.Hardware, 1)
	if err != nil {
		d.Notes = append(d.Notes, fmt.Sprintf("decoding on the %s, not on hardware engines: %v", d.Backend, err))
		return d.decodes()
	}
	defer trial.Close()
	if d.Engines, err = trial.Engines(); d.Engines > 0 {
		d.Backend = nvjpeg.Hardware
	}
	return err
}

// decodes tells whether a decoder of the chosen kind can be made.
func (d *Device) decodes() error {
	trial, err := d.jpeg.NewDecoder(d.Backend, 1)
	trial.Close()
	return err
}

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
