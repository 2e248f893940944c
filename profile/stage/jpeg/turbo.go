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
// (a long decode does not hold up other goroutines) and, unlike purego's reflected function
// values, allocates nothing. The library writes the header into the struct, which lies on the heap.
type turboDecoder struct {
	*Turbo
	handle                                 uintptr
	width, height, subsampling, colorspace int32 // C int
	img                                    image.RGBA
}

// NewDecoder makes a decoder for one worker; its Close frees the library's instance.
func (t *Turbo) NewDecoder() (Decoder, error) {
	handle, _, _ := purego.SyscallN(t.initDecompress)
	if handle == 0 {
		return nil, errors.New("libjpeg-turbo: tjInitDecompress: " + t.message(0))
	}
	d := &turboDecoder{Turbo: t, handle: handle}
	runtime.SetFinalizer(d, (*turboDecoder).Close)
	return d, nil
}

func (d *turboDecoder) Decode(data []byte) (*image.RGBA, error) {
	if d.handle == 0 {
		return nil, errClosed
	}
	if err := checkStart(data); err != nil {
		return nil, err
	}
	if err := d.readHeader(data); err != nil {
		return nil, err
	}
	width, height := int(d.width), int(d.height)
	resize(&d.img, width, height)
	rc, _, _ := purego.SyscallN(d.decompress2, d.handle,
		uintptr(unsafe.Pointer(unsafe.SliceData(data))), uintptr(len(data)),
		uintptr(unsafe.Pointer(unsafe.SliceData(d.img.Pix))),
		uintptr(width), uintptr(d.img.Stride), uintptr(height), tjpfRGBA, decodeFlags)
	if int32(rc) != 0 {
		return nil, invalid("%s", d.message(d.handle))
	}
	return &d.img, nil
}

// readHeader fills width, height and colour space, and refuses what will not be decoded.
func (d *turboDecoder) readHeader(data []byte) error {
	d.width, d.height, d.colorspace = 0, 0, 0
	rc, _, _ := purego.SyscallN(d.decompressHeader3, d.handle,
		uintptr(unsafe.Pointer(unsafe.SliceData(data))), uintptr(len(data)),
		uintptr(unsafe.Pointer(&d.width)), uintptr(unsafe.Pointer(&d.height)),
		uintptr(unsafe.Pointer(&d.subsampling)), uintptr(unsafe.Pointer(&d.colorspace)))
	if int32(rc) != 0 {
		return invalid("%s", d.message(d.handle))
	}
	if d.colorspace == tjcsCMYK || d.colorspace == tjcsYCCK {
		return errCMYK()
	}
	return checkSize(int(d.width), int(d.height))
}

// Close frees the library's instance; a second Close does nothing.
func (d *turboDecoder) Close() {
	if d.handle != 0 {
		purego.SyscallN(d.destroy, d.handle)
		d.handle = 0
		runtime.SetFinalizer(d, nil)
	}
}

// message is the library's own text for what went wrong last.
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
