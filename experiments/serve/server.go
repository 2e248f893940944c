// Package serve runs a real image-classification server in this process - preprocessing workers, a
// batcher, inference instances on ONNX Runtime - under a real load, and measures it: the reality that
// predictions are compared with.
package serve

import (
	"fmt"
	"sync"
	"time"

	"vsim/profile/device"
)

// ServerConfig says what the server is made of.
type ServerConfig struct {
	Libraries     *device.Libraries // of preprocessing on the CPU
	ModelPath     string
	Workers       int           // preprocessing workers; 0 where the GPU preprocesses
	Instances     int           // inference instances
	Threads       int           // intra-op threads of an instance on the CPU
	MaxBatch      int           // largest batch
	MaxQueueDelay time.Duration // how long the oldest request may wait for a fuller batch
	GPU           *GPU          // nil: inference on the CPU
}

// request is one image on its way through the server.
type request struct {
	data   []byte
	class  int
	due    time.Time // when it was to be sent: latency counts from here
	queued time.Time // when it entered its present queue
	spans  Spans
	tensor []float32
	err    error
	reply  chan<- *request
}

// Spans are the times that one request spent in each part of the server, in nanoseconds.
type Spans struct {
	PreprocessQueue, Decode, Resize   int64
	InferenceQueue, Copy, Infer, Post int64
	H2D, D2H                          int64 // over the link, where a GPU infers
	Batch                             int64 // requests in its batch, itself included
}

// instance is an inference instance, on the CPU or on a GPU. It belongs to one worker.
type instance interface {
	// bind comes before anything else on the worker's goroutine, and release after all else.
	bind() (release func(), err error)
	// warm makes what a batch size needs on its first run.
	warm(maxBatch int) error
	// size gives the width and height in pixels that the model reads.
	size() (width, height int)
	// serve takes a batch through the rest of its way and notes in each request's spans what its parts took.
	// The error is that of the whole batch; a request that fails alone has its own.
	serve(batch []*request) error
	close()
}

// server is a running server.
type server struct {
	entry      *queue              // where requests come in: preprocess, or inference where no CPU preprocesses
	ready      map[*byte][]float32 // by a file's first byte, the tensor that clients send in its place; nil: they send files
	preprocess *queue
	inference  *queue
	tensors    sync.Pool
	quit       chan struct{} // closed when nobody waits for answers any more
	workers    sync.WaitGroup
	instances  []instance
	preps      []*device.Preprocessor
}

// start loads the model once for each instance, warms everything up and starts the workers.
func start(cfg ServerConfig) (*server, error) {
	s := &server{preprocess: newQueue(1, 0), inference: newQueue(cfg.MaxBatch, cfg.MaxQueueDelay), quit: make(chan struct{})}
	s.entry = s.preprocess
	if cfg.direct() {
		s.entry = s.inference
	}
	if err := s.open(cfg); err != nil {
		s.free()
		return nil, err
	}
	for _, p := range s.preps {
		s.workers.Go(func() { s.preprocessLoop(p) })
	}
	for _, i := range s.instances {
		s.workers.Go(func() { s.inferenceLoop(i, cfg.MaxBatch) })
	}
	return s, nil
}

func (s *server) open(cfg ServerConfig) error {
	for range cfg.Instances {
		i, err := s.newInstance(cfg)
		if err != nil {
			return err
		}
		s.instances = append(s.instances, i)
		if err := bound(i, func() error { return i.warm(cfg.MaxBatch) }); err != nil {
			return err
		}
	}
	width, height := s.instances[0].size()
	s.tensors.New = func() any { return make([]float32, 3*width*height) }
	for range cfg.Workers {
		p, err := cfg.Libraries.NewPreprocessor(width, height)
		if err != nil {
			return err
		}
		s.preps = append(s.preps, p)
	}
	return nil
}

func (s *server) newInstance(cfg ServerConfig) (instance, error) {
	if cfg.GPU != nil {
		return newGPUInstance(cfg, &s.tensors)
	}
	i, err := device.NewInstance(cfg.ModelPath, cfg.Threads, cfg.MaxBatch)
	return &cpuInstance{i, &s.tensors}, err
}

// bound does something of an instance on this goroutine.
func bound(i instance, do func() error) error {
	release, err := i.bind()
	if err != nil {
		return err
	}
	defer release()
	return do()
}

// stop ends the workers after their present batches and frees everything.
func (s *server) stop() {
	close(s.quit)
	s.preprocess.close()
	s.inference.close()
	s.workers.Wait()
	s.free()
}

func (s *server) free() {
	for _, p := range s.preps {
		p.Close()
	}
	for _, i := range s.instances {
		i.close()
	}
}

// preprocessLoop is a preprocessing worker. A picture that cannot be decoded fails alone.
func (s *server) preprocessLoop(p *device.Preprocessor) {
	batch := make([]*request, 0, 1)
	for {
		if batch = s.preprocess.take(batch); len(batch) == 0 {
			return
		}
		r := batch[0]
		began := time.Now()
		r.spans.PreprocessQueue = int64(began.Sub(r.queued))
		img, err := p.Decode(r.data)
		if err != nil {
			r.err = fmt.Errorf("decode: %w", err)
			s.answer(r)
			continue
		}
		decoded := time.Now()
		r.tensor = s.tensors.Get().([]float32)
		p.Resize(img, r.tensor)
		r.spans.Decode = int64(decoded.Sub(began))
		r.spans.Resize = int64(time.Since(decoded))
		s.inference.put(r)
	}
}

// inferenceLoop is an inference instance. One that cannot be bound to its thread fails every batch.
func (s *server) inferenceLoop(i instance, maxBatch int) {
	release, unbound := i.bind()
	if unbound == nil {
		defer release()
	}
	batch := make([]*request, 0, maxBatch)
	for {
		if batch = s.inference.take(batch); len(batch) == 0 {
			return
		}
		began, err := time.Now(), unbound
		if err == nil {
			err = i.serve(batch)
		}
		for _, r := range batch {
			r.spans.InferenceQueue = int64(began.Sub(r.queued))
			r.spans.Batch = int64(len(batch))
			if r.err == nil {
				r.err = err
			}
			s.answer(r)
		}
	}
}

// answer sends a request back to its client, unless the run is over.
func (s *server) answer(r *request) {
	select {
	case r.reply <- r:
	case <-s.quit:
	}
}
