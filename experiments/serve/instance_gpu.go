package serve

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"vsim/profile/device/cuda"
	"vsim/profile/device/gpu"
	"vsim/profile/device/nvjpeg"
	"vsim/profile/device/tensor"
)

// GPU says what of a server runs on a GPU: inference, and preprocessing if Preprocess says so. JPEG files
// then go to the instances as they are, and each of them decodes, resizes and infers a batch in a stream of
// its own. With Ready nobody preprocesses: clients send tensors, made before the run.
type GPU struct {
	Device     *gpu.Device
	Options    gpu.Options // MaxBatch and Sizes are the server's
	Preprocess bool
	Ready      bool
	// Pictures are some that clients may send: there is room for the largest at each place of a batch before the first comes.
	// nil: nothing is known of them, and room is made as they come.
	Pictures [][]byte
}

// onGPU tells whether the GPU preprocesses.
func (cfg *Config) onGPU() bool { return cfg.GPU != nil && cfg.GPU.Preprocess }

// direct tells whether requests go straight to the instances.
func (cfg *Config) direct() bool {
	return cfg.Ready || cfg.GPU != nil && (cfg.GPU.Preprocess || cfg.GPU.Ready)
}

// gpuInstance runs the model, and perhaps what comes before it, on a GPU.
type gpuInstance struct {
	*gpu.Instance
	device  *gpu.Device
	config  Config            // of the server
	worker  *gpu.Preprocessor // nil: a CPU preprocesses
	marks   []*cuda.Event     // before the first part of a batch and after each
	files   [][]byte
	tensors *sync.Pool // nil: tensors are the clients' own
}

// maxParts is how many parts a batch's way through a GPU has: decode, resize, infer, d2h.
const maxParts = 4

func newGPUInstance(cfg Config, tensors *sync.Pool) (_ *gpuInstance, err error) {
	i := &gpuInstance{device: cfg.GPU.Device, config: cfg}
	if !cfg.GPU.Ready {
		i.tensors = tensors
	}
	release, err := i.bind()
	if err != nil {
		return nil, err
	}
	defer release()
	options := cfg.GPU.Options
	largest := max(cfg.Batch.Max, 1)
	options.MaxBatch = largest
	options.Sizes, options.Vision = cfg.BatchSizes, cfg.Vision
	if i.Instance, err = i.device.NewInstance(cfg.ModelPath, options); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			i.free()
		}
	}()
	for range maxParts + 1 {
		e, err := i.device.Context.NewEvent(false)
		if err != nil {
			return nil, err
		}
		i.marks = append(i.marks, e)
	}
	if cfg.GPU.Preprocess {
		i.worker, err = i.device.NewPreprocessor(i.Tensor(), cfg.Vision.Normalise, largest, i.Stream)
	}
	return i, err
}

func (i *gpuInstance) bind() (release func(), err error) { return i.device.Bind() }

// warm preprocesses every batch size and runs every one that the model runs at, and waits for each: what a first run makes,
// a state of nvJPEG's, a plan of cuDNN's or a CUDA graph, is not to be made under load.
func (i *gpuInstance) warm(maxBatch int) error {
	if i.worker != nil {
		if err := i.warmWorker(maxBatch); err != nil {
			return err
		}
	}
	for n := 1; n <= maxBatch; n = i.Runs(n) + 1 {
		if err := i.config.interrupted(); err != nil {
			return err
		}
		if err := i.Infer(n); err != nil {
			return err
		}
		if err := i.Wait(); err != nil {
			return err
		}
	}
	return nil
}

// warmWorker preprocesses batches of the largest pictures.
func (i *gpuInstance) warmWorker(maxBatch int) error {
	files, err := i.worker.LargestOfEach(i.config.GPU.Pictures)
	if err != nil {
		return err
	}
	for _, file := range files {
		for n := 1; n <= maxBatch; n++ {
			if err := i.warmBatch(slices.Repeat([][]byte{file}, n)); err != nil {
				return err
			}
		}
	}
	return nil
}

// warmBatch preprocesses a batch and waits for it.
func (i *gpuInstance) warmBatch(files [][]byte) error {
	if err := i.config.interrupted(); err != nil {
		return err
	}
	if err := i.worker.Decode(files); err != nil {
		return err
	}
	if err := i.worker.Resize(i.Input()); err != nil {
		return err
	}
	return i.Wait()
}

func (i *gpuInstance) tensor() tensor.Shape { return i.Tensor() }

// serve runs a batch. A picture that cannot be decoded fails alone: the others are served one by one.
func (i *gpuInstance) serve(batch []*request) error {
	err := i.run(batch)
	if err == nil || len(batch) == 1 || !errors.Is(err, nvjpeg.ErrInvalid) && !errors.Is(err, nvjpeg.ErrUnsupported) {
		return err
	}
	for k, r := range batch {
		if err := i.run(batch[k : k+1]); err != nil {
			r.err = err
		}
	}
	return nil
}

// part is one part of a batch's way, and where its time is noted.
type part struct {
	put  func(n int) error
	span func(*Spans) *int64
}

func (i *gpuInstance) parts(batch []*request) []part {
	rest := []part{
		{i.Infer, func(s *Spans) *int64 { return &s.Infer }},
		{i.Download, func(s *Spans) *int64 { return &s.D2H }},
	}
	if i.worker == nil {
		return append([]part{{i.Upload, func(s *Spans) *int64 { return &s.H2D }}}, rest...)
	}
	i.files = i.files[:0]
	for _, r := range batch {
		i.files = append(i.files, r.images...)
	}
	return append([]part{
		{func(int) error { return i.worker.Decode(i.files) }, func(s *Spans) *int64 { return &s.Decode }},
		{func(int) error { return i.worker.Resize(i.Input()) }, func(s *Spans) *int64 { return &s.Resize }},
	}, rest...)
}

// run puts all parts of a batch into the stream, with a mark after each, and waits once at the end: as a
// server that wants throughput does.
func (i *gpuInstance) run(batch []*request) error {
	began := time.Now()
	if i.worker == nil {
		takeTensors(batch, i, i.tensors)
	}
	copied := time.Now()
	parts := i.parts(batch)
	if err := i.Stream.Record(i.marks[0]); err != nil {
		return fmt.Errorf("gpu: %w", err)
	}
	for k, p := range parts {
		if err := p.put(images(batch)); err != nil {
			return err
		}
		if err := i.Stream.Record(i.marks[k+1]); err != nil {
			return fmt.Errorf("gpu: %w", err)
		}
	}
	if err := i.Wait(); err != nil {
		return err
	}
	waited := time.Now()
	finish(batch, i)
	done := time.Now()
	for _, r := range batch {
		r.spans.Copy = int64(copied.Sub(began))
		r.spans.Post = int64(done.Sub(waited))
	}
	return i.note(batch, parts)
}

// note reads the parts' times off the marks.
func (i *gpuInstance) note(batch []*request, parts []part) error {
	for k, p := range parts {
		d, err := i.marks[k+1].Since(i.marks[k])
		if err != nil {
			return fmt.Errorf("gpu: %w", err)
		}
		for _, r := range batch {
			*p.span(&r.spans) = int64(d)
		}
	}
	return nil
}

func (i *gpuInstance) close() {
	// What freeing says would only repeat an error that every request has had.
	_ = bound(i, func() error { i.free(); return nil })
}

func (i *gpuInstance) free() {
	if i.worker != nil {
		i.worker.Close()
	}
	for _, e := range i.marks {
		e.Close()
	}
	i.Instance.Close()
}
