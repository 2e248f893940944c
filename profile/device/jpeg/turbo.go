//go:build darwin || freebsd || linux

package jpeg

import (
	"errors"
	"image"
	"runtime"
	"unsafe"

	"github.com/ebitengine/purego"
)

// Constants of turbojpeg.h.
const (
	tjpfRGBA = 7 // TJPF_RGBA: four bytes a pixel, alpha 255

	tjcsCMYK = 3 // TJCS_CMYK
	tjcsYCCK = 4 // TJCS_YCCK

	tjflagStopOnWarning = 8192  // a warning is as final as an error, and is found sooner
	tjflagLimitScans    = 32768 // at most 500 progressive scans: no time bombs

	// Every other flag stays 0: the accurate inverse DCT and smooth chroma upsampling, as Pillow
	// and OpenCV use them.
	decodeFlags = tjflagStopOnWarning | tjflagLimitScans
)

// turboDecoder calls the library through purego.SyscallN, which hands the thread to C as cgo does
// (a long decode does not hold up other goroutines). Arguments and what the library writes lie in
// the struct, on the heap, so that a warm decode allocates nothing.
type turboDecoder struct {
	*Turbo
	handle uintptr
	header struct{ width, height, subsampling, colorspace int32 } // C int
	args   [9]uintptr
	data   []byte // the picture being decoded: keeps what args points to alive
	img    image.RGBA
}

// NewDecoder makes a decoder for one worker; its Close frees the library's instance.
func (t *Turbo) NewDecoder() (Decoder, error) {
	d := &turboDecoder{Turbo: t}
	if err := d.open(); err != nil {
		return nil, err
	}
	runtime.SetFinalizer(d, (*turboDecoder).Close)
	return d, nil
}

func (d *turboDecoder) open() error {
	d.handle, _, _ = purego.SyscallN(d.initDecompress)
	if d.handle == 0 {
		return errors.New("libjpeg-turbo: tjInitDecompress: " + d.message(d.handle))
	}
	return nil
}

func (d *turboDecoder) Decode(data []byte) (*image.RGBA, error) {
	if d.handle == 0 {
		return nil, errClosed
	}
	if err := checkStart(data); err != nil {
		return nil, err
	}
	d.data = data
	err := d.readHeader()
	if err == nil {
		err = d.readPixels()
	}
	d.data = nil
	if err != nil {
		return nil, err
	}
	return &d.img, nil
}

// readHeader fills header and refuses what will not be decoded.
func (d *turboDecoder) readHeader() error {
	h := &d.header
	*h = struct{ width, height, subsampling, colorspace int32 }{}
	if err := d.call(d.decompressHeader3, address(d.data), uintptr(len(d.data)),
		uintptr(unsafe.Pointer(&h.width)), uintptr(unsafe.Pointer(&h.height)),
		uintptr(unsafe.Pointer(&h.subsampling)), uintptr(unsafe.Pointer(&h.colorspace))); err != nil {
		return err
	}
	if h.width == 0 && h.height == 0 {
		return invalid("the file has no picture, only tables")
	}
	if h.colorspace == tjcsCMYK || h.colorspace == tjcsYCCK {
		return errCMYK()
	}
	return checkSize(int(h.width), int(h.height))
}

// readPixels decodes into img.
func (d *turboDecoder) readPixels() error {
	width, height := int(d.header.width), int(d.header.height)
	resize(&d.img, width, height)
	return d.call(d.decompress2, address(d.data), uintptr(len(d.data)), address(d.img.Pix),
		uintptr(width), uintptr(d.img.Stride), uintptr(height), tjpfRGBA, decodeFlags)
}

// call calls fn with the handle and args. After a failure the library's instance is in the middle
// of a file and would take the next one for its rest, so a new instance replaces it.
func (d *turboDecoder) call(fn uintptr, args ...uintptr) error {
	d.args[0] = d.handle
	n := 1 + copy(d.args[1:], args)
	rc, _, _ := purego.SyscallN(fn, d.args[:n]...)
	if int32(rc) == 0 {
		return nil
	}
	failure := invalid("%s", d.message(d.handle))
	purego.SyscallN(d.destroy, d.handle)
	if err := d.open(); err != nil {
		return err
	}
	return failure
}

func address(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }

// Close frees the library's instance; a second Close does nothing.
func (d *turboDecoder) Close() {
	if d.handle != 0 {
		purego.SyscallN(d.destroy, d.handle)
		d.handle = 0
		runtime.SetFinalizer(d, nil)
	}
}

// message is the library's own text for what went wrong last with an instance.
func (t *Turbo) message(handle uintptr) string {
	r, _, _ := purego.SyscallN(t.getErrorStr2, handle)
	if r == 0 {
		return "unknown error"
	}
	return cString(r)
}

// cString copies a C string that lies in the library's memory.
func cString(address uintptr) string {
	p := *(*unsafe.Pointer)(unsafe.Pointer(&address)) // C memory: no Go pointer, nothing can move
	n := 0
	for *(*byte)(unsafe.Add(p, n)) != 0 {
		n++
	}
	return string(unsafe.Slice((*byte)(p), n))
}
