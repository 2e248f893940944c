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
	tjsamp420         = 2    // TJSAMP_420: chroma of a quarter of the pixels
	tjflagNoRealloc   = 1024 // the buffer is ours
	tjflagAccurateDCT = 4096 // as Pillow and OpenCV compress

	encodeFlags = tjflagNoRealloc | tjflagAccurateDCT
)

// turboEncoder reads a part of a picture where it lies: nothing is cut out before. What the library reads and writes lies in
// the struct, on the heap, so that a warm encode allocates nothing.
type turboEncoder struct {
	*Turbo
	handle  uintptr
	args    [11]uintptr
	file    []byte
	fileAt  uintptr     // address of file, for the library
	written uintptr     // C unsigned long
	img     *image.RGBA // being compressed: keeps what args points to alive
}

// NewEncoder makes an encoder for one worker; its Close frees the library's instance.
func (t *Turbo) NewEncoder() (Encoder, error) {
	e := &turboEncoder{Turbo: t}
	if e.handle, _, _ = purego.SyscallN(t.initCompress); e.handle == 0 {
		return nil, errors.New("libjpeg-turbo: tjInitCompress: " + t.message(0))
	}
	runtime.SetFinalizer(e, (*turboEncoder).Close)
	return e, nil
}

func (e *turboEncoder) Encode(img *image.RGBA, part image.Rectangle, quality int) ([]byte, error) {
	if e.handle == 0 {
		return nil, errEncoderClosed
	}
	if err := checkPart(img, part, quality); err != nil {
		return nil, err
	}
	width, height := uintptr(part.Dx()), uintptr(part.Dy())
	e.args = [11]uintptr{width, height, tjsamp420}
	if most, _, _ := purego.SyscallN(e.bufSize, e.args[:3]...); uintptr(len(e.file)) < most {
		e.file = make([]byte, most)
	}
	e.img, e.fileAt, e.written = img, address(e.file), uintptr(len(e.file))
	e.args = [11]uintptr{e.handle, address(img.Pix[img.PixOffset(part.Min.X, part.Min.Y):]), width, uintptr(img.Stride), height, tjpfRGBA,
		uintptr(unsafe.Pointer(&e.fileAt)), uintptr(unsafe.Pointer(&e.written)), tjsamp420, uintptr(quality), encodeFlags}
	rc, _, _ := purego.SyscallN(e.compress2, e.args[:]...)
	e.img = nil
	if int32(rc) != 0 {
		return nil, errors.New("libjpeg-turbo: tjCompress2: " + e.message(e.handle))
	}
	return e.file[:e.written], nil
}

// Close frees the library's instance; a second Close does nothing.
func (e *turboEncoder) Close() {
	if e.handle != 0 {
		purego.SyscallN(e.destroy, e.handle)
		e.handle = 0
		runtime.SetFinalizer(e, nil)
	}
}
