package serve

import (
	"fmt"
	"unsafe"

	"vsim/profile/device"
)

// Prepare makes the tensor of each image, for clients that send tensors. Later requests of an image (the
// same bytes in memory) then come in as its tensor. Call it before the first request.
func (s *Server) Prepare(libraries *device.Libraries, images [][]byte) error {
	width, height := s.instances[0].size()
	p, err := libraries.NewPreprocessor(width, height)
	if err != nil {
		return err
	}
	defer p.Close()
	if s.ready == nil {
		s.ready = map[*byte][]float32{}
	}
	for i, file := range images {
		img, err := p.Decode(file)
		if err != nil {
			return fmt.Errorf("image %d: %w", i, err)
		}
		tensor := make([]float32, 3*width*height)
		p.Resize(img, tensor)
		s.ready[unsafe.SliceData(file)] = tensor
	}
	return nil
}
