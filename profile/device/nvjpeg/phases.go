package nvjpeg

import (
	"unsafe"

	"vsim/profile/device/cuda"
	"vsim/profile/device/dl"
)

// HuffmanThreshold is how many pixels a picture may have whose Huffman codes the CPU decodes; those of larger ones the GPU
// does. It is the default of hybrid_huffman_threshold of DALI's fn.decoders.image
// (docs.nvidia.com/deeplearning/dali, nvidia.dali.fn.decoders.image).
const HuffmanThreshold = 1_000_000

// phaseFunctions are those of decoding in two phases; a library without them decodes in one call all the same.
var phaseFunctions = []string{
	"nvjpegDecoderCreate", "nvjpegDecoderDestroy", "nvjpegDecoderStateCreate",
	"nvjpegJpegStreamCreate", "nvjpegJpegStreamDestroy", "nvjpegJpegStreamParse",
	"nvjpegJpegStreamGetFrameDimensions", "nvjpegJpegStreamGetComponentsNum", "nvjpegJpegStreamGetJpegEncoding",
	"nvjpegDecodeParamsCreate", "nvjpegDecodeParamsDestroy", "nvjpegDecodeParamsSetOutputFormat",
	"nvjpegBufferPinnedCreate", "nvjpegBufferPinnedDestroy", "nvjpegStateAttachPinnedBuffer",
	"nvjpegBufferDeviceCreate", "nvjpegBufferDeviceDestroy", "nvjpegStateAttachDeviceBuffer",
	"nvjpegDecodeJpegHost", "nvjpegDecodeJpegTransferToDevice", "nvjpegDecodeJpegDevice",
}

const (
	anyBackend  = 0    // NVJPEG_BACKEND_DEFAULT, of a handle whose decoders name their own
	progressive = 0xc2 // NVJPEG_ENCODING_PROGRESSIVE_DCT_HUFFMAN
)

// Phases decodes pictures in two phases that can be told apart, as DALI does where a GPU has no engines: the CPU parses a
// file and decodes the Huffman codes of pictures up to HuffmanThreshold and of progressive ones; the rest is the GPU's, in
// a stream. It has places for as many pictures at the same time as are asked for; it is not safe for concurrent use. The
// context must be bound for all calls.
type Phases struct {
	*Library
	phases   *dl.Library
	handle   uintptr
	params   uintptr             // nvjpegDecodeParams_t
	decoders map[Backend]uintptr // nvjpegJpegDecoder_t
	places   []*place
}

// place is what one picture needs from the start of its first phase to the end of its second: nothing of it is shared, so
// that no phase of a batch waits for another one's.
type place struct {
	parsed, pinned, device uintptr             // nvjpegJpegStream_t, nvjpegBufferPinned_t, nvjpegBufferDevice_t
	states                 map[Backend]uintptr // nvjpegJpegState_t
	chosen                 Backend             // of the picture at hand
	file                   []byte              // likewise: C has its address until the second phase is done
}

// backends of two phases.
var backends = []Backend{Hybrid, CUDA}

// HasPhases is an error, of one line, where the library lacks functions for decoding in two phases.
func (l *Library) HasPhases() error {
	_, err := l.openPhases()
	return err
}

func (l *Library) openPhases() (*dl.Library, error) {
	return dl.Open("nvJPEG", l.lib.Path, phaseFunctions...)
}

