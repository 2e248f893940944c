//go:build cgo

package infer

import (
	"fmt"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// opened is the library of this process: ONNX Runtime has one environment in a process.
var opened struct {
	sync.Mutex
	path string
}

// Open loads ONNX Runtime from libPath (see native.Find). Once it is loaded, opening the same path
// again does nothing and another path is an error.
func Open(libPath string) error {
	opened.Lock()
	defer opened.Unlock()
	if opened.path == libPath && libPath != "" {
		return nil
	}
	if opened.path != "" {
		return fmt.Errorf("ONNX Runtime: %s is open in this process, %s cannot be opened beside it", opened.path, libPath)
	}
	if libPath == "" {
		return fmt.Errorf("ONNX Runtime: no library was named; run `make deps` or use --ort-lib PATH")
	}
	ort.SetSharedLibraryPath(libPath)
	// What it logs would land between the lines of a report; its errors come back as errors too.
	if err := ort.InitializeEnvironment(ort.WithLogLevelFatal()); err != nil {
		return fmt.Errorf("ONNX Runtime: cannot load %s: %w; run `make deps` or name a library of version 1.24 or newer with --ort-lib PATH", libPath, err)
	}
	opened.path = libPath
	return nil
}

// Version is the loaded library's, for example "1.29.0"; "" before Open.
func Version() string {
	if !isOpen() {
		return ""
	}
	return ort.GetVersion()
}

func isOpen() bool {
	opened.Lock()
	defer opened.Unlock()
	return opened.path != ""
}
