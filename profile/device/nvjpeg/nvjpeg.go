// Package nvjpeg decodes JPEG files on the GPU with NVIDIA's nvJPEG (libnvjpeg,
// docs.nvidia.com/cuda/nvjpeg), opened at run time: on the decoder engines that some GPUs have, or on
// the multiprocessors; in one call for a batch (Decoder), or in a phase on the CPU and one on the GPU (Phases).
package nvjpeg

import (
	"errors"
	"fmt"
	"unsafe"

	"vsim/profile/device/dl"
)

var functions = []string{
	"nvjpegGetProperty", "nvjpegCreateEx", "nvjpegDestroy", "nvjpegGetHardwareDecoderInfo",
	"nvjpegJpegStateCreate", "nvjpegJpegStateDestroy", "nvjpegGetImageInfo",
	"nvjpegDecodeBatchedInitialize", "nvjpegDecodeBatched",
}

// Errors that callers tell apart.
var (
	ErrInvalid     = errors.New("invalid JPEG")                       // the file is to blame
	ErrUnsupported = errors.New("JPEG not supported by this decoder") // another backend or the CPU may decode it
)

// statuses are the names of nvjpegStatus_t (nvjpeg.h) without NVJPEG_STATUS_.
var statuses = []string{
	"SUCCESS", "NOT_INITIALIZED", "INVALID_PARAMETER", "BAD_JPEG", "JPEG_NOT_SUPPORTED", "ALLOCATOR_FAILURE", "EXECUTION_FAILED",
	"ARCH_MISMATCH", "INTERNAL_ERROR", "IMPLEMENTATION_NOT_SUPPORTED", "INCOMPLETE_BITSTREAM",
}

// Error is a failed call under the library's own name for the failure.
type Error struct {
	Call   string
	Status int32
}

func (e *Error) Error() string {
	name := fmt.Sprint(e.Status)
	if e.Status > 0 && int(e.Status) < len(statuses) {
		name = "NVJPEG_STATUS_" + statuses[e.Status]
	}
	return fmt.Sprintf("nvJPEG: %s: %s", e.Call, name)
}

// Is tells broken files and unsupported ones from other failures.
func (e *Error) Is(target error) bool {
	switch e.Status {
	case 3, 10:
		return target == ErrInvalid
	case 4, 7, 9:
		return target == ErrUnsupported
	}
	return false
}

// Library is the loaded library.
type Library struct{ lib *dl.Library }

// Open loads the library at path, see native.Find.
func Open(path string) (*Library, error) {
	lib, err := dl.Open("nvJPEG", path, functions...)
	if err != nil {
		return nil, err
	}
	return &Library{lib}, nil
}

//go:uintptrescapes
func (l *Library) call(function string, args ...uintptr) error {
	if status := int32(l.lib.Call(function, args...)); status != 0 {
		return &Error{function, status}
	}
	return nil
}

// Version is the library's, such as "13.0.1".
func (l *Library) Version() (string, error) {
	var v [3]int32
	for property := range v { // MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL of libraryPropertyType
		if err := l.call("nvjpegGetProperty", uintptr(property), uintptr(unsafe.Pointer(&v[property]))); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2]), nil
}
