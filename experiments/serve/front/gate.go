package front

import (
	"context"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// gate lets requests in up to its limits, and none once it is shut.
type gate struct {
	limit    Limits
	mutex    sync.Mutex
	requests int
	streams  int
	memory   int64         // bytes
	shutting chan struct{} // closed when no more come in
	empty    chan struct{} // closed when there are none in a gate that is shut
}

func newGate(l Limits) *gate {
	return &gate{limit: l, shutting: make(chan struct{}), empty: make(chan struct{})}
}

// enter lets a request in, which leaves later.
func (g *gate) enter() error {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	switch {
	case g.shut():
		return ErrStopping
	case g.requests >= g.limit.Requests:
		return full("the server holds %d requests, which is its limit", g.limit.Requests)
	}
	g.requests++
	return nil
}

// leave takes a request out, with the bytes that it held.
func (g *gate) leave(bytes int64) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.requests--
	g.memory -= bytes
	if g.requests == 0 && g.shut() {
		close(g.empty)
	}
}

// hold sets bytes aside for a request that is in.
func (g *gate) hold(bytes int64) error {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if bytes > g.limit.Memory-g.memory {
		return full("the requests in the server hold %d bytes, and its limit is %d", g.memory, g.limit.Memory)
	}
	g.memory += bytes
	return nil
}

// enterStream lets a stream in.
func (g *gate) enterStream() error {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	switch {
	case g.shut():
		return ErrStopping
	case g.streams >= g.limit.Streams:
		return full("the server has %d open streams, which is its limit", g.limit.Streams)
	}
	g.streams++
	return nil
}

func (g *gate) leaveStream() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.streams--
}

// close shuts the gate.
func (g *gate) close() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.shut() {
		return
	}
	close(g.shutting)
	if g.requests == 0 {
		close(g.empty)
	}
}

// wait ends when all have left a gate that is shut, or with ctx.
func (g *gate) wait(ctx context.Context) error {
	select {
	case <-g.empty:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *gate) shut() bool {
	select {
	case <-g.shutting:
		return true
	default:
		return false
	}
}

// full is ErrQueueFull with the limit that was met.
func full(format string, args ...any) error {
	return status.Errorf(codes.Unavailable, status.Convert(ErrQueueFull).Message()+": "+format, args...)
}
