package jpeg

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/draw"
	gojpeg "image/jpeg"
	"io"
	"strings"
)

// Go is the fallback codec: the standard library's image/jpeg, which is about three times slower
// than libjpeg-turbo and allocates every picture anew. Measurements made with it carry its name.
type Go struct{}

// Name is "go image/jpeg".
func (Go) Name() string { return "go image/jpeg" }

// NewDecoder never fails.
func (Go) NewDecoder() (Decoder, error) { return &goDecoder{}, nil }

type goDecoder struct {
	Go
	img    image.RGBA
	closed bool
}

func (d *goDecoder) Decode(data []byte) (*image.RGBA, error) {
	if d.closed {
		return nil, errClosed
	}
	if err := checkStart(data); err != nil {
		return nil, err
	}
	config, err := gojpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, goError(err)
	}
	if config.ColorModel == color.CMYKModel {
		return nil, errCMYK()
	}
	if err := checkSize(config.Width, config.Height); err != nil {
		return nil, err
	}
	decoded, err := gojpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, goError(err)
	}
	resize(&d.img, config.Width, config.Height)
	draw.Draw(&d.img, d.img.Rect, decoded, decoded.Bounds().Min, draw.Src)
	return &d.img, nil
}

func (d *goDecoder) Close() { d.closed = true }

// goError puts image/jpeg's words for a file that was cut off into plain ones.
func goError(err error) error {
	text := strings.TrimPrefix(err.Error(), "invalid JPEG format: ")
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || text == "short Huffman data" {
		return invalid("premature end of the file")
	}
	return invalid("%s", text)
}
