//go:build !cgo

package infer

import (
	"errors"

	"vsim/profile/device/vision"
)

var errNoCgo = errors.New("measuring needs cgo: build with gcc and CGO_ENABLED=1")

// Session cannot be made without cgo.
type Session struct{ vision.Model }

// Open always fails without cgo.
func Open(string) error { return errNoCgo }

// Version is empty: no library can be open.
func Version() string { return "" }

// NewSession always fails without cgo.
func NewSession(string, Options) (*Session, error) { return nil, errNoCgo }

// In is never reached without cgo.
func (*Session) In() []byte { return nil }

// Run always fails without cgo.
func (*Session) Run(int) error { return errNoCgo }

// Out is never reached without cgo.
func (*Session) Out(int) ([]byte, []int64) { return nil, nil }

// Close does nothing without cgo.
func (*Session) Close() {}
