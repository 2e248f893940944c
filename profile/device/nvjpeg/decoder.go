package nvjpeg

import (
	"fmt"
	"runtime"
	"unsafe"

	"vsim/profile/device/cuda"
)

// Backend says what does the work (nvjpegBackend_t).
type Backend int

// Backends: the engines that some GPUs have; or the multiprocessors, with the Huffman decoding on the CPU, or on the
// multiprocessors too (of batches in one call: of large ones only).
const (
	Hybrid   Backend = 1 // NVJPEG_BACKEND_HYBRID
	CUDA     Backend = 2 // NVJPEG_BACKEND_GPU_HYBRID
	Hardware Backend = 3 // NVJPEG_BACKEND_HARDWARE
)

func (b Backend) String() string {
	switch b {
	case Hardware:
		return "hardware engines"
	case Hybrid:
		return "multiprocessors after the CPU"
	}
	return "multiprocessors"
}

const (
	// flags: chroma is interpolated, as libjpeg-turbo and this package's CPU twin do it.
	flags = 1 << 5 // NVJPEG_FLAGS_UPSAMPLING_WITH_INTERPOLATION

	outputRGBI = 5 // NVJPEG_OUTPUT_RGBI: red, green, blue, red, ... in one plane
	components = 4 // NVJPEG_MAX_COMPONENT
)

// MaxPixels is the largest picture that is decoded, as on the CPU (package jpeg).
const MaxPixels = 100_000_000

// Picture is a decoded picture on the GPU: three bytes a pixel, rows without padding. Its layout is
// that of struct picture in the kernel that reads it.
type Picture struct {
	Pixels        cuda.Pointer
	Width, Height int32
}

// SizeBytes is the picture's size.
func (p Picture) SizeBytes() int { return 3 * int(p.Width) * int(p.Height) }

// Decoder decodes batches for one worker; it is not safe for concurrent use. The context must be bound
// for all calls.
type Decoder struct {
	*Library
	threads int
	handle  uintptr
	states  map[int]uintptr // by the batch size that they are initialised for: initialising anew takes and frees memory

	data    []unsafe.Pointer
	lengths []uintptr
	images  []image
}

// image is nvjpegImage_t.
type image struct {
	channel [components]uintptr
	pitch   [components]uintptr
}

// NewDecoder makes a decoder. threads is how many threads of the CPU a batch may use for Huffman
// decoding. The error is an ErrUnsupported when the GPU or the library has not this backend.
func (l *Library) NewDecoder(backend Backend, threads int) (*Decoder, error) {
	d := &Decoder{Library: l, threads: threads, states: map[int]uintptr{}}
	if err := l.call("nvjpegCreateEx", uintptr(backend), 0, 0, flags, uintptr(unsafe.Pointer(&d.handle))); err != nil {
		return nil, err
	}
	return d, nil
}

// Engines is the number of the GPU's JPEG engines, 0 when it has none.
func (d *Decoder) Engines() (int, error) {
	var engines, cores uint32
	err := d.call("nvjpegGetHardwareDecoderInfo", d.handle, uintptr(unsafe.Pointer(&engines)), uintptr(unsafe.Pointer(&cores)))
	return int(engines), err
}

// Size reads a file's header. Pictures above MaxPixels, and files that are none, are an ErrInvalid.
func (d *Decoder) Size(data []byte) (width, height int, err error) { return d.size(d.handle, data) }

// size is Size with a decoder's handle.
func (l *Library) size(handle uintptr, data []byte) (width, height int, err error) {
	if len(data) == 0 {
		return 0, 0, errEmpty
	}
	var n, subsampling int32
	var widths, heights [components]int32
	err = l.call("nvjpegGetImageInfo", handle, uintptr(unsafe.Pointer(unsafe.SliceData(data))), uintptr(len(data)),
		uintptr(unsafe.Pointer(&n)), uintptr(unsafe.Pointer(&subsampling)), uintptr(unsafe.Pointer(&widths)), uintptr(unsafe.Pointer(&heights)))
	runtime.KeepAlive(data)
	if err != nil {
		return 0, 0, err
	}
	width, height = int(widths[0]), int(heights[0])
	return width, height, served(int(n), width, height)
}

var errEmpty = fmt.Errorf("%w: the file is empty", ErrInvalid)

// served says what of a header rules a picture out.
func served(components, width, height int) error {
	switch {
	case components != 1 && components != 3:
		return fmt.Errorf("%w: %d components, only YCbCr, RGB and grey are served", ErrInvalid, components)
	case width <= 0 || height <= 0 || width*height > MaxPixels:
		return fmt.Errorf("%w: the header says %dx%d pixels, the limit is %d megapixels", ErrInvalid, width, height, MaxPixels/1_000_000)
	}
	return nil
}

// Decode puts the decoding of a batch into a stream: files[i], which must stay as they are until it is
// done, to pictures[i], whose sizes are those of the files. The CPU's part is done when it returns.
func (d *Decoder) Decode(files [][]byte, pictures []Picture, s *cuda.Stream) error {
	state, err := d.state(len(files))
	if err != nil {
		return err
	}
	for i, file := range files { // what C reads lies on Go's heap, which does not move
		d.data[i], d.lengths[i] = unsafe.Pointer(unsafe.SliceData(file)), uintptr(len(file))
		d.images[i] = image{}
		d.images[i].channel[0], d.images[i].pitch[0] = uintptr(pictures[i].Pixels), uintptr(3*pictures[i].Width)
	}
	err = d.call("nvjpegDecodeBatched", d.handle, state, uintptr(unsafe.Pointer(&d.data[0])), uintptr(unsafe.Pointer(&d.lengths[0])),
		uintptr(unsafe.Pointer(&d.images[0])), s.Handle)
	clear(d.data[:len(files)])
	runtime.KeepAlive(files)
	if err != nil {
		d.drop(len(files)) // it would have to be initialised again
	}
	return err
}

// state gives the state for a batch size, made when it is first asked for.
func (d *Decoder) state(batch int) (uintptr, error) {
	if batch > len(d.data) {
		d.data, d.lengths, d.images = make([]unsafe.Pointer, batch), make([]uintptr, batch), make([]image, batch)
	}
	if state, ok := d.states[batch]; ok {
		return state, nil
	}
	var state uintptr
	if err := d.call("nvjpegJpegStateCreate", d.handle, uintptr(unsafe.Pointer(&state))); err != nil {
		return 0, err
	}
	d.states[batch] = state
	if err := d.call("nvjpegDecodeBatchedInitialize", d.handle, state, uintptr(batch), uintptr(d.threads), outputRGBI); err != nil {
		d.drop(batch)
		return 0, err
	}
	return state, nil
}

// drop frees the state for a batch size.
func (d *Decoder) drop(batch int) {
	d.Library.call("nvjpegJpegStateDestroy", d.states[batch])
	delete(d.states, batch)
}

// Close frees the decoder; a second Close, or one of nil, does nothing.
func (d *Decoder) Close() {
	if d == nil || d.handle == 0 {
		return
	}
	for batch := range d.states {
		d.drop(batch)
	}
	d.Library.call("nvjpegDestroy", d.handle)
	d.handle = 0
}
