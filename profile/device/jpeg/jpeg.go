// Package jpeg decodes JPEG files to RGBA, the first stage of the served pipeline, and compresses what is cut out of pictures:
// through libjpeg-turbo, opened at run time, or through Go's image/jpeg as the named fallback.
package jpeg

import (
	"errors"
	"fmt"
	"image"

	"vsim/profile/device/native"
)

// MaxPixels is the largest picture that is decoded. A header of 20 bytes can ask for 65,535 x
// 65,535 pixels (16 GiB of RGBA); such a request is refused before anything is allocated.
const MaxPixels = 100_000_000

// ErrInvalid is wrapped by every error of Decode that the data is to blame for.
var ErrInvalid = errors.New("invalid JPEG")

// Decoder decodes one picture after another and reuses its buffers. It belongs to one worker: it
// is not safe for concurrent use.
type Decoder interface {
	// Decode gives the picture in RGBA (alpha 255, bounds from 0,0, no padding between rows),
	// valid until the next Decode or Close. It is strict: whatever the decoder only warns about
	// (a truncated file, corrupt data) is an error here, because a half-grey picture would be
	// classified as if it were whole. Pictures above MaxPixels and CMYK are refused.
	Decode(data []byte) (*image.RGBA, error)
	// Close frees what the garbage collector does not see. Decode fails afterwards.
	Close()
}

// Codec makes decoders and encoders, one for each worker.
type Codec interface {
	// Name says which decoder this is, for example "libjpeg-turbo 2.1.5" or "go image/jpeg".
	Name() string
	NewDecoder() (Decoder, error)
	NewEncoder() (Encoder, error)
}

// Find gives libjpeg-turbo (explicit is a path, or "" to search, see native.Find), or Go's decoder
// together with the reason why libjpeg-turbo is not used. The Codec is never nil.
func Find(explicit string) (Codec, error) {
	path, err := native.Find(native.TurboJPEG, explicit)
	if err != nil {
		return Go{}, err
	}
	turbo, err := OpenTurbo(path)
	if err != nil {
		return Go{}, err
	}
	return turbo, nil
}

var (
	errClosed        = errors.New("the JPEG decoder is closed")
	errEncoderClosed = errors.New("the JPEG encoder is closed")
)

func errCMYK() error { return invalid("the picture is CMYK, only YCbCr, RGB and grey are served") }

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

// checkSize refuses a header whose picture is empty or above MaxPixels.
func checkSize(width, height int) error {
	if width <= 0 || height <= 0 {
		return invalid("the header says %dx%d pixels", width, height)
	}
	if int64(width)*int64(height) > MaxPixels {
		return invalid("the header says %dx%d pixels, the limit is %d megapixels", width, height, MaxPixels/1_000_000)
	}
	return nil
}

// checkStart gives plain words for the commonest mistakes: no data, and another format's file.
func checkStart(data []byte) error {
	if len(data) == 0 {
		return invalid("the file is empty")
	}
	if len(data) < 2 || data[0] != 0xFF || data[1] != 0xD8 {
		return invalid("the file starts with % x, a JPEG starts with ff d8", data[:min(len(data), 4)])
	}
	return nil
}

// resize gives img the size width x height, reusing its memory when that is large enough.
func resize(img *image.RGBA, width, height int) {
	n := 4 * width * height
	if cap(img.Pix) < n {
		img.Pix = make([]uint8, n)
	}
	img.Pix = img.Pix[:n]
	img.Stride = 4 * width
	img.Rect = image.Rect(0, 0, width, height)
}
