package model

// segFormerB0 is SegFormer-B0, Xie et al. 2021 (section 3 and table 6), for the 150 classes of ADE20K: four stages of
// transformer blocks on ever smaller maps, and a decoder of linear layers. Its answer has a quarter of the image's height
// and width.
func segFormerB0(input [3]int) *graph {
	const decoded, classes = 256, 150
	g, x := newGraph(input)
	var stages []tensor
	for _, s := range []struct{ dim, heads, reduction, kernel, stride int }{
		{32, 1, 8, 7, 4}, {64, 2, 4, 3, 2}, {160, 5, 2, 3, 2}, {256, 8, 1, 3, 2},
	} {
		x = g.conv(x, conv{out: s.dim, kernel: s.kernel, stride: s.stride, groups: 1, gain: linearGain})
		h, w := x.shape[2], x.shape[3]
		t := g.layerNorm(g.toTokens(x), 1e-5)
		for range 2 {
			t = g.mixBlock(t, h, w, s.heads, s.reduction)
		}
		x = g.toImage(g.layerNorm(t, mixEpsilon), h, w)
		stages = append(stages, x)
	}
	side := stages[0].shape[2]
	var parts []tensor
	for i := len(stages) - 1; i >= 0; i-- {
		s := stages[i]
		y := g.toImage(g.linear(g.toTokens(s), decoded), s.shape[2], s.shape[3])
		if i > 0 {
			y = g.bilinear(y, side, false)
		}
		parts = append(parts, y)
	}
	x = g.relu(g.conv(g.concat(1, parts...), conv{out: decoded, kernel: 1, stride: 1, groups: 1, gain: reluGain, batchNorm: true}))
	return g.finish(Segmentation, classes, g.conv(x, conv{out: classes, kernel: 1, stride: 1, groups: 1, gain: linearGain}))
}

const mixEpsilon = 1e-6 // of the layer norms of SegFormer's blocks

// mixBlock is attention on a reduced map, and a perceptron with a depthwise convolution in its middle. t is [n, h·w, C].
func (g *graph) mixBlock(t tensor, h, w, heads, reduction int) tensor {
	c := t.shape[2]
	t = g.sum(t, g.reducedAttention(g.layerNorm(t, mixEpsilon), h, w, heads, reduction))
	y := g.toImage(g.linear(g.layerNorm(t, mixEpsilon), 4*c), h, w)
	y = g.conv(y, conv{out: 4 * c, kernel: 3, stride: 1, groups: 4 * c, gain: linearGain})
	return g.sum(t, g.linear(g.gelu(g.toTokens(y)), c))
}

// reducedAttention is multi-head attention whose keys and values are of a map with 1/reduction of height and width.
func (g *graph) reducedAttention(t tensor, h, w, heads, reduction int) tensor {
	c := t.shape[2]
	q, small := g.linear(t, c), t
	if reduction > 1 {
		x := g.conv(g.toImage(t, h, w), conv{out: c, kernel: reduction, stride: reduction, groups: 1, gain: linearGain})
		small = g.layerNorm(g.toTokens(x), 1e-5)
	}
	kv := g.split(g.linear(small, 2*c), 2, c, c)
	return g.linear(g.attend(q, kv[0], kv[1], heads, nil), c)
}
