package gpu

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"strings"

	"vsim/profile/device/cuda"
	"vsim/profile/device/dl"
	"vsim/profile/device/gpu/kernel"
	"vsim/profile/device/native"
	"vsim/profile/device/nvjpeg"
	"vsim/profile/device/nvrtc"
	"vsim/profile/device/tensor"
)

// Preprocesses tells whether the GPU can decode and resize; the error says why not. Inference and transfers do not
// need it.
func (d *Device) Preprocesses() error { return d.cannot }

// oneLine is the text of an error in one line.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// readyPreprocessing compiles the kernels and finds a decoder that decodes.
func (d *Device) readyPreprocessing(ctx context.Context, l *Libraries) error {
	if l.cannotPreprocess != nil {
		return l.cannotPreprocess
	}
	if err := d.compile(l.NVRTC); err != nil {
		return fault(Resize, err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return fault(Decode, d.chooseDecoder(l.NVJPEG))
}

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
	d.kernels = map[tensor.Element]*cuda.Kernel{}
	for element, name := range map[tensor.Element]string{tensor.Float32: "resize_single", tensor.Float16: "resize_half", tensor.Uint8: "resize_byte"} {
		if d.kernels[element], err = d.module.Kernel(name); err != nil {
			return err
		}
	}
	return nil
}

// openVideoDecoder opens what nvJPEG's hardware backend opens by name in the middle of its work, wherever the driver put it.
func openVideoDecoder() error {
	path, err := native.Find(native.NVCUVID, "")
	if err != nil {
		return err
	}
	_, err = dl.Open(native.NVCUVID.Name, path)
	return err
}

// chooseDecoder takes the hardware engines where the GPU has some and they decode a picture, else the multiprocessors, and
// notes why.
func (d *Device) chooseDecoder(path string) (err error) {
	if d.jpeg, err = nvjpeg.Open(path); err != nil {
		return err
	}
	if d.Version["nvjpeg"], err = d.jpeg.Version(); err != nil {
		return err
	}
	missing := openVideoDecoder()
	d.Backend = nvjpeg.Hardware
	if err = d.tryDecoder(); err == nil {
		return nil
	}
	if missing != nil {
		err = fmt.Errorf("%w (%w)", err, missing)
	}
	d.Backend = nvjpeg.CUDA
	d.Notes = append(d.Notes, fmt.Sprintf("decoding on the %s, not on hardware engines: %v", d.Backend, err))
	return d.tryDecoder()
}

// tryDecoder decodes a small picture with the chosen backend: a handle can be had where decoding fails.
func (d *Device) tryDecoder() error {
	trial, err := d.jpeg.NewDecoder(d.Backend, hostThreads)
	if err != nil {
		return err
	}
	defer trial.Close()
	if d.Engines, err = trial.Engines(); d.Backend == nvjpeg.CUDA {
		d.Engines, err = 0, nil // other GPUs' decoders do not know the question
	}
	if err != nil {
		return err
	}
	if d.Backend == nvjpeg.Hardware && d.Engines == 0 {
		return fmt.Errorf("nvJPEG: the GPU has no JPEG engines")
	}
	return d.decodeOne(trial)
}

// decodeOne decodes a small picture and waits for it.
func (d *Device) decodeOne(decoder *nvjpeg.Decoder) error {
	file := smallPicture()
	w, h, err := decoder.Size(file)
	if err != nil {
		return err
	}
	stream, err := d.Context.NewStream()
	if err != nil {
		return err
	}
	defer stream.Close()
	picture := nvjpeg.Picture{Width: int32(w), Height: int32(h)}
	room, err := d.Context.Alloc(picture.SizeBytes())
	if err != nil {
		return err
	}
	defer room.Free()
	picture.Pixels = room.Pointer
	if err := decoder.Decode([][]byte{file}, []nvjpeg.Picture{picture}, stream); err != nil {
		return err
	}
	return stream.Synchronize()
}

// smallPicture is a JPEG file of 64x64 pixels, of the kind that every decoder takes (baseline, 4:2:0).
func smallPicture() []byte {
	img := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for i := range 64 * 64 {
		img.Set(i%64, i/64, color.RGBA{uint8(4 * (i % 64)), uint8(4 * (i / 64)), 128, 255})
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		panic(err) // into memory
	}
	return out.Bytes()
}
