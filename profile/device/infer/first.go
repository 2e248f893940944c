//go:build cgo

package infer

import (
	"fmt"
	"time"
)

// A model's first run of a batch size may take this long. A graph can hold a loop without an end, which ONNX Runtime runs
// until the process ends.
var (
	firstRunLimit        = time.Minute
	firstRunLimitPicture = 10 * time.Second // more for each picture of the batch
)

// bindFirst binds a batch size, which runs it for the first time. When that does not end, the session is of no more use and
// keeps its memory.
func (s *Session) bindFirst(batch int) (*binding, error) {
	type bound struct {
		b   *binding
		err error
	}
	done := make(chan bound, 1)
	go func() {
		b, err := s.bind(batch)
		done <- bound{b, err}
	}()
	limit := firstRunLimit + time.Duration(batch)*firstRunLimitPicture
	select {
	case r := <-done:
		return r.b, r.err
	case <-time.After(limit):
		s.stuck = true
		return nil, fmt.Errorf("it did not end within %v; a loop in its graph may have no end", limit)
	}
}
