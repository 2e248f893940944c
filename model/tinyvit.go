package model

const tinyViTEpsilon = 1e-5 // of its layer norms

// tinyViT5M is TinyViT-5M, Wu et al. 2022 (section 3.3 and appendix A), with the ImageNet-22k head of 21,841 classes
// as in timm's tiny_vit_5m_224.dist_in22k: a convolution stem, a stage of MBConv blocks, and three stages of window
// attention, each begun by a patch merging.
func tinyViT5M(input [3]int) *graph {
	g, x := newGraph(input)
	x = g.gelu(g.conv(x, conv{out: 32, kernel: 3, stride: 2, groups: 1, gain: reluGain, batchNorm: true}))
	x = g.conv(x, conv{out: 64, kernel: 3, stride: 2, groups: 1, gain: linearGain, batchNorm: true})
	for range 2 {
		x = g.mbConv(x)
	}
	var t tensor
	for _, s := range []struct{ dim, depth, heads, window int }{{128, 2, 4, 7}, {160, 6, 5, 14}, {320, 2, 10, 7}} {
		x = g.patchMerging(x, s.dim)
		h, w := x.shape[2], x.shape[3]
		t = g.toTokens(x)
		for range s.depth {
			t = g.tinyViTBlock(t, h, w, s.heads, s.window)
		}
		x = g.toImage(t, h, w)
	}
	t = g.add("ReduceMean", []int{t.shape[0], t.shape[2]}, []tensor{t}, attrInts("axes", 1), attrInt("keepdims", 0))
	return g.finish(Classification, 21841, g.linear(g.layerNorm(t, tinyViTEpsilon), 21841))
}

// mbConv is an inverted residual block with expansion 4 and GELU, also after the sum.
func (g *graph) mbConv(x tensor) tensor {
	c := x.shape[1]
	y := g.gelu(g.conv(x, conv{out: 4 * c, kernel: 1, stride: 1, groups: 1, gain: reluGain, batchNorm: true}))
	y = g.gelu(g.conv(y, conv{out: 4 * c, kernel: 3, stride: 1, groups: 4 * c, gain: reluGain, batchNorm: true}))
	y = g.conv(y, conv{out: c, kernel: 1, stride: 1, groups: 1, gain: residualGain, batchNorm: true})
	return g.gelu(g.sum(x, y))
}

// patchMerging halves height and width and changes the channels to dim.
func (g *graph) patchMerging(x tensor, dim int) tensor {
	x = g.gelu(g.conv(x, conv{out: dim, kernel: 1, stride: 1, groups: 1, gain: reluGain, batchNorm: true}))
	x = g.gelu(g.conv(x, conv{out: dim, kernel: 3, stride: 2, groups: dim, gain: reluGain, batchNorm: true}))
	return g.conv(x, conv{out: dim, kernel: 1, stride: 1, groups: 1, gain: linearGain, batchNorm: true})
}

// tinyViTBlock is window attention, a depthwise 3x3 convolution, and a perceptron. t is [n, h·w, C], h and w being
// multiples of window.
func (g *graph) tinyViTBlock(t tensor, h, w, heads, window int) tensor {
	c := t.shape[2]
	y := g.layerNorm(g.partition(t, h, w, window), tinyViTEpsilon)
	y = g.attention(y, heads, g.offsetBias(heads, window))
	t = g.sum(t, g.merge(y, h, w, window))

	local := conv{out: c, kernel: 3, stride: 1, groups: c, gain: linearGain, batchNorm: true}
	t = g.toTokens(g.conv(g.toImage(t, h, w), local))
	return g.sum(t, g.mlp(g.layerNorm(t, tinyViTEpsilon)))
}

// offsetBias is the attention bias. Trained is one number a head and a distance (|dy|, |dx|); for inference it is
// expanded to every pair of tokens (here drawn for every pair: the values do not matter, the size does).
func (g *graph) offsetBias(heads, window int) *tensor {
	tokens := window * window
	g.params += int64(heads) * int64(tokens) // window² different distances
	bias := g.weight(0, biasStd, heads, tokens, tokens)
	return &bias
}

// partition turns tokens [n, H·W, C] into windows [n·windows, window², C]; merge undoes it.
func (g *graph) partition(x tensor, h, w, window int) tensor {
	if h == window && w == window {
		return x
	}
	n, c := x.shape[0], x.shape[2]
	x = g.reshape(x, n, h/window, window, w/window, window, c)
	x = g.transpose(x, 0, 1, 3, 2, 4, 5)
	return g.reshape(x, n*(h/window)*(w/window), window*window, c)
}

func (g *graph) merge(x tensor, h, w, window int) tensor {
	if h == window && w == window {
		return x
	}
	rows, cols, c := h/window, w/window, x.shape[2]
	n := x.shape[0] / (rows * cols)
	x = g.reshape(x, n, rows, cols, window, window, c)
	x = g.transpose(x, 0, 1, 3, 2, 4, 5)
	return g.reshape(x, n, h*w, c)
}
