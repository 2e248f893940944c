package model

import "math"

// hardSwishGain keeps the second moment through a hard swish: 1/√E[h(x)²] of a standard normal x.
const hardSwishGain = 1.737

// mobileBlock is a row of table 1 of Howard et al. 2019 (MobileNetV3-Large): an inverted residual.
type mobileBlock struct {
	kernel, expanded, out int
	squeeze, hardSwish    bool
	stride                int
}

// mobileNetV3Blocks is that table with the last stage of half the width, as detection has it (table 6 of the paper). Block
// c4 is the first of the last stage.
var mobileNetV3Blocks = []mobileBlock{
	{3, 16, 16, false, false, 1},
	{3, 64, 24, false, false, 2}, {3, 72, 24, false, false, 1},
	{5, 72, 40, true, false, 2}, {5, 120, 40, true, false, 1}, {5, 120, 40, true, false, 1},
	{3, 240, 80, false, true, 2}, {3, 200, 80, false, true, 1}, {3, 184, 80, false, true, 1}, {3, 184, 80, false, true, 1},
	{3, 480, 112, true, true, 1}, {3, 672, 112, true, true, 1},
	{5, 672, 80, true, true, 2}, {5, 480, 80, true, true, 1}, {5, 480, 80, true, true, 1},
}

const mobileNetV3C4 = 12

// mobileNetV3 gives the two maps that a detector reads: of 1/16 of the image's side, the expansion of block c4, and of 1/32,
// the last. All channels are multiplied by width.
func (g *graph) mobileNetV3(x tensor, width float64) (at16, at32 tensor) {
	x = g.hardSwish(g.conv(x, conv{out: scaled(16, width), kernel: 3, stride: 2, groups: 1, gain: hardSwishGain, batchNorm: true}))
	for i, b := range mobileNetV3Blocks {
		b.expanded, b.out = scaled(b.expanded, width), scaled(b.out, width)
		hidden, y := g.mobileBlock(x, b)
		if i == mobileNetV3C4 {
			at16 = hidden
		}
		x = y
	}
	last := conv{out: 6 * x.shape[1], kernel: 1, stride: 1, groups: 1, gain: hardSwishGain, batchNorm: true}
	return at16, g.hardSwish(g.conv(x, last))
}

// mobileBlock adds a block; hidden is its expansion.
func (g *graph) mobileBlock(x tensor, b mobileBlock) (hidden, y tensor) {
	activate, gain := g.relu, reluGain
	if b.hardSwish {
		activate, gain = g.hardSwish, hardSwishGain
	}
	hidden = x
	if b.expanded != x.shape[1] {
		hidden = activate(g.conv(x, conv{out: b.expanded, kernel: 1, stride: 1, groups: 1, gain: gain, batchNorm: true}))
	}
	y = activate(g.conv(hidden, conv{out: b.expanded, kernel: b.kernel, stride: b.stride, groups: b.expanded, gain: gain, batchNorm: true}))
	project := linearGain
	if b.squeeze {
		y, project = g.squeeze(y), 1/squeezed
	}
	y = g.conv(y, conv{out: b.out, kernel: 1, stride: 1, groups: 1, gain: project, batchNorm: true})
	if b.stride == 1 && b.out == x.shape[1] {
		y = g.sum(x, y)
	}
	return hidden, y
}

// squeezed is what a squeeze-and-excitation with random weights multiplies by, about.
const squeezed = 0.5

// squeeze weighs each channel by two layers over the means of all.
func (g *graph) squeeze(x tensor) tensor {
	n, c := x.shape[0], x.shape[1]
	w := g.add("GlobalAveragePool", []int{n, c, 1, 1}, []tensor{x})
	w = g.relu(g.conv(w, conv{out: divisible(float64(c / 4)), kernel: 1, stride: 1, groups: 1, gain: reluGain}))
	w = g.hardSigmoid(g.conv(w, conv{out: c, kernel: 1, stride: 1, groups: 1, gain: linearGain}))
	return g.add("Mul", x.shape, []tensor{x, w})
}

func (g *graph) hardSigmoid(x tensor) tensor {
	return g.add("HardSigmoid", x.shape, []tensor{x}, attrFloat("alpha", 1.0/6), attrFloat("beta", 0.5))
}

func (g *graph) hardSwish(x tensor) tensor {
	return g.add("Mul", x.shape, []tensor{x, g.hardSigmoid(x)})
}

// scaled is a number of channels at a width, by the rule of MobileNet's authors.
func scaled(channels int, width float64) int { return divisible(float64(channels) * width) }

// divisible rounds to a multiple of 8, not down by more than a tenth.
func divisible(v float64) int {
	const by = 8
	n := max(by, int(math.Floor(v+by/2))/by*by)
	if float64(n) < 0.9*v {
		n += by
	}
	return n
}
