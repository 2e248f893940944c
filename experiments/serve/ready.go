package serve

import (
	"fmt"
	"unsafe"

	"vsim/profile/device"
	"vsim/profile/device/tensor"
)

// Prepare makes the tensor of each image, for clients that send tensors. Later requests of an image (the
// same bytes in memory) then come in as its tensor. Call it before the first request.
func (s *Server) Prepare(libraries *device.Libraries, images [][]byte) error {
	shape := s.instances[0].tensor()
	p, err := libraries.NewPreprocessor(shape, s.normalise)
	if err != nil {
		return err
	}
	defer p.Close()
	if s.ready == nil {
		s.ready = map[*byte]tensor.Tensor{}
	}
	for i, file := range images {
		img, err := p.Decode(file)
		if err != nil {
			return fmt.Errorf("image %d: %w", i, err)
		}
		made := shape.New()
		p.Resize(img, made)
		s.ready[unsafe.SliceData(file)] = made
	}
	return nil
}
