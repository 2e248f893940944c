// Package serve is a real image-classification server in this process: preprocessing workers, a queue by the
// simulator's own discipline, and inference instances on ONNX Runtime. Predictions are compared with what it
// does under the load of package load.
package serve

import (
	"fmt"
	"runtime"
	"sync"
	"time"
	"unsafe"

	"vsim/profile/device"
	"vsim/profile/device/preprocess"
	"vsim/profile/device/tensor"
	"vsim/profile/device/vision"
	"vsim/sim/engine/batcher"
)

// Config says what the server is made of.
type Config struct {
	Libraries *device.Libraries // of preprocessing on the CPU
	ModelPath string
	Vision    vision.Options // what the model's file does not say
	Workers   int            // preprocessing workers; 0 where no CPU preprocesses
	Instances int            // inference instances
	Threads   int            // intra-op threads of an instance on the CPU
	Batch     batcher.Config // rule of the queue before the instances; its Instances are those here
	// BatchSizes are the sizes at which the model is run, ascending, the last of them Batch.Max; a batch between them
	// is padded to the next. nil: every size.
	BatchSizes []int
	GPU        *GPU // nil: inference on the CPU
	// Ready says that clients send tensors, made before the run, to a server that infers on the CPU; GPU.Ready that they do to a GPU's.
	Ready bool
	// Interrupted is asked before each instance is made and before each batch that warms one up on a GPU, and its error ends
	// the start; nil: nothing does.
	Interrupted func() error
}

func (cfg *Config) check() error {
	if cfg.Instances < 1 || (cfg.Workers < 1) != cfg.direct() || cfg.Threads < 1 && cfg.GPU == nil {
		return fmt.Errorf("live server: %d workers, %d instances of %d threads: each must be at least 1; there are no workers where no CPU preprocesses",
			cfg.Workers, cfg.Instances, cfg.Threads)
	}
	if err := batcher.CheckSizes(cfg.BatchSizes, max(cfg.Batch.Max, 1)); err != nil {
		return fmt.Errorf("live server: %w", err)
	}
	return nil
}

func (cfg *Config) interrupted() error {
	if cfg.Interrupted == nil {
		return nil
	}
	return cfg.Interrupted()
}

// Request is one image to classify.
type Request struct {
	Image    []byte // compressed
	Priority int    // 1 is the highest; 0 means the lowest that the queue has
}

// Reply is what becomes of a request. Err is nil when it was served; ErrRejected, ErrExpired or ErrStopped
// when a queue turned it away; anything else says what failed.
type Reply struct {
	Err   error
	Spans Spans
	Batch int // requests in its batch, itself included
}

// request is a Request on its way through the server.
type request struct {
	data   []byte
	level  int       // of priority, 0 is the highest
	queued time.Time // when it entered its present queue
	spans  Spans
	batch  int
	tensor tensor.Tensor // in the model's own type
	err    error
	done   func(Reply)
}

// instance is an inference instance, on the CPU or on a GPU. It belongs to one worker.
type instance interface {
	// bind comes before anything else on the worker's goroutine, and release after all else.
	bind() (release func(), err error)
	// warm makes what each size at which batches are run needs on its first run.
	warm(maxBatch int) error
	// tensor is what the model reads of one picture.
	tensor() tensor.Shape
	// serve takes a batch through the rest of its way and notes in each request's spans what its parts took.
	// The error is that of the whole batch; a request that fails alone has its own.
	serve(batch []*request) error
	close()
}

// Server is a running server.
type Server struct {
	levels     int                     // of priority
	parts      []Part                  // of a request's way
	entry      *queue[*request]        // where requests come in: preprocess, or inference where no CPU preprocesses
	ready      map[*byte]tensor.Tensor // tensors that clients send, by their image's first byte; nil: they send images
	preprocess *queue[*request]        // nil where no CPU preprocesses
	inference  *queue[*request]
	tensors    sync.Pool
	workers    sync.WaitGroup
	instances  []instance
	preps      []*device.Preprocessor
	normalise  preprocess.Options // of pixels
	processors int                // GOMAXPROCS before
}

// Start loads the model for each instance and starts the workers, each instance warm.
//
// Until Stop, every worker has a processor of Go's scheduler, and two are left for a client in this process:
// the kernel decides who gets a core, as for servers that are not written in Go.
func Start(cfg Config) (*Server, error) {
	s, err := newServer(cfg)
	if err != nil {
		return nil, err
	}
	if err := s.open(cfg); err != nil {
		s.free()
		return nil, err
	}
	s.processors = runtime.GOMAXPROCS(cfg.Workers + cfg.Instances + 2)
	for _, p := range s.preps {
		s.workers.Go(func() { s.preprocessLoop(p) })
	}
	for _, i := range s.instances {
		if err := s.startInstance(i, max(cfg.Batch.Max, 1)); err != nil {
			s.Stop()
			return nil, err
		}
	}
	return s, nil
}

// startInstance starts an instance's worker and waits until it is warm. It warms up on the thread that it will work on,
// since ONNX Runtime keeps CUDA graphs by thread; and one instance does after the other, since nobody may take memory while
// another captures.
func (s *Server) startInstance(i instance, largest int) error {
	warm := make(chan error)
	s.workers.Go(func() { s.inferenceLoop(i, largest, warm) })
	return <-warm
}

