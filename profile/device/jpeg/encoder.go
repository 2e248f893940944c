package jpeg

import (
	"bytes"
	"fmt"
	"image"
	gojpeg "image/jpeg"
)

// Encoder compresses parts of pictures and reuses its buffer. It belongs to one worker: it is not safe for concurrent use.
// Files are baseline, with 4:2:0 chroma and the standard's own tables.
type Encoder interface {
	// Encode compresses the pixels of img within part, at a quality from 1 to 100. The file is valid until the next Encode or
	// Close. A part that is empty, not within img or above 65,500 pixels a side is an error.
	Encode(img *image.RGBA, part image.Rectangle, quality int) ([]byte, error)
	// Close frees what the garbage collector does not see. Encode fails afterwards.
	Close()
}

const maxEncodedSide = 65_500 // libjpeg's limit

// checkPart refuses what cannot be compressed.
func checkPart(img *image.RGBA, part image.Rectangle, quality int) error {
	switch {
	case part.Empty() || !part.In(img.Rect):
		return fmt.Errorf("JPEG encoder: the part %v of a picture of %v; it must lie within and not be empty", part, img.Rect)
	case max(part.Dx(), part.Dy()) > maxEncodedSide:
		return fmt.Errorf("JPEG encoder: a part of %dx%d pixels, the limit is %d a side", part.Dx(), part.Dy(), maxEncodedSide)
	case quality < 1 || quality > 100:
		return fmt.Errorf("JPEG encoder: quality %d; from 1 to 100", quality)
	}
	return nil
}

type goEncoder struct {
	out    bytes.Buffer
	closed bool
}

// NewEncoder never fails.
func (Go) NewEncoder() (Encoder, error) { return &goEncoder{}, nil }

func (e *goEncoder) Encode(img *image.RGBA, part image.Rectangle, quality int) ([]byte, error) {
	if e.closed {
		return nil, errEncoderClosed
	}
	if err := checkPart(img, part, quality); err != nil {
		return nil, err
	}
	e.out.Reset()
	err := gojpeg.Encode(&e.out, img.SubImage(part), &gojpeg.Options{Quality: quality})
	return e.out.Bytes(), err
}

func (e *goEncoder) Close() { e.closed = true }
