// Package preprocess turns a decoded picture into what a vision model reads: resized to the
// model's size, normalised, in NCHW order and the model's type of number. One goroutine does all of one
// picture; workers have a Preprocessor each.
package preprocess

import (
	"image"

	"github.com/x448/float16"
	"golang.org/x/image/draw"

	"vsim/profile/device/tensor"
)

// Channel means and standard deviations of ImageNet for red, green and blue in [0,1], as
// torchvision's and timm's models expect them.
var (
	Mean = [3]float32{0.485, 0.456, 0.406}
	Std  = [3]float32{0.229, 0.224, 0.225}
)

// scaler is bilinear interpolation between the four nearest pixels, without an antialiasing
// filter: what OpenCV's INTER_LINEAR does, the usual resize of CPU preprocessing in Python
// servers. Its cost follows the output's size. The antialiased kind (Pillow, DALI's default on the
// GPU; draw.BiLinear here) reads every source pixel: measured on one core of an EPYC (Genoa) it takes
// 2.7 ms at 500x375 and 91 ms at 3564x2880 against 1.1 ms for either, slower than libjpeg-turbo
// decodes the picture, which no served library is.
var scaler = draw.ApproxBiLinear

// Preprocessor resizes and normalises one picture after another with the same buffers. It is not
// safe for concurrent use.
type Preprocessor struct {
	small  *image.RGBA
	single table[float32]
	half   table[float16.Float16] // the same, rounded to the nearest
}

// table is (v/255 - mean) / std for every channel and byte.
type table[T any] [3][256]T

// New makes a Preprocessor for models that read width x height pixels.
func New(width, height int) *Preprocessor {
	p := &Preprocessor{small: image.NewRGBA(image.Rect(0, 0, width, height))}
	for c := range p.single {
		for v := range p.single[c] {
			p.single[c][v] = (float32(v)/255 - Mean[c]) / Std[c]
			p.half[c][v] = float16.Fromfloat32(p.single[c][v])
		}
	}
	return p
}

// Len is the number of values of one picture: 3*height*width.
func (p *Preprocessor) Len() int { return 3 * p.small.Rect.Dx() * p.small.Rect.Dy() }

// Run resizes img and writes it normalised to the first p.Len() values of out, in the order channel, row, column.
// The whole picture is used: it is squeezed to the model's shape, not cropped.
func (p *Preprocessor) Run(img *image.RGBA, out tensor.Tensor) { p.Normalise(p.Resize(img), out) }

// Resize gives the whole of img at the model's size, valid until the next Resize or Run.
func (p *Preprocessor) Resize(img *image.RGBA) *image.RGBA {
	scaler.Scale(p.small, p.small.Rect, img, img.Rect, draw.Src, nil)
	return p.small
}

// Normalise writes small, which must have the model's size as Resize gives it, to the first p.Len() values of out:
// (v/255 - mean) / std, one plane for red, one for green, one for blue. A byte has 256 values, so that a table gives
// float16 as fast as float32: nothing is converted picture by picture.
func (p *Preprocessor) Normalise(small *image.RGBA, out tensor.Tensor) {
	pix := small.Pix[:4*p.Len()/3]
	if out.Half != nil {
		p.half.normalise(pix, out.Half)
	} else {
		p.single.normalise(pix, out.Single)
	}
}

// normalise looks up the pixels, four bytes each.
func (t *table[T]) normalise(pix []uint8, out []T) {
	n := len(pix) / 4
	red, green, blue := out[:n], out[n:2*n], out[2*n:3*n]
	for i := range n {
		red[i] = t[0][pix[4*i]]
		green[i] = t[1][pix[4*i+1]]
		blue[i] = t[2][pix[4*i+2]]
	}
}
