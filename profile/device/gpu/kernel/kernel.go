// Package kernel is the CUDA C of the stages that no library has.
package kernel

import _ "embed"

// Source is the text that NVRTC compiles; Name stands in its messages.
//
//go:embed kernel.cu
var Source string

// Name is the file that Source stands in.
const Name = "kernel.cu"
