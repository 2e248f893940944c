package model

// vit returns a vision transformer with patches of 16x16 and a class token: Dosovitskiy et al. 2021 (ViT-B/16:
// dim 768, depth 12, 12 heads) and Touvron et al. 2021 (DeiT-Tiny: dim 192, 3 heads; DeiT-Small: dim 384, 6 heads;
// DeiT-Base: as ViT-B/16).
func vit(dim, depth, heads int) func(input [3]int) *graph {
	return func(input [3]int) *graph {
		const patch, epsilon = 16, 1e-6
		g, x := newGraph(input)
		x = g.toTokens(g.conv(x, conv{out: dim, kernel: patch, stride: patch, groups: 1, gain: linearGain}))
		x = g.classTokenAndPositions(x)
		for range depth {
			x = g.sum(x, g.attention(g.layerNorm(x, epsilon), heads, nil))
			x = g.sum(x, g.mlp(g.layerNorm(x, epsilon)))
		}
		x = g.layerNorm(x, epsilon)
		x = g.add("Gather", []int{x.shape[0], dim}, []tensor{x, g.index(0)}, attrInt("axis", 1))
		return g.finish(Classification, 1000, g.linear(x, 1000))
	}
}

// classTokenAndPositions puts the class token before the patches and adds the position embedding. Both are constants,
// so one row of zeros in front and a sum whose first row holds class token + position do the same without the
// Shape-Expand-Concat that a batch axis of free size would need.
func (g *graph) classTokenAndPositions(x tensor) tensor {
	n, tokens, c := x.shape[0], x.shape[1]+1, x.shape[2]
	g.params += int64(c) + int64(tokens)*int64(c)
	x = g.add("Pad", []int{n, tokens, c}, []tensor{x, g.ints(0, 1, 0, 0, 0, 0)})
	return g.sum(x, g.weight(0, 1, 1, tokens, c))
}
