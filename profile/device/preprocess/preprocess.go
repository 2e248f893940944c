// Package preprocess turns a decoded picture into what a vision model reads: resized to the
// model's size, normalised, in the model's layout and type of number. One goroutine does all of one
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
	shape  tensor.Shape
	colour [3]int // of RGBA, by the model's channel
	single table[float32]
	half   table[float16.Float16] // the same, rounded to the nearest
	bytes  table[uint8]           // as they are
}

// table is the number for every channel of the model and byte.
type table[T any] [3][256]T

// New makes a Preprocessor for models that read such tensors; a uint8 model gets the bytes as they are.
func New(shape tensor.Shape, o Options) *Preprocessor {
	p := &Preprocessor{small: image.NewRGBA(image.Rect(0, 0, shape.Width, shape.Height)), shape: shape, colour: [3]int{0, 1, 2}}
	if o.BGR {
		p.colour = [3]int{2, 1, 0}
	}
	a, b := o.Affine()
	for c := range p.single {
		for v := range p.single[c] {
			p.single[c][v] = float32(v)*a[c] + b[c]
			p.half[c][v] = float16.Fromfloat32(p.single[c][v])
			p.bytes[c][v] = uint8(v)
		}
	}
	return p
}

// Len is the number of values of one picture: 3*height*width.
func (p *Preprocessor) Len() int { return p.shape.Len() }

// Run resizes img and writes it normalised to the first p.Len() values of out.
// The whole picture is used: it is squeezed to the model's shape, not cropped.
func (p *Preprocessor) Run(img *image.RGBA, out tensor.Tensor) { p.Normalise(p.Resize(img), out) }

// Resize gives the whole of img at the model's size, valid until the next Resize or Run.
func (p *Preprocessor) Resize(img *image.RGBA) *image.RGBA {
	scaler.Scale(p.small, p.small.Rect, img, img.Rect, draw.Src, nil)
	return p.small
}

// Normalise writes small, which must have the model's size as Resize gives it, to the first p.Len() values of out, in the
// model's layout and order of colours. A byte has 256 values, so that a table gives float16 as fast as float32: nothing is
// converted picture by picture.
func (p *Preprocessor) Normalise(small *image.RGBA, out tensor.Tensor) {
	pix := small.Pix[:4*p.Len()/3]
	switch {
	case out.Half != nil:
		p.half.normalise(pix, out.Half, p.shape.Layout, p.colour)
	case out.Byte != nil:
		p.bytes.normalise(pix, out.Byte, p.shape.Layout, p.colour)
	default:
		p.single.normalise(pix, out.Single, p.shape.Layout, p.colour)
	}
}

// normalise looks up the pixels, four bytes each.
func (t *table[T]) normalise(pix []uint8, out []T, layout tensor.Layout, colour [3]int) {
	n := len(pix) / 4
	a, b, c := colour[0], colour[1], colour[2]
	if layout == tensor.NHWC {
		out = out[:3*n]
		for i := range n {
			out[3*i] = t[0][pix[4*i+a]]
			out[3*i+1] = t[1][pix[4*i+b]]
			out[3*i+2] = t[2][pix[4*i+c]]
		}
		return
	}
	first, second, third := out[:n], out[n:2*n], out[2*n:3*n]
	for i := range n {
		first[i] = t[0][pix[4*i+a]]
		second[i] = t[1][pix[4*i+b]]
		third[i] = t[2][pix[4*i+c]]
	}
}
