package model

// depthAnythingSmall is Depth Anything V2 Small, Yang et al. 2024: DINOv2's ViT-S/14 (Oquab et al. 2023) and the decoder
// of DPT (Ranftl et al. 2021) with 64 features.
func depthAnythingSmall(input [3]int) *graph {
	g, x := newGraph(input)
	side := input[1] / dinoPatch
	features := g.dinoV2(x, 384, 12, 6, []int{2, 5, 8, 11})
	return g.depthDecoder(features, side, 64, []int{48, 96, 192, 384})
}

const (
	dinoPatch   = 14
	dinoEpsilon = 1e-6
	dinoSide    = 518 / dinoPatch // the patches a side in training, whose positions are resized for other images
)

// dinoV2 is a vision transformer; it gives the tokens of the patches after the blocks at the given places, normalised.
func (g *graph) dinoV2(x tensor, dim, depth, heads int, taken []int) (out []tensor) {
	x = g.toTokens(g.conv(x, conv{out: dim, kernel: dinoPatch, stride: dinoPatch, groups: 1, gain: linearGain}))
	g.params += int64(dim) * int64(dinoSide*dinoSide-x.shape[1]+1) // the positions that resizing took, and the token of masked patches
	x = g.classTokenAndPositions(x)
	n, tokens := x.shape[0], x.shape[1]
	var states []tensor
	for range depth {
		x = g.sum(x, g.layerScale(g.attention(g.layerNorm(x, dinoEpsilon), heads, nil)))
		x = g.sum(x, g.layerScale(g.mlp(g.layerNorm(x, dinoEpsilon))))
		states = append(states, x)
	}
	norm := g.newNorm(dim, dinoEpsilon)
	for _, i := range taken {
		patches := g.add("Slice", []int{n, tokens - 1, dim}, []tensor{g.norm(states[i], norm), g.ints(1), g.ints(tokens), g.ints(1)})
		out = append(out, patches)
	}
	return out
}

// layerScale multiplies each channel by a trained factor.
func (g *graph) layerScale(x tensor) tensor {
	c := x.shape[2]
	g.params += int64(c)
	return g.add("Mul", x.shape, []tensor{x, g.weight(residualGain, biasStd, c)})
}

// depthDecoder makes maps of four sizes of the tokens of side² patches, and joins them from the smallest to the largest.
func (g *graph) depthDecoder(tokens []tensor, side, features int, channels []int) *graph {
	maps := make([]tensor, len(tokens))
	for i, t := range tokens {
		m := g.conv(g.toImage(t, side, side), conv{out: channels[i], kernel: 1, stride: 1, groups: 1, gain: linearGain})
		switch i {
		case 0:
			m = g.grow(m, 4)
		case 1:
			m = g.grow(m, 2)
		case 3:
			m = g.conv(m, conv{out: channels[i], kernel: 3, stride: 2, groups: 1, gain: linearGain})
		}
		maps[i] = g.conv(m, conv{out: features, kernel: 3, stride: 1, groups: 1, gain: linearGain, noBias: true})
	}
	g.params += 2 * (9*int64(features) + 1) * int64(features) // a residual unit of the first fusion, trained and never run
	var path *tensor
	for i := len(maps) - 1; i >= 0; i-- {
		to := 2 * maps[i].shape[2]
		if i > 0 {
			to = maps[i-1].shape[2]
		}
		path = g.fuse(path, maps[i], to)
	}
	x := g.conv(*path, conv{out: features / 2, kernel: 3, stride: 1, groups: 1, gain: linearGain})
	x = g.bilinear(x, side*dinoPatch, true)
	x = g.relu(g.conv(x, conv{out: 32, kernel: 3, stride: 1, groups: 1, gain: reluGain}))
	x = g.relu(g.conv(x, conv{out: 1, kernel: 1, stride: 1, groups: 1, gain: residualGain, bias: 2})) // most pixels are not at infinity
	return g.finish(DepthEstimation, 0, g.reshape(x, x.shape[0], x.shape[2], x.shape[3]))
}

// fuse adds a map to the path from smaller ones, if there is one yet, and resizes the sum to another side.
func (g *graph) fuse(path *tensor, m tensor, side int) *tensor {
	if path != nil {
		m = g.sum(*path, g.residualUnit(m))
	}
	m = g.bilinear(g.residualUnit(m), side, true)
	m = g.conv(m, conv{out: m.shape[1], kernel: 1, stride: 1, groups: 1, gain: linearGain})
	return &m
}

// residualUnit is two 3x3 convolutions, each after its activation, beside the identity.
func (g *graph) residualUnit(x tensor) tensor {
	c := x.shape[1]
	y := g.conv(g.relu(x), conv{out: c, kernel: 3, stride: 1, groups: 1, gain: reluGain})
	y = g.conv(g.relu(y), conv{out: c, kernel: 3, stride: 1, groups: 1, gain: residualGain})
	return g.sum(x, y)
}
