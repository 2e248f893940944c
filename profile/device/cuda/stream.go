package cuda

import (
	"math"
	"runtime"
	"time"
	"unsafe"
)

// Stream is a queue of work for the GPU: what is put into one runs in order, streams run beside each
// other.
type Stream struct {
	Handle uintptr // CUstream, for libraries that put work into it too
	ctx    *Context
}

const streamNonBlocking = 1 // CU_STREAM_NON_BLOCKING: the default stream does not hold it up

// NewStream makes a stream.
func (c *Context) NewStream() (*Stream, error) {
	s := &Stream{ctx: c}
	if err := c.call("cuStreamCreate", uintptr(unsafe.Pointer(&s.Handle)), streamNonBlocking); err != nil {
		return nil, err
	}
	return s, nil
}

// ToDevice copies src to the GPU. From pinned memory the copy runs when its turn in the stream comes,
// and src must stay as it is until then; from other memory the driver copies it aside first.
func (s *Stream) ToDevice(dst Pointer, src []byte) error {
	err := s.ctx.call("cuMemcpyHtoDAsync_v2", uintptr(dst), uintptr(unsafe.Pointer(unsafe.SliceData(src))), uintptr(len(src)), s.Handle)
	runtime.KeepAlive(src)
	return err
}

// ToHost copies from the GPU to dst, see ToDevice. Into memory that is not pinned it has copied before
// it returns.
func (s *Stream) ToHost(dst []byte, src Pointer) error {
	err := s.ctx.call("cuMemcpyDtoHAsync_v2", uintptr(unsafe.Pointer(unsafe.SliceData(dst))), uintptr(src), uintptr(len(dst)), s.Handle)
	runtime.KeepAlive(dst)
	return err
}

// Synchronize waits until all work in the stream is done. A failure of any of it shows here.
func (s *Stream) Synchronize() error { return s.ctx.call("cuStreamSynchronize", s.Handle) }

// Record puts an event into the stream: its time is when the work before it is done.
func (s *Stream) Record(e *Event) error { return s.ctx.call("cuEventRecord", e.handle, s.Handle) }

// Close frees the stream once its work is done; a second Close, or one of nil, does nothing.
func (s *Stream) Close() error {
	if s == nil || s.Handle == 0 {
		return nil
	}
	err := s.ctx.call("cuStreamDestroy_v2", s.Handle)
	if err == nil {
		s.Handle = 0
	}
	return err
}

// Event is a moment in a stream.
type Event struct {
	handle uintptr
	ctx    *Context
}

// NewEvent makes an event. With blocking, a thread that waits for it sleeps instead of spinning.
func (c *Context) NewEvent(blocking bool) (*Event, error) {
	flags := uintptr(0)
	if blocking {
		flags = 1 // CU_EVENT_BLOCKING_SYNC
	}
	e := &Event{ctx: c}
	if err := c.call("cuEventCreate", uintptr(unsafe.Pointer(&e.handle)), flags); err != nil {
		return nil, err
	}
	return e, nil
}

// Synchronize waits for the event.
func (e *Event) Synchronize() error { return e.ctx.call("cuEventSynchronize", e.handle) }

// Since is the GPU's time between an earlier event and this one, both past. CUDA counts it in steps of
// about half a microsecond.
func (e *Event) Since(earlier *Event) (time.Duration, error) {
	var ms float32
	if err := e.ctx.call("cuEventElapsedTime", uintptr(unsafe.Pointer(&ms)), earlier.handle, e.handle); err != nil {
		return 0, err
	}
	return time.Duration(math.Round(float64(ms) * 1e6)), nil
}

// Close frees the event; a second Close, or one of nil, does nothing.
func (e *Event) Close() error {
	if e == nil || e.handle == 0 {
		return nil
	}
	err := e.ctx.call("cuEventDestroy_v2", e.handle)
	if err == nil {
		e.handle = 0
	}
	return err
}
