package model

// resnet50 is ResNet-50 v1.5: He et al. 2016 (table 1) with the stride in the 3x3 convolution of a bottleneck
// instead of the first 1x1, as torchvision and NVIDIA ship it.
func resnet50(input [3]int) *graph {
	g, x := newGraph(input)
	x = g.relu(g.conv(x, conv{out: 64, kernel: 7, stride: 2, groups: 1, gain: reluGain, batchNorm: true}))
	x = g.maxPool(x, 3, 2)
	for stage, blocks := range []int{3, 4, 6, 3} {
		for i := range blocks {
			stride := 1
			if stage > 0 && i == 0 {
				stride = 2
			}
			x = g.bottleneck(x, 64<<stage, stride)
		}
	}
	return g.poolAndClassify(x, 1000)
}

// bottleneck adds a residual block of width, 4·width channels out.
func (g *graph) bottleneck(x tensor, width, stride int) tensor {
	out := 4 * width
	y := g.relu(g.conv(x, conv{out: width, kernel: 1, stride: 1, groups: 1, gain: reluGain, batchNorm: true}))
	y = g.relu(g.conv(y, conv{out: width, kernel: 3, stride: stride, groups: 1, gain: reluGain, batchNorm: true}))
	y = g.conv(y, conv{out: out, kernel: 1, stride: 1, groups: 1, gain: residualGain, batchNorm: true})
	if x.shape[1] != out {
		x = g.conv(x, conv{out: out, kernel: 1, stride: stride, groups: 1, gain: linearGain, batchNorm: true})
	}
	return g.relu(g.sum(y, x))
}
