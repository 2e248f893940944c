package model

import "math"

// siluGain keeps the second moment through a SiLU: 1/√E[silu(x)²] of a standard normal x.
const siluGain = 1.677

// silu adds x·sigmoid(x).
func (g *graph) silu(x tensor) tensor {
	return g.add("Mul", x.shape, []tensor{x, g.sigmoid(x)})
}

func (g *graph) sigmoid(x tensor) tensor { return g.add("Sigmoid", x.shape, []tensor{x}) }

// concat joins tensors along an axis, by which alone they differ.
func (g *graph) concat(axis int, parts ...tensor) tensor {
	shape := append([]int{}, parts[0].shape...)
	for _, p := range parts[1:] {
		shape[axis] += p.shape[axis]
	}
	return g.add("Concat", shape, parts, attrInt("axis", axis))
}

// split cuts x along an axis into parts of the given sizes.
func (g *graph) split(x tensor, axis int, sizes ...int) []tensor {
	shapes := make([][]int, len(sizes))
	for i, n := range sizes {
		shapes[i] = append([]int{}, x.shape...)
		shapes[i][axis] = n
	}
	return g.addMany("Split", shapes, []tensor{x, g.ints(sizes...)}, attrInt("axis", axis))
}

// maxPool keeps the largest of each window; windows that overlap are padded by half.
func (g *graph) maxPool(x tensor, kernel, stride int) tensor {
	return g.pool(x, kernel, stride, kernel/2)
}

// pool keeps the largest of each window; the image is padded so much on each side.
func (g *graph) pool(x tensor, kernel, stride, pad int) tensor {
	shape := []int{x.shape[0], x.shape[1], slide(x.shape[2], kernel, stride, pad), slide(x.shape[3], kernel, stride, pad)}
	return g.add("MaxPool", shape, []tensor{x},
		attrInts("kernel_shape", kernel, kernel), attrInts("strides", stride, stride), attrInts("pads", pad, pad, pad, pad))
}

// nearest doubles height and width by repeating pixels.
func (g *graph) nearest(x tensor) tensor {
	return g.resize(x, 2*x.shape[2], attrString("mode", "nearest"),
		attrString("coordinate_transformation_mode", "asymmetric"), attrString("nearest_mode", "floor"))
}

// bilinear changes height and width to side. aligned keeps the corners' centres in place, as the option
// align_corners of PyTorch does.
func (g *graph) bilinear(x tensor, side int, aligned bool) tensor {
	mode := "half_pixel"
	if aligned {
		mode = "align_corners"
	}
	return g.resize(x, side, attrString("mode", "linear"), attrString("coordinate_transformation_mode", mode))
}

// resize gives its factors, not its sizes, for one of those would be that of the free batch axis.
func (g *graph) resize(x tensor, side int, attrs ...attr) tensor {
	factor := float32(side) / float32(x.shape[2])
	if int(math.Floor(float64(factor*float32(x.shape[2])))) != side {
		panic("model: no float32 takes this side to that one")
	}
	absent := tensor{} // the region, an input that only another mode has
	return g.add("Resize", []int{x.shape[0], x.shape[1], side, side}, []tensor{x, absent, g.scales(1, 1, factor, factor)}, attrs...)
}

// grow adds a transposed convolution with bias whose kernel is its stride: each pixel becomes factor² of as many channels.
func (g *graph) grow(x tensor, factor int) tensor {
	c := x.shape[1]
	w := g.weight(0, linearGain/math.Sqrt(float64(c)), c, c, factor, factor)
	g.params += product(w.shape) + int64(c)
	g.macs += product(x.shape[1:]) * product(w.shape[1:])
	return g.add("ConvTranspose", []int{x.shape[0], c, factor * x.shape[2], factor * x.shape[3]},
		[]tensor{x, w, g.weight(0, biasStd, c)}, attrInts("kernel_shape", factor, factor), attrInts("strides", factor, factor))
}
