package gpu

import (
	"vsim/profile/device/cuda"
	"vsim/profile/device/nvjpeg"
)

// Decoder is a way in which nvJPEG decodes.
type Decoder int

// The ways, best first: engines that some GPUs have; the multiprocessors after a phase on the CPU, one picture after the other, as
// DALI does it without engines; the multiprocessors in one call for a batch, which does on the CPU what it likes.
const (
	Engines Decoder = iota
	TwoPhases
	OneCall
)

func (d Decoder) String() string {
	return [...]string{"hardware engines", "multiprocessors in two phases", "multiprocessors"}[d]
}

// decoder is an nvJPEG decoder. A batch is decoded in two steps, and the stream must have been waited for before the next.
type decoder interface {
	// Size reads a file's header.
	Size(file []byte) (width, height int, err error)
	// host does what a CPU alone does before all else, and tells the pictures' sizes.
	host(files [][]byte) ([]nvjpeg.Picture, error)
	// device puts the rest into a stream. The files must stay as they are until it is done.
	device(files [][]byte, pictures []nvjpeg.Picture, s *cuda.Stream) error
	Close()
}

func (d *Device) newDecoder(way Decoder) (decoder, error) {
	if way == TwoPhases {
		phases, err := d.jpeg.NewPhases()
		if err != nil {
			return nil, err
		}
		return twoPhases{phases}, nil
	}
	backend := nvjpeg.CUDA
	if way == Engines {
		backend = nvjpeg.Hardware
	}
	one, err := d.jpeg.NewDecoder(backend, hostThreads)
	if err != nil {
		return nil, err
	}
	return oneCall{one}, nil
}

// decodeAll takes both steps.
func decodeAll(d decoder, files [][]byte, pictures []nvjpeg.Picture, s *cuda.Stream) error {
	if _, err := d.host(files); err != nil {
		return err
	}
	return d.device(files, pictures, s)
}

// oneCall reads the headers first.
type oneCall struct{ *nvjpeg.Decoder }

func (d oneCall) host(files [][]byte) (out []nvjpeg.Picture, err error) {
	return sizes(files, func(_ int, file []byte) (int, int, error) { return d.Size(file) })
}

func (d oneCall) device(files [][]byte, pictures []nvjpeg.Picture, s *cuda.Stream) error {
	return d.Decode(files, pictures, s)
}

// twoPhases has a place for each picture of a batch.
type twoPhases struct{ *nvjpeg.Phases }

func (d twoPhases) host(files [][]byte) ([]nvjpeg.Picture, error) { return sizes(files, d.Host) }

func (d twoPhases) device(_ [][]byte, pictures []nvjpeg.Picture, s *cuda.Stream) error {
	for i, p := range pictures {
		if err := d.Device(i, p, s); err != nil {
			return err
		}
	}
	return nil
}

// sizes are pictures without their pixels.
func sizes(files [][]byte, size func(i int, file []byte) (width, height int, err error)) ([]nvjpeg.Picture, error) {
	out := make([]nvjpeg.Picture, 0, len(files))
	for i, file := range files {
		w, h, err := size(i, file)
		if err != nil {
			return nil, err
		}
		out = append(out, nvjpeg.Picture{Width: int32(w), Height: int32(h)})
	}
	return out, nil
}
