//go:build darwin || freebsd || linux

package jpeg

import (
	"bytes"
	"fmt"
	"os"

	"github.com/ebitengine/purego"
)

// Turbo is libjpeg-turbo's TurboJPEG API (turbojpeg.h, version 2.0 or newer), opened at run time.
type Turbo struct {
	version string

	initDecompress, decompressHeader3, decompress2 uintptr
	initCompress, bufSize, compress2               uintptr
	getErrorStr2, destroy                          uintptr
}

// OpenTurbo loads the shared library at path and looks up the functions that it needs. The library
// stays loaded until the process ends.
func OpenTurbo(path string) (*Turbo, error) {
	lib, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("libjpeg-turbo: cannot load %s: %w; run `make deps` or set VSIM_TURBOJPEG_LIB", path, err)
	}
	t := &Turbo{version: libraryVersion(path)}
	for name, fn := range map[string]*uintptr{
		"tjInitDecompress":    &t.initDecompress,
		"tjDecompressHeader3": &t.decompressHeader3,
		"tjDecompress2":       &t.decompress2,
		"tjInitCompress":      &t.initCompress,
		"tjBufSize":           &t.bufSize,
		"tjCompress2":         &t.compress2,
		"tjGetErrorStr2":      &t.getErrorStr2,
		"tjDestroy":           &t.destroy,
	} {
		if *fn, err = purego.Dlsym(lib, name); err != nil {
			return nil, fmt.Errorf("libjpeg-turbo: %s has no %s: TurboJPEG 2.0 or newer is needed; run `make deps` or set VSIM_TURBOJPEG_LIB", path, name)
		}
	}
	return t, nil
}

// Name is "libjpeg-turbo" and the version.
func (t *Turbo) Name() string { return "libjpeg-turbo " + t.version }

// libraryVersion reads the version from the text that the library carries; TurboJPEG 2 has no
// function that tells it.
func libraryVersion(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return "(unknown version)"
	}
	_, rest, found := bytes.Cut(data, []byte("libjpeg-turbo version "))
	end := bytes.IndexAny(rest[:min(len(rest), 32)], " \x00")
	if !found || end < 0 {
		return "(unknown version)"
	}
	return string(rest[:end])
}
