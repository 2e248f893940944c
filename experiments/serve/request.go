package serve

import (
	"fmt"
	"sync/atomic"
	"time"
	"unsafe"

	"vsim/profile/device/tensor"
)

// Request is what a client wants to be classified: an image, or several images, or ready tensors. Its bytes must stay as they are
// until it is answered.
type Request struct {
	Image    []byte   // compressed
	Images   [][]byte // several, instead of Image; no more than a batch may have
	Tensors  []byte   // instead of images: what the model reads of one or of several, one behind the other
	Priority int      // 1 is the highest; 0 means the lowest that the queue has
	// Timeout is the longest that it may wait before an instance takes it, where Config.Timeouts allows; 0: as long as the
	// queue lets it.
	Timeout time.Duration
	// Outputs are the numbers of the model's outputs that the reply is to bring; nil: the model's postprocessing is done, and
	// its answer stays in the server.
	Outputs []int
}

// Output is one of the model's outputs for the images of a request.
type Output struct {
	Data  []byte
	Shape []int64 // the images first
}

// Reply is what becomes of a request. Err is nil when it was served; ErrRejected, ErrExpired, ErrCanceled or ErrStopped
// when it was turned away; anything else says what failed.
type Reply struct {
	Err     error
	Spans   Spans
	Batch   int      // requests in its batch, itself included
	Outputs []Output // those that it asked for
}

// request is a Request on its way through the server.
type request struct {
	images    [][]byte
	raw       []byte // ready tensors that a client has sent
	items     int
	level     int       // of priority, 0 is the highest
	queued    time.Time // when it entered its present queue
	spans     Spans
	batch     int
	tensors   []tensor.Tensor // in the model's own type, one an image
	wanted    []int           // outputs
	outputs   []Output
	err       error
	started   bool // an instance has taken it
	withdrawn atomic.Pointer[error]
	done      func(Reply)

	image  [1][]byte // what images and tensors are of a request of one
	tensor [1]tensor.Tensor
}

// InvalidError is a request that the server cannot take as it is.
type InvalidError string

func (e InvalidError) Error() string { return string(e) }

// newRequest makes the way of a request.
func (s *Server) newRequest(r *Request, done func(Reply)) *request {
	in := &request{images: r.Images, raw: r.Tensors, items: 1, level: s.level(r.Priority), wanted: r.Outputs, done: done}
	in.tensors = in.tensor[:]
	switch {
	case in.raw != nil:
		in.items = len(in.raw) / max(s.shape.SizeBytes(), 1)
	case in.images == nil:
		in.image[0] = r.Image
		in.images = in.image[:]
		if s.ready != nil {
			in.tensor[0] = s.ready[unsafe.SliceData(r.Image)]
		}
	case len(in.images) != 1:
		in.items = len(in.images)
		in.tensors = make([]tensor.Tensor, in.items)
	}
	return in
}

// check errs on a request that cannot be served, whose bytes would not be what its batch has room for.
func (s *Server) check(in *request) error {
	switch {
	case in.items < 1 || in.items > s.largest:
		return InvalidError(fmt.Sprintf("a request of %d images; the largest batch is %d", in.items, s.largest))
	case in.raw != nil && s.decodes:
		return InvalidError("the GPU of this server takes JPEG files; it takes no ready tensors")
	case in.raw != nil && len(in.raw) != in.items*s.shape.SizeBytes():
		return InvalidError(fmt.Sprintf("tensors of %d bytes; one has %d", len(in.raw), s.shape.SizeBytes()))
	case in.raw == nil && s.tensorsOnly && s.ready == nil:
		return InvalidError("this server takes ready tensors; it decodes no images")
	}
	return nil
}

// answer tells the client what became of its request.
func (s *Server) answer(r *request) {
	if !r.started {
		s.waiting.Add(-1)
	}
	r.done(Reply{Err: r.err, Spans: r.spans, Batch: r.batch, Outputs: r.outputs})
}

// turnAway answers a request that a queue has turned away.
func (s *Server) turnAway(r *request, why error) {
	r.err = why
	if s.preprocess != nil {
		s.giveBack(r)
	}
	s.answer(r)
}

// DecodesInBatches says that images are decoded by the instances, a batch at a time.
func (s *Server) DecodesInBatches() bool { return s.decodes }
