package model

import "math"

// attention adds multi-head self-attention (Vaswani et al. 2017, eq. 1) with one fused projection for Q, K and V.
// x is [n, T, C]; bias, if not nil, is [heads, T, T] and is added to the scores of every image.
func (g *graph) attention(x tensor, heads int, bias *tensor) tensor {
	c := x.shape[2]
	qkv := g.split(g.linear(x, 3*c), 2, c, c, c)
	return g.linear(g.attend(qkv[0], qkv[1], qkv[2], heads, bias), c)
}

// attend mixes the values by how well their keys fit the queries. q is [n, T, C], k and v are [n, S, C].
func (g *graph) attend(q, k, v tensor, heads int, bias *tensor) tensor {
	n, tokens, c := q.shape[0], q.shape[1], q.shape[2]
	d := c / heads
	apart := func(t tensor, perm ...int) tensor {
		return g.transpose(g.reshape(t, n, t.shape[1], heads, d), perm...)
	}
	q = g.scale(apart(q, 0, 2, 1, 3), float32(1/math.Sqrt(float64(d))))
	k = apart(k, 0, 2, 3, 1)
	v = apart(v, 0, 2, 1, 3)

	scores := g.matmul(q, k)
	if bias != nil {
		scores = g.sum(scores, *bias)
	}
	scores = g.add("Softmax", scores.shape, []tensor{scores}, attrInt("axis", -1))
	y := g.transpose(g.matmul(scores, v), 0, 2, 1, 3)
	return g.reshape(y, n, tokens, c)
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
