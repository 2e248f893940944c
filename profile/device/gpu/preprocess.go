package gpu

import (
	"unsafe"

	"vsim/profile/device/cuda"
	"vsim/profile/device/nvjpeg"
	"vsim/profile/device/preprocess"
	"vsim/profile/device/tensor"
)

// Preprocessor decodes batches of JPEG files and makes model inputs of them, for one worker and in its
// stream. It keeps room for the largest picture at every place of the batch. Between one batch's Decode
// and the next the stream must have been waited for.
type Preprocessor struct {
	d        *Device
	stream   *cuda.Stream
	decoder  decoder
	way      Decoder
	out      tensor.Shape
	by       affine
	places   []*cuda.Buffer   // the decoded pictures
	files    [][]byte         // of the batch at hand
	pictures []nvjpeg.Picture // likewise, as the kernel reads them
	table    *cuda.Buffer     // pictures, on the GPU
	staging  *cuda.Pinned     // pictures, on their way there
}

const pictureSize = int(unsafe.Sizeof(nvjpeg.Picture{}))

// hostThreads is how many threads of the CPU nvJPEG may use for a batch of one worker. One: a worker's
// share of the CPU is what it would be in a server with a worker a core.
const hostThreads = 1

// NewPreprocessor makes a worker for batches of up to maxBatch pictures. The error is Preprocesses' where that has one.
func (d *Device) NewPreprocessor(out tensor.Shape, o preprocess.Options, maxBatch int, stream *cuda.Stream) (*Preprocessor, error) {
	return d.NewPreprocessorBy(d.Decoder, out, o, maxBatch, stream)
}

// NewPreprocessorBy makes one that decodes in another way than the chosen.
func (d *Device) NewPreprocessorBy(way Decoder, out tensor.Shape, o preprocess.Options, maxBatch int, stream *cuda.Stream) (*Preprocessor, error) {
	if d.cannot != nil {
		return nil, d.cannot
	}
	p := &Preprocessor{d: d, stream: stream, way: way, out: out, by: affineOf(out, o), places: make([]*cuda.Buffer, maxBatch)}
	var err error
	if p.decoder, err = d.newDecoder(way); err != nil {
		return nil, fault(Decode, err)
	}
	if p.table, err = d.Context.Alloc(maxBatch * pictureSize); err == nil {
		p.staging, err = d.Context.AllocPinned(maxBatch * pictureSize)
	}
	if err != nil {
		p.Close()
		return nil, fault(Decode, err)
	}
	return p, nil
}

// Decode puts the decoding of a batch of files into the stream, at most as many as there are places. The
// files must stay as they are until it is done. What of it is the CPU's is done when it returns.
func (p *Preprocessor) Decode(files [][]byte) error {
	if err := p.Host(files); err != nil {
		return err
	}
	return p.Device()
}

// Host is the first half of Decode, on the calling thread alone: of decoding in two phases the host phase, else no more than
// reading the headers.
func (p *Preprocessor) Host(files [][]byte) (err error) {
	p.files = files
	p.pictures, err = p.decoder.host(files)
	if p.way == TwoPhases {
		return fault(Huffman, err)
	}
	return fault(Decode, err)
}

// Device is the second half.
func (p *Preprocessor) Device() error { return fault(Decode, p.device()) }

func (p *Preprocessor) device() (err error) {
	for i := range p.pictures {
		if p.pictures[i].Pixels, err = p.room(i, p.pictures[i].SizeBytes()); err != nil {
			return err
		}
	}
	return p.decoder.device(p.files, p.pictures, p.stream)
}

// room gives a place of the batch enough memory.
func (p *Preprocessor) room(place, sizeBytes int) (cuda.Pointer, error) {
	b := p.places[place]
	if b != nil && b.SizeBytes >= sizeBytes {
		return b.Pointer, nil
	}
	if err := b.Free(); err != nil {
		return 0, err
	}
	var err error
	if p.places[place], err = p.d.Context.Alloc(sizeBytes); err != nil {
		return 0, err
	}
	return p.places[place].Pointer, nil
}

// Resize puts the making of the batch's tensors into the stream, one behind the other at out.
func (p *Preprocessor) Resize(out cuda.Pointer) error {
	return fault(Resize, p.resize(out))
}

func (p *Preprocessor) resize(out cuda.Pointer) error {
	n := len(p.pictures) * pictureSize
	copy(p.staging.Bytes, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(p.pictures))), n))
	if err := p.stream.ToDevice(p.table.Pointer, p.staging.Bytes[:n]); err != nil {
		return err
	}
	width, height, by := int32(p.out.Width), int32(p.out.Height), p.by
	const across, down = 32, 8 // threads of a block
	grid := [3]int{(p.out.Width + across - 1) / across, (p.out.Height + down - 1) / down, len(p.pictures)}
	return p.stream.Launch(p.d.kernels[p.out.Element], grid, [3]int{across, down, 1}, unsafe.Pointer(&p.table.Pointer), unsafe.Pointer(&out),
		unsafe.Pointer(&width), unsafe.Pointer(&height), unsafe.Pointer(&by))
}

// affine is the kernel's parameter: a value of v becomes v*scale + shift, for each channel of the model, which is the
// picture's colour of that number.
type affine struct {
	scale, shift [3]float32
	colour       [3]int32
	interleaved  int32 // the colours of a pixel lie together (NHWC)
}

// affineOf is that of a model. A uint8 model takes pixels as they are.
func affineOf(shape tensor.Shape, o preprocess.Options) (a affine) {
	a.scale, a.shift = o.Affine()
	if shape.Element == tensor.Uint8 {
		a.scale, a.shift = [3]float32{1, 1, 1}, [3]float32{}
	}
	if a.colour = [3]int32{0, 1, 2}; o.BGR {
		a.colour = [3]int32{2, 1, 0}
	}
	if shape.Layout == tensor.NHWC {
		a.interleaved = 1
	}
	return a
}

// Close frees the worker; the stream is the caller's.
func (p *Preprocessor) Close() {
	p.decoder.Close()
	p.table.Free()
	p.staging.Free()
	for _, b := range p.places {
		b.Free()
	}
}
