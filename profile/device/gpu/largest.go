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

// LargestOfEach gives the Largest of the pictures that are decoded alike: of decoding in two phases, of those whose Huffman
// codes the CPU decodes and of those whose the GPU does, which need memory for something else; else of all.
func (p *Preprocessor) LargestOfEach(pictures [][]byte) (out [][]byte, err error) {
	for _, alike := range p.alike(pictures) {
		file, err := p.Largest(alike)
		if err != nil {
			return nil, err
		}
		out = append(out, file)
	}
	return out, nil
}

// alike parts pictures by who decodes their Huffman codes; those that nobody can decode are with the first.
func (p *Preprocessor) alike(pictures [][]byte) [][][]byte {
	two, ok := p.decoder.(twoPhases)
	if !ok {
		return [][][]byte{pictures}
	}
	var onCPU, onGPU [][]byte
	for _, file := range pictures {
		if by, err := two.Chooses(file); err == nil && by == nvjpeg.CUDA {
			onGPU = append(onGPU, file)
		} else {
			onCPU = append(onCPU, file)
		}
	}
	switch {
	case len(onGPU) == 0:
		return [][][]byte{onCPU}
	case len(onCPU) == 0:
		return [][][]byte{onGPU}
	}
	return [][][]byte{onCPU, onGPU}
}

// foul tells whether an error is a picture's own fault.
func foul(err error) bool {
	return errors.Is(err, nvjpeg.ErrInvalid) || errors.Is(err, nvjpeg.ErrUnsupported)
}
