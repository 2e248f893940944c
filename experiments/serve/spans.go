package serve

import (
	"vsim/profile/device"
	"vsim/profile/device/gpu"
)

// Spans are the times that one request spent in each part of the server, in nanoseconds.
type Spans struct {
	PreprocessQueue, Decode, Resize   int64
	InferenceQueue, Copy, Infer, Post int64
	H2D, D2H                          int64 // over the link, where a GPU infers
}

// Part is one part of a request's way as reports name it, and where its time stands.
type Part struct {
	Name string
	Ns   func(*Spans) int64
}

// Parts are those of this server, in the order in which a request meets them.
func (s *Server) Parts() []Part { return s.parts }

func (cfg *Config) parts() []Part {
	preprocessQueue := Part{"preprocess queue", func(s *Spans) int64 { return s.PreprocessQueue }}
	inferenceQueue := Part{"inference queue", func(s *Spans) int64 { return s.InferenceQueue }}
	decode := Part{device.Decode, func(s *Spans) int64 { return s.Decode }}
	resize := Part{device.Resize, func(s *Spans) int64 { return s.Resize }}
	copied := Part{device.Copy, func(s *Spans) int64 { return s.Copy }}
	h2d := Part{gpu.H2D, func(s *Spans) int64 { return s.H2D }}
	infer := Part{device.Infer, func(s *Spans) int64 { return s.Infer }}
	d2h := Part{gpu.D2H, func(s *Spans) int64 { return s.D2H }}
	post := Part{device.Post, func(s *Spans) int64 { return s.Post }}
	switch {
	case cfg.onGPU():
		return []Part{inferenceQueue, decode, resize, infer, d2h, post}
	case cfg.direct() && cfg.GPU == nil:
		return []Part{inferenceQueue, copied, infer, post}
	case cfg.direct():
		return []Part{inferenceQueue, copied, h2d, infer, d2h, post}
	case cfg.GPU != nil:
		return []Part{preprocessQueue, decode, resize, inferenceQueue, copied, h2d, infer, d2h, post}
	}
	return []Part{preprocessQueue, decode, resize, inferenceQueue, copied, infer, post}
}
