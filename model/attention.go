package model

import "math"

// attention adds multi-head self-attention (Vaswani et al. 2017, eq. 1) with one fused projection for Q, K and V.
// x is [n, T, C]; bias, if not nil, is [heads, T, T] and is added to the scores of every image.
func (g *graph) attention(x tensor, heads int, bias *tensor) tensor {
	n, tokens, c := x.shape[0], x.shape[1], x.shape[2]
	d := c / heads
	part := []int{n, tokens, c}
	qkv := g.addMany("Split", [][]int{part, part, part},
		[]tensor{g.linear(x, 3*c), g.ints(c, c, c)}, attrInt("axis", -1))
	split := func(t tensor, perm ...int) tensor {
		return g.transpose(g.reshape(t, n, tokens, heads, d), perm...)
	}
	q := g.scale(split(qkv[0], 0, 2, 1, 3), float32(1/math.Sqrt(float64(d))))
	k := split(qkv[1], 0, 2, 3, 1)
	v := split(qkv[2], 0, 2, 1, 3)

	scores := g.matmul(q, k)
	if bias != nil {
		scores = g.sum(scores, *bias)
	}
	scores = g.add("Softmax", scores.shape, []tensor{scores}, attrInt("axis", -1))
	y := g.transpose(g.matmul(scores, v), 0, 2, 1, 3)
	return g.linear(g.reshape(y, n, tokens, c), c)
}

// matmul multiplies two activations, [..., M, K] by [..., K, N].
func (g *graph) matmul(a, b tensor) tensor {
	last := len(a.shape) - 1
	shape := append(append([]int{}, a.shape[:last]...), b.shape[last])
	g.macs += product(shape) * int64(a.shape[last])
	return g.add("MatMul", shape, []tensor{a, b})
}

// mlp adds the two-layer perceptron of a transformer block, hidden 4·C wide.
func (g *graph) mlp(x tensor) tensor {
	c := x.shape[len(x.shape)-1]
	return g.linear(g.gelu(g.linear(x, 4*c)), c)
}
