package model

// mobilenetV2 is Sandler et al. 2018, table 2, width multiplier 1.
func mobilenetV2(input [3]int) *graph {
	g, x := newGraph(input)
	x = g.relu6(g.conv(x, conv{out: 32, kernel: 3, stride: 2, groups: 1, gain: reluGain, batchNorm: true}))
	for _, s := range []struct{ expand, out, repeat, stride int }{
		{1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1},
	} {
		for i := range s.repeat {
			stride := 1
			if i == 0 {
				stride = s.stride
			}
			x = g.invertedResidual(x, s.expand, s.out, stride)
		}
	}
	x = g.relu6(g.conv(x, conv{out: 1280, kernel: 1, stride: 1, groups: 1, gain: reluGain, batchNorm: true}))
	return g.poolAndClassify(x, 1000)
}

// invertedResidual expands the channels, filters each alone, and projects without activation.
func (g *graph) invertedResidual(x tensor, expand, out, stride int) tensor {
	hidden := x.shape[1] * expand
	y := x
	if expand > 1 {
		y = g.relu6(g.conv(y, conv{out: hidden, kernel: 1, stride: 1, groups: 1, gain: reluGain, batchNorm: true}))
	}
	y = g.relu6(g.conv(y, conv{out: hidden, kernel: 3, stride: stride, groups: hidden, gain: reluGain, batchNorm: true}))
	y = g.conv(y, conv{out: out, kernel: 1, stride: 1, groups: 1, gain: linearGain, batchNorm: true})
	if stride == 1 && x.shape[1] == out {
		y = g.sum(x, y)
	}
	return y
}
