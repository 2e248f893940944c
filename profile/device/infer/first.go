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

// runFirst runs a binding for the first time. When that does not end, the session is of no more use and keeps its memory.
func (s *Session) runFirst(batch int, b *binding) error {
	done := make(chan error, 1)
	go func() { done <- s.ort.RunWithBinding(b.io) }()
	limit := firstRunLimit + time.Duration(batch)*firstRunLimitPicture
	select {
	case err := <-done:
		return err
	case <-time.After(limit):
		s.stuck = true
		return fmt.Errorf("it did not end within %v; a loop in its graph may have no end", limit)
	}
}
