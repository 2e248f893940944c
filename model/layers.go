package model

import "math"

// Weights are drawn with standard deviation gain/sqrt(fan-in). reluGain keeps the second moment through a ReLU
// (He et al. 2015, eq. 10), linearGain through a linear layer (Glorot and Bengio 2010). residualGain damps the last
// layer of a residual branch so that a deep network without BatchNorm (folded here) keeps its activations near 1.
const (
	reluGain     = math.Sqrt2
	linearGain   = 1.0
	residualGain = 0.5
	biasStd      = 0.02
)

// conv describes a convolution. Kernels that overlap (kernel > stride) are padded by kernel/2.
type conv struct {
	out, kernel, stride, groups int
	width                       int  // of the kernel, where it is not its height
	unpadded                    bool // though kernels overlap
	gain                        float64
	bias                        float64 // its mean
	noBias                      bool
	batchNorm                   bool // trained with BatchNorm, folded into weight and bias for inference
}

// conv adds Conv. x is [n, C, H, W].
func (g *graph) conv(x tensor, c conv) tensor {
	high, wide := c.kernel, c.kernel
	if c.width > 0 {
		wide = c.width
	}
	padHigh, padWide := c.pad(high), c.pad(wide)
	in := x.shape[1] / c.groups
	fanIn := in * high * wide
	w := g.weight(0, c.gain/math.Sqrt(float64(fanIn)), c.out, in, high, wide)
	out := []int{x.shape[0], c.out, slide(x.shape[2], high, c.stride, padHigh), slide(x.shape[3], wide, c.stride, padWide)}
	inputs := []tensor{x, w}
	g.params += product(w.shape)
	if !c.noBias {
		inputs = append(inputs, g.weight(c.bias, biasStd, c.out))
		g.params += int64(c.out)
	}
	if c.batchNorm {
		g.params += int64(c.out) // gamma and beta instead of the bias
	}
	g.macs += product(out) * int64(fanIn)
	return g.add("Conv", out, inputs,
		attrInts("kernel_shape", high, wide), attrInts("strides", c.stride, c.stride),
		attrInts("pads", padHigh, padWide, padHigh, padWide), attrInt("group", c.groups))
}

// pad is what an axis is padded by at both ends, where the kernel has so many pixels along it.
func (c conv) pad(kernel int) int {
	if c.unpadded || kernel <= c.stride {
		return 0
	}
	return kernel / 2
}

// slide is the number of places of a window along an axis.
func slide(size, kernel, stride, pad int) int { return (size+2*pad-kernel)/stride + 1 }

// linear adds x·W + b over the last axis.
func (g *graph) linear(x tensor, out int) tensor {
	last := len(x.shape) - 1
	in := x.shape[last]
	shape := append(append([]int{}, x.shape[:last]...), out)
	w := g.weight(0, linearGain/math.Sqrt(float64(in)), in, out)
	g.params += int64(in)*int64(out) + int64(out)
	g.macs += product(shape) * int64(in)
	y := g.add("MatMul", shape, []tensor{x, w})
	return g.sum(y, g.weight(0, biasStd, out))
}

// layerNorm normalises the last axis.
func (g *graph) layerNorm(x tensor, epsilon float32) tensor {
	return g.norm(x, g.newNorm(x.shape[len(x.shape)-1], epsilon))
}

// layerNorm is what a layer norm over c channels has learnt.
type layerNorm struct {
	scale, shift tensor
	epsilon      float32
}

func (g *graph) newNorm(c int, epsilon float32) layerNorm {
	g.params += 2 * int64(c)
	return layerNorm{g.weight(1, biasStd, c), g.weight(0, biasStd, c), epsilon}
}

// norm applies it to the last axis of x; several tensors may share one.
func (g *graph) norm(x tensor, n layerNorm) tensor {
	return g.add("LayerNormalization", x.shape, []tensor{x, n.scale, n.shift}, attrInt("axis", -1), attrFloat("epsilon", n.epsilon))
}

func (g *graph) relu(x tensor) tensor { return g.add("Relu", x.shape, []tensor{x}) }

func (g *graph) relu6(x tensor) tensor {
	return g.add("Clip", x.shape, []tensor{x, g.scalar(0), g.scalar(6)})
}

// gelu adds x·(1+erf(x/√2))·½ in the order of operators that ONNX Runtime fuses into one kernel.
func (g *graph) gelu(x tensor) tensor {
	t := g.add("Div", x.shape, []tensor{x, g.scalar(math.Sqrt2)})
	t = g.add("Erf", x.shape, []tensor{t})
	t = g.sum(t, g.scalar(1))
	return g.scale(g.add("Mul", x.shape, []tensor{x, t}), 0.5)
}

// sum adds b, broadcast to the shape of a.
func (g *graph) sum(a, b tensor) tensor { return g.add("Add", a.shape, []tensor{a, b}) }

func (g *graph) scale(x tensor, by float32) tensor {
	return g.add("Mul", x.shape, []tensor{x, g.scalar(by)})
}

// reshape keeps the batch axis where shape[0] is x's, and otherwise infers it, so that any batch size fits.
func (g *graph) reshape(x tensor, shape ...int) tensor {
	target := append([]int{}, shape...)
	target[0] = 0 // Reshape: 0 copies the input's size
	if shape[0] != x.shape[0] {
		target[0] = -1 // Reshape: -1 is what remains
	}
	return g.add("Reshape", shape, []tensor{x, g.ints(target...)})
}

func (g *graph) transpose(x tensor, perm ...int) tensor {
	shape := make([]int, len(perm))
	for i, p := range perm {
		shape[i] = x.shape[p]
	}
	return g.add("Transpose", shape, []tensor{x}, attrInts("perm", perm...))
}

// toTokens turns [n, C, H, W] into [n, H·W, C]; toImage undoes it.
func (g *graph) toTokens(x tensor) tensor {
	n, c, l := x.shape[0], x.shape[1], x.shape[2]*x.shape[3]
	return g.transpose(g.reshape(x, n, c, l), 0, 2, 1)
}

func (g *graph) toImage(x tensor, h, w int) tensor {
	n, c := x.shape[0], x.shape[2]
	return g.reshape(g.transpose(x, 0, 2, 1), n, c, h, w)
}

// poolAndClassify is the head of a CNN: mean over H and W, then a fully connected layer.
func (g *graph) poolAndClassify(x tensor, classes int) *graph {
	n, c := x.shape[0], x.shape[1]
	p := g.add("GlobalAveragePool", []int{n, c, 1, 1}, []tensor{x})
	p = g.add("Flatten", []int{n, c}, []tensor{p}, attrInt("axis", 1))
	return g.finish(Classification, classes, g.linear(p, classes))
}