// NewPhases makes a decoder. The error is an ErrUnsupported when the GPU cannot decode so.
func (l *Library) NewPhases() (*Phases, error) {
	functions, err := l.openPhases()
	if err != nil {
		return nil, err
	}
	p := &Phases{Library: l, phases: functions, decoders: map[Backend]uintptr{}}
	if err := p.open(); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

func (p *Phases) open() (err error) {
	if err = p.Library.call("nvjpegCreateEx", anyBackend, 0, 0, flags, uintptr(unsafe.Pointer(&p.handle))); err != nil {
		return err
	}
	if p.params, err = p.made("nvjpegDecodeParamsCreate"); err != nil {
		return err
	}
	if err = p.call("nvjpegDecodeParamsSetOutputFormat", p.params, outputRGBI); err != nil {
		return err
	}
	for _, b := range backends {
		if p.decoders[b], err = p.madeOf("nvjpegDecoderCreate", uintptr(b)); err != nil {
			return err
		}
	}
	return nil
}

//go:uintptrescapes
func (p *Phases) call(function string, args ...uintptr) error {
	if status := int32(p.phases.Call(function, args...)); status != 0 {
		return &Error{function, status}
	}
	return nil
}

// made calls a function that makes something of the handle.
func (p *Phases) made(function string) (out uintptr, err error) {
	err = p.call(function, p.handle, uintptr(unsafe.Pointer(&out)))
	return out, err
}

// madeOf calls one that makes something of the handle and something else.
func (p *Phases) madeOf(function string, of uintptr) (out uintptr, err error) {
	err = p.call(function, p.handle, of, uintptr(unsafe.Pointer(&out)))
	return out, err
}

// Size reads a file's header, see Decoder.Size.
func (p *Phases) Size(data []byte) (width, height int, err error) { return p.size(p.handle, data) }

// Host does the first phase for the picture at a place, on the calling thread: it parses the file, which must stay as it is
// until the second phase is done, and tells the picture's size. Nothing may be left to do of a picture that was there before.
func (p *Phases) Host(at int, file []byte) (width, height int, err error) {
	here, err := p.place(at)
	if err != nil {
		return 0, 0, err
	}
	if width, height, err = p.parse(here, file); err != nil {
		return 0, 0, err
	}
	return width, height, p.call("nvjpegDecodeJpegHost", p.handle, p.decoders[here.chosen], here.states[here.chosen], p.params, here.parsed)
}

// Device puts the second phase of the picture at a place into a stream: moving what the first has made to the GPU, and
// making the picture there.
func (p *Phases) Device(at int, picture Picture, s *cuda.Stream) error {
	here := p.places[at]
	decoder, state := p.decoders[here.chosen], here.states[here.chosen]
	if err := p.call("nvjpegDecodeJpegTransferToDevice", p.handle, decoder, state, here.parsed, s.Handle); err != nil {
		return err
	}
	var to image
	to.channel[0], to.pitch[0] = uintptr(picture.Pixels), uintptr(3*picture.Width)
	return p.call("nvjpegDecodeJpegDevice", p.handle, decoder, state, uintptr(unsafe.Pointer(&to)), s.Handle)
}

// Chooses tells who would decode the Huffman codes of a file.
func (p *Phases) Chooses(file []byte) (Backend, error) {
	here, err := p.place(0)
	if err != nil {
		return 0, err
	}
	_, _, err = p.parse(here, file)
	return here.chosen, err
}

// parse reads all but the picture's data, and chooses the backend.
func (p *Phases) parse(here *place, file []byte) (width, height int, err error) {
	if len(file) == 0 {
		return 0, 0, errEmpty
	}
	here.file = file
	if err := p.call("nvjpegJpegStreamParse", p.handle, uintptr(unsafe.Pointer(unsafe.SliceData(file))), uintptr(len(file)), 0, 0, here.parsed); err != nil {
		return 0, 0, err
	}
	var w, h, components uint32
	var encoding int32
	if err := p.call("nvjpegJpegStreamGetFrameDimensions", here.parsed, uintptr(unsafe.Pointer(&w)), uintptr(unsafe.Pointer(&h))); err != nil {
		return 0, 0, err
	}
	if err := p.call("nvjpegJpegStreamGetComponentsNum", here.parsed, uintptr(unsafe.Pointer(&components))); err != nil {
		return 0, 0, err
	}
	if err := p.call("nvjpegJpegStreamGetJpegEncoding", here.parsed, uintptr(unsafe.Pointer(&encoding))); err != nil {
		return 0, 0, err
	}
	width, height = int(w), int(h)
	here.chosen = Hybrid
	if width*height > HuffmanThreshold && encoding != progressive {
		here.chosen = CUDA
	}
	return width, height, served(int(components), width, height)
}

// place gives a place, made when it is first asked for.
func (p *Phases) place(at int) (*place, error) {
	for len(p.places) <= at {
		here := &place{states: map[Backend]uintptr{}}
		if err := p.furnish(here); err != nil {
			p.clear(here)
			return nil, err
		}
		p.places = append(p.places, here)
	}
	return p.places[at], nil
}

func (p *Phases) furnish(here *place) (err error) {
	if here.parsed, err = p.made("nvjpegJpegStreamCreate"); err != nil {
		return err
	}
	const usualAllocator = 0
	if here.pinned, err = p.madeOf("nvjpegBufferPinnedCreate", usualAllocator); err != nil {
		return err
	}
	if here.device, err = p.madeOf("nvjpegBufferDeviceCreate", usualAllocator); err != nil {
		return err
	}
	for _, b := range backends {
		state, err := p.madeOf("nvjpegDecoderStateCreate", p.decoders[b])
		if err != nil {
			return err
		}
		here.states[b] = state
		if err := p.call("nvjpegStateAttachPinnedBuffer", state, here.pinned); err != nil {
			return err
		}
		if err := p.call("nvjpegStateAttachDeviceBuffer", state, here.device); err != nil {
			return err
		}
	}
	return nil
}

// clear frees what a place has.
func (p *Phases) clear(here *place) {
	for _, state := range here.states {
		p.Library.call("nvjpegJpegStateDestroy", state)
	}
	p.free("nvjpegBufferDeviceDestroy", here.device)
	p.free("nvjpegBufferPinnedDestroy", here.pinned)
	p.free("nvjpegJpegStreamDestroy", here.parsed)
}

func (p *Phases) free(function string, made uintptr) {
	if made != 0 {
		p.call(function, made)
	}
}

// Close frees the decoder; a second Close, or one of nil, does nothing.
func (p *Phases) Close() {
	if p == nil || p.handle == 0 {
		return
	}
	for _, here := range p.places {
		p.clear(here)
	}
	p.places = nil
	for _, decoder := range p.decoders { // 0 where one could not be made
		p.free("nvjpegDecoderDestroy", decoder)
	}
	p.free("nvjpegDecodeParamsDestroy", p.params)
	p.Library.call("nvjpegDestroy", p.handle)
	p.handle = 0
}
