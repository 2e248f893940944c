//go:build cgo

package machine

// CGO tells whether the binary was built with cgo, which measuring needs.
const CGO = true
