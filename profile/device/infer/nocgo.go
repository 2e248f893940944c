//go:build !cgo

package infer

import "errors"

var errNoCgo = errors.New("measuring needs cgo: build with gcc and CGO_ENABLED=1")

// Session cannot be made without cgo.
type Session struct{}

// Open always fails without cgo.
func Open(string) error { return errNoCgo }

// Version is empty: no library can be open.
func Version() string { return "" }

// NewSession always fails without cgo.
func NewSession(string, Options) (*Session, error) { return nil, errNoCgo }

// InputShape is never reached without cgo.
func (*Session) InputShape() []int64 { return nil }

// Classes is never reached without cgo.
func (*Session) Classes() int { return 0 }

// Run always fails without cgo.
func (*Session) Run(int, []float32, []float32) error { return errNoCgo }

// Close does nothing without cgo.
func (*Session) Close() {}
