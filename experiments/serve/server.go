// Package serve is a real image-classification server in this process: preprocessing workers, a queue by the
// simulator's own discipline, and inference instances on ONNX Runtime. Predictions are compared with what it
// does under the load of package load.
package serve

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

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
	// Waiting is how many requests may be on their way before an instance takes them, preprocessing included; one more is
	// rejected at once, as by a full queue. 0: no limit but those of Batch.
	Waiting int
	// Timeouts lets requests have less patience than their queue (allow_timeout_override of Triton's queue policies).
	Timeouts bool
	// Ran hears of each batch that an instance has run: its images, what its parts took, whether it failed. It is called on
	// the instance's goroutine before its requests are answered; nil: nobody does.
	Ran func(images int, spans Spans, err error)
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

// instance is an inference instance, on the CPU or on a GPU. It belongs to one worker.
type instance interface {
	// bind comes before anything else on the worker's goroutine, and release after all else.
	bind() (release func(), err error)
	// warm makes what each size at which batches are run needs on its first run.
	warm(maxBatch int) error
	// tensor is what the model reads of one picture.
	tensor() tensor.Shape
	// Model is what it reads and gives.
	Model() *vision.Model
	// serve takes a batch through the rest of its way and notes in each request's spans what its parts took.
	// The error is that of the whole batch; a request that fails alone has its own.
	serve(batch []*request) error
	close()
}

// Server is a running server.
type Server struct {
	levels     int            // of priority
	rule       batcher.Config // of the queue before the instances
	timeouts   bool           // requests may have their own
	most       int64          // of waiting; 0: no limit
	waiting    atomic.Int64   // requests that no instance has taken yet
	ran        func(images int, spans Spans, err error)
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

	shape       tensor.Shape // what the model reads of one picture
	largest     int          // batch
	decodes     bool         // the GPU's instances read images, and nothing else
	tensorsOnly bool         // nobody decodes images
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
	s := &Server{levels: max(len(cfg.Batch.Queues), 1), parts: cfg.parts(), normalise: cfg.Vision.Normalise, rule: cfg.Batch,
		timeouts: cfg.Timeouts, most: int64(cfg.Waiting), ran: cfg.Ran, largest: max(cfg.Batch.Max, 1),
		decodes: cfg.onGPU(), tensorsOnly: cfg.direct() && !cfg.onGPU()}
	rule := cfg.Batch
	rule.Instances = cfg.Instances
	var err error
	if s.inference, err = newQueue(rule, s.turnAway, punctual); err != nil {
		return nil, fmt.Errorf("live server: %w", err)
	}
	s.entry = s.inference
	if !cfg.direct() {
		if s.preprocess, err = newQueue(batcher.Config{Max: 1, Instances: cfg.Workers}, s.turnAway, punctual); err != nil {
			s.inference.close()
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
	s.shape = s.instances[0].tensor()
	s.tensors.New = func() any { return s.shape.New() }
	for range cfg.Workers {
		p, err := cfg.Libraries.NewPreprocessor(s.shape, cfg.Vision.Normalise)
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
	s.submit(s.newRequest(&r, done))
}

// submit sends a request in that was not withdrawn before, and for which there is room.
func (s *Server) submit(in *request) {
	in.err = s.check(in)
	if n := s.waiting.Add(1); in.err == nil && s.most > 0 && n > s.most {
		in.err = ErrRejected
	}
	entry := s.entry
	if in.raw != nil {
		entry = s.inference
	}
	if in.err != nil {
		s.answer(in)
		return
	}
	s.enter(entry, in)
}

// Model is what the model reads and gives.
func (s *Server) Model() *vision.Model { return s.instances[0].Model() }

// Waiting is how many requests no instance has taken yet.
func (s *Server) Waiting() int { return int(s.waiting.Load()) }

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
		q.put(r, r.level, r.items)
	} else {
		q.put(r, 0, 1)
	}
	if why := r.gone(); why != nil {
		q.remove(r, why) // it was withdrawn on its way here
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
		r.spans.PreprocessQueue = int64(time.Since(r.queued))
		if r.err = s.prepare(p, r); r.err != nil {
			s.giveBack(r)
			s.answer(r)
			continue
		}
		s.enter(s.inference, r)
	}
}

// prepare makes the tensors of a request's images, one after the other.
func (s *Server) prepare(p *device.Preprocessor, r *request) error {
	for k, file := range r.images {
		if why := r.gone(); why != nil {
			return why
		}
		began := time.Now()
		img, err := p.Decode(file)
		if err != nil {
			return decodeError(err, k, r.items)
		}
		decoded := time.Now()
		r.tensors[k] = s.tensors.Get().(tensor.Tensor)
		p.Resize(img, r.tensors[k])
		r.spans.Decode += int64(decoded.Sub(began))
		r.spans.Resize += int64(time.Since(decoded))
	}
	return nil
}

// decodeError says which of a request's images was to blame, where it has several.
func decodeError(err error, image, of int) error {
	if of > 1 {
		return fmt.Errorf("decode: image %d of %d: %w", image+1, of, err)
	}
	return fmt.Errorf("decode: %w", err)
}

// giveBack returns the tensors of a request that comes to no batch.
func (s *Server) giveBack(r *request) {
	for k, t := range r.tensors {
		if t.Len() > 0 {
			//lint:ignore SA6002 a header a request is nothing beside its 600 kB
			s.tensors.Put(t)
			r.tensors[k] = tensor.Tensor{}
		}
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
		s.waiting.Add(-int64(len(batch)))
		for _, r := range batch {
			r.started = true
			r.spans.InferenceQueue = int64(began.Sub(r.queued))
			r.batch = len(batch)
		}
		err := i.serve(batch)
		if s.ran != nil {
			s.ran(images(batch), batch[0].spans, err)
		}
		for _, r := range batch {
			if r.err == nil {
				r.err = err
			}
			s.answer(r)
		}
	}
}

// images is how many a batch has.
func images(batch []*request) (n int) {
	for _, r := range batch {
		n += r.items
	}
	return n
}
