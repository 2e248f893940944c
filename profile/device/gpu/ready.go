package gpu

import (
	"bytes"
	"cmp"
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

// chooseDecoder takes the hardware engines where the GPU has some and they decode a picture; else the multiprocessors, in
// two phases or, where those do not decode it, in one call; and notes why.
func (d *Device) chooseDecoder(path string) (err error) {
	if d.jpeg, err = nvjpeg.Open(path); err != nil {
		return err
	}
	if d.Version["nvjpeg"], err = d.jpeg.Version(); err != nil {
		return err
	}
	missing := openVideoDecoder()
	engines := d.tryDecoder(Engines)
	if d.oneCall = d.tryDecoder(TwoPhases); d.oneCall != nil {
		d.Notes = append(d.Notes, fmt.Sprintf("decoding in one call, its phases on the CPU and the GPU not apart: %v", d.oneCall))
	}
	if engines == nil {
		d.Decoder = Engines
		return nil
	}
	if missing != nil {
		engines = fmt.Errorf("%w (%w)", engines, missing)
	}
	d.Engines = 0
	d.Notes = append(d.Notes, fmt.Sprintf("decoding on the multiprocessors, not on hardware engines: %v", engines))
	if d.Decoder = TwoPhases; d.oneCall == nil {
		return nil
	}
	d.Decoder = OneCall
	return d.tryDecoder(OneCall)
}

// TwoPhases tells whether the GPU decodes in two phases, whether or not it is the way that was chosen; the error says why not.
func (d *Device) TwoPhases() error { return cmp.Or(d.cannot, d.oneCall) }

// tryDecoder decodes a small picture: a handle can be had where decoding fails.
func (d *Device) tryDecoder(way Decoder) error {
	trial, err := d.newDecoder(way)
	if err != nil {
		return err
	}
	defer trial.Close()
	if one, ok := trial.(oneCall); ok && way == Engines { // other GPUs' decoders do not know the question
		if d.Engines, err = one.Engines(); err != nil {
			return err
		}
		if d.Engines == 0 {
			return fmt.Errorf("nvJPEG: the GPU has no JPEG engines")
		}
	}
	return d.decodeOne(trial)
}

// decodeOne decodes a small picture and waits for it.
func (d *Device) decodeOne(decoder decoder) error {
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
	if err := decodeAll(decoder, [][]byte{file}, []nvjpeg.Picture{picture}, stream); err != nil {
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
