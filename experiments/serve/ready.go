package serve

import (
	"fmt"
	"unsafe"
)

// prepare makes the tensor of every picture of the load, for clients that send tensors.
func (s *server) prepare(cfg ServerConfig, images []Images) error {
	width, height := s.instances[0].size()
	p, err := cfg.Libraries.NewPreprocessor(width, height)
	if err != nil {
		return err
	}
	defer p.Close()
	s.ready = map[*byte][]float32{}
	for _, set := range images {
		for i, file := range set.Files {
			img, err := p.Decode(file)
			if err != nil {
				return fmt.Errorf("image %d of %q: %w", i, set.Name, err)
			}
			tensor := make([]float32, 3*width*height)
			p.Resize(img, tensor)
			s.ready[unsafe.SliceData(file)] = tensor
		}
	}
	return nil
}

// send puts a request into the server, as a file or as the tensor that was made of it.
func (s *server) send(r *request) {
	if s.ready != nil {
		r.tensor = s.ready[unsafe.SliceData(r.data)]
	}
	s.entry.put(r)
}
