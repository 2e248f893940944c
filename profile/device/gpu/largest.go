package gpu

import (
	"cmp"
	"errors"
	"slices"

	"vsim/profile/device/nvjpeg"
)

// Largest gives the file with the most pixels of those that can be decoded; a small picture where none can. It decodes it
// and waits. To decode a batch of it before others is to have what nvJPEG makes on the first batch of a size, which takes a
// tenth of a second on an H200, and room for each of the pictures at each place.
func (p *Preprocessor) Largest(pictures [][]byte) ([]byte, error) {
	type candidate struct {
		file   []byte
		pixels int
	}
	all := []candidate{{smallPicture(), 0}}
	for _, file := range pictures {
		width, height, err := p.decoder.Size(file)
		if err == nil {
			all = append(all, candidate{file, width * height})
		} else if !foul(err) {
			return nil, fault(Decode, err)
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(b.pixels, a.pixels) })
	var err error
	for _, c := range all {
		if err = p.Decode([][]byte{c.file}); err == nil {
			return c.file, fault("gpu", p.stream.Synchronize())
		}
		if !foul(err) {
			break
		}
	}
	return nil, err
}

// foul tells whether an error is a picture's own fault.
func foul(err error) bool {
	return errors.Is(err, nvjpeg.ErrInvalid) || errors.Is(err, nvjpeg.ErrUnsupported)
}
