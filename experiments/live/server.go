// Package live runs a real image-classification server in this process - preprocessing workers, a
// batcher, inference instances on ONNX Runtime - under a real load, and measures it: the reality that
// predictions are compared with.
package live

import (
	"fmt"
	"sync"
	"time"

	"vsim/profile/stage"
)

// ServerConfig says what the server is made of.
type ServerConfig struct {
	Libraries     *stage.Libraries
	ModelPath     string
	Workers       int           // preprocessing workers
	Instances     int           // inference instances
	Threads       int           // intra-op threads of an instance
	MaxBatch      int           // largest batch
	MaxQueueDelay time.Duration // how long the oldest request may wait for a fuller batch
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
	Batch                             int64 // requests in its batch, itself included
}

// server is a running server.
type server struct {
	preprocess *queue
	inference  *queue
	tensors    sync.Pool
	quit       chan struct{} // closed when nobody waits for answers any more
	workers    sync.WaitGroup
	instances  []*stage.Instance
	preps      []*stage.Preprocessor
}

// start loads the model once for each instance, warms everything up and starts the workers.
func start(cfg ServerConfig) (*server, error) {
	s := &server{preprocess: newQueue(1, 0), inference: newQueue(cfg.MaxBatch, cfg.MaxQueueDelay), quit: make(chan struct{})}
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
		i, err := stage.NewInstance(cfg.ModelPath, cfg.Threads, cfg.MaxBatch)
		if err != nil {
			return err
		}
		s.instances = append(s.instances, i)
		for n := 1; n <= cfg.MaxBatch; n++ { // every batch size allocates on its first run
			if err := i.Infer(n); err != nil {
				return err
			}
		}
	}
	length := s.instances[0].TensorLen()
	s.tensors.New = func() any { return make([]float32, length) }
	width, height := s.instances[0].Size()
	for range cfg.Workers {
		p, err := cfg.Libraries.NewPreprocessor(width, height)
		if err != nil {
			return err
		}
		s.preps = append(s.preps, p)
	}
	return nil
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
		i.Close()
	}
}

// preprocessLoop is a preprocessing worker. A picture that cannot be decoded fails alone.
func (s *server) preprocessLoop(p *stage.Preprocessor) {
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

// inferenceLoop is an inference instance.
func (s *server) inferenceLoop(i *stage.Instance, maxBatch int) {
	batch := make([]*request, 0, maxBatch)
	for {
		if batch = s.inference.take(batch); len(batch) == 0 {
			return
		}
		began := time.Now()
		for k, r := range batch {
			i.Copy(k, r.tensor)
			//lint:ignore SA6002 a slice header a request is nothing beside its 600 kB
			s.tensors.Put(r.tensor)
			r.tensor = nil
		}
		copied := time.Now()
		err := i.Infer(len(batch))
		inferred := time.Now()
		for k := range batch {
			i.Post(k)
		}
		done := time.Now()
		for _, r := range batch {
			r.spans.InferenceQueue = int64(began.Sub(r.queued))
			r.spans.Copy = int64(copied.Sub(began))
			r.spans.Infer = int64(inferred.Sub(copied))
			r.spans.Post = int64(done.Sub(inferred))
			r.spans.Batch = int64(len(batch))
			r.err = err
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