// newServer makes a server with its queues, and nobody to work on them.
func newServer(cfg Config) (*Server, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	s := &Server{levels: max(len(cfg.Batch.Queues), 1), parts: cfg.parts(), normalise: cfg.Vision.Normalise}
	rule := cfg.Batch
	rule.Instances = cfg.Instances
	var err error
	if s.inference, err = newQueue(rule, turnAway); err != nil {
		return nil, fmt.Errorf("live server: %w", err)
	}
	s.entry = s.inference
	if !cfg.direct() {
		if s.preprocess, err = newQueue(batcher.Config{Max: 1, Instances: cfg.Workers}, turnAway); err != nil {
			return nil, fmt.Errorf("live server: %w", err)
		}
		s.entry = s.preprocess
	}
	return s, nil
}

// open loads everything that the workers need.
func (s *Server) open(cfg Config) error {
	for range cfg.Instances {
		if err := cfg.interrupted(); err != nil {
			return err
		}
		i, err := s.newInstance(cfg)
		if err != nil {
			return err
		}
		s.instances = append(s.instances, i)
	}
	shape := s.instances[0].tensor()
	s.tensors.New = func() any { return shape.New() }
	for range cfg.Workers {
		p, err := cfg.Libraries.NewPreprocessor(shape, cfg.Vision.Normalise)
		if err != nil {
			return err
		}
		s.preps = append(s.preps, p)
	}
	return nil
}

// Submit sends a request in. done is called once, with what becomes of it, on a worker's goroutine: it must
// not block.
func (s *Server) Submit(r Request, done func(Reply)) {
	in := &request{data: r.Image, level: s.level(r.Priority), done: done}
	if s.ready != nil {
		in.tensor = s.ready[unsafe.SliceData(r.Image)]
	}
	s.enter(s.entry, in)
}

// level is the place of a priority among the queue's levels, as the simulator gives it.
func (s *Server) level(priority int) int {
	if priority == 0 {
		return s.levels - 1
	}
	return min(priority, s.levels) - 1
}

// enter puts a request into a queue. The one before the preprocessing workers has one level.
func (s *Server) enter(q *queue[*request], r *request) {
	r.queued = time.Now()
	if q == s.inference {
		q.put(r, r.level)
	} else {
		q.put(r, 0)
	}
}

func (s *Server) newInstance(cfg Config) (instance, error) {
	if cfg.GPU != nil {
		return newGPUInstance(cfg, &s.tensors)
	}
	i, err := device.NewInstance(cfg.ModelPath, cfg.Threads, max(cfg.Batch.Max, 1), cfg.Vision)
	tensors := &s.tensors
	if cfg.Ready {
		tensors = nil
	}
	return &cpuInstance{i, cfg.BatchSizes, tensors}, err
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

// Stop ends the workers after their present batches, turns away whoever waits and frees everything.
func (s *Server) Stop() {
	if s.preprocess != nil {
		s.preprocess.close()
	}
	s.inference.close()
	s.workers.Wait()
	s.free()
	runtime.GOMAXPROCS(s.processors)
}

func (s *Server) free() {
	for _, p := range s.preps {
		p.Close()
	}
	for _, i := range s.instances {
		i.close()
	}
}

// preprocessLoop is a preprocessing worker, on a thread of its own as in the profiler and in other servers: Go's scheduler
// has then less to do for each request. A picture that cannot be decoded fails alone.
func (s *Server) preprocessLoop(p *device.Preprocessor) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for batch := s.preprocess.take(); batch != nil; batch = s.preprocess.take() {
		r := batch[0]
		began := time.Now()
		r.spans.PreprocessQueue = int64(began.Sub(r.queued))
		img, err := p.Decode(r.data)
		if err != nil {
			r.err = fmt.Errorf("decode: %w", err)
			r.answer()
			continue
		}
		decoded := time.Now()
		r.tensor = s.tensors.Get().(tensor.Tensor)
		p.Resize(img, r.tensor)
		r.spans.Decode = int64(decoded.Sub(began))
		r.spans.Resize = int64(time.Since(decoded))
		s.enter(s.inference, r)
	}
}

// inferenceLoop is an inference instance: it warms up, says how that went, and serves.
func (s *Server) inferenceLoop(i instance, largest int, warm chan<- error) {
	release, err := i.bind()
	if err != nil {
		warm <- err
		return
	}
	defer release()
	err = i.warm(largest)
	warm <- err
	if err != nil {
		return
	}
	for batch := s.inference.take(); batch != nil; batch = s.inference.take() {
		began := time.Now()
		err := i.serve(batch)
		for _, r := range batch {
			r.spans.InferenceQueue = int64(began.Sub(r.queued))
			r.batch = len(batch)
			if r.err == nil {
				r.err = err
			}
			r.answer()
		}
	}
}

// answer tells the client what became of its request.
func (r *request) answer() { r.done(Reply{Err: r.err, Spans: r.spans, Batch: r.batch}) }

// turnAway answers a request that a queue has turned away.
func turnAway(r *request, why error) {
	r.err = why
	r.answer()
}
