package model

// faceNet is Inception-ResNet-v1, Szegedy et al. 2016 (figures 9 to 15), as FaceNet's open implementations have it: a face
// becomes a vector of so many numbers and of length 1. Channels are divided by narrow, and the numbers of residual blocks
// are given.
func faceNet(narrow int, repeats [3]int, embedding int) func(input [3]int) *graph {
	return func(input [3]int) *graph {
		g, x := newGraph(input)
		f := inception{g, narrow}
		x = f.conv(x, 32, 3, 3, 2, true)
		x = f.conv(x, 32, 3, 3, 1, true)
		x = f.conv(x, 64, 3, 3, 1, false)
		x = g.pool(x, 3, 2, 0)
		x = f.conv(x, 80, 1, 1, 1, false)
		x = f.conv(x, 192, 3, 3, 1, true)
		x = f.conv(x, 256, 3, 3, 2, true)
		for range repeats[0] {
			x = g.relu(f.block35(x))
		}
		x = f.reduce6(x)
		for range repeats[1] {
			x = g.relu(f.blockOfTwo(x, 128, 7, 0.10))
		}
		x = f.reduce7(x)
		for range repeats[2] {
			x = g.relu(f.blockOfTwo(x, 192, 3, 0.20))
		}
		return g.embed(f.blockOfTwo(x, 192, 3, 1), embedding)
	}
}

// inception adds layers of an Inception-ResNet whose channels are divided by narrow.
type inception struct {
	*graph
	narrow int
}

// conv adds a convolution with ReLU; alone is one without padding.
func (f inception) conv(x tensor, out, height, width, stride int, alone bool) tensor {
	return f.relu(f.graph.conv(x, conv{out: out / f.narrow, kernel: height, width: width, stride: stride, groups: 1,
		unpadded: alone, gain: reluGain, batchNorm: true}))
}

// block35 is Inception-ResNet-A.
func (f inception) block35(x tensor) tensor {
	a := f.conv(x, 32, 1, 1, 1, false)
	b := f.conv(f.conv(x, 32, 1, 1, 1, false), 32, 3, 3, 1, false)
	c := f.conv(f.conv(f.conv(x, 32, 1, 1, 1, false), 32, 3, 3, 1, false), 32, 3, 3, 1, false)
	return f.residual(x, 0.17, a, b, c)
}

// blockOfTwo is Inception-ResNet-B and C: a branch sees one pixel, the other a cross of rows and columns.
func (f inception) blockOfTwo(x tensor, width, side int, scale float32) tensor {
	a := f.conv(x, width, 1, 1, 1, false)
	b := f.conv(x, width, 1, 1, 1, false)
	b = f.conv(f.conv(b, width, 1, side, 1, false), width, side, 1, 1, false)
	return f.residual(x, scale, a, b)
}

// residual joins branches, brings them to the channels of x, and adds so much of them to x.
func (f inception) residual(x tensor, scale float32, branches ...tensor) tensor {
	up := f.graph.conv(f.concat(1, branches...), conv{out: x.shape[1], kernel: 1, stride: 1, groups: 1, gain: linearGain})
	if scale != 1 {
		up = f.scale(up, scale)
	}
	return f.sum(up, x)
}

// reduce6 and reduce7 halve height and width.
func (f inception) reduce6(x tensor) tensor {
	a := f.conv(x, 384, 3, 3, 2, true)
	b := f.conv(f.conv(f.conv(x, 192, 1, 1, 1, false), 192, 3, 3, 1, false), 256, 3, 3, 2, true)
	return f.concat(1, a, b, f.pool(x, 3, 2, 0))
}

func (f inception) reduce7(x tensor) tensor {
	a := f.conv(f.conv(x, 256, 1, 1, 1, false), 384, 3, 3, 2, true)
	b := f.conv(f.conv(x, 256, 1, 1, 1, false), 256, 3, 3, 2, true)
	c := f.conv(f.conv(f.conv(x, 256, 1, 1, 1, false), 256, 3, 3, 1, false), 256, 3, 3, 2, true)
	return f.concat(1, a, b, c, f.pool(x, 3, 2, 0))
}

// embed is the head: the means over height and width, a linear layer with BatchNorm, and the vector's length made 1.
func (g *graph) embed(x tensor, numbers int) *graph {
	n, c := x.shape[0], x.shape[1]
	p := g.add("GlobalAveragePool", []int{n, c, 1, 1}, []tensor{x})
	p = g.add("Flatten", []int{n, c}, []tensor{p}, attrInt("axis", 1))
	p = g.linear(p, numbers)
	g.params += int64(numbers) // gamma and beta instead of the bias
	length := g.add("ReduceL2", []int{n, 1}, []tensor{p}, attrInts("axes", 1), attrInt("keepdims", 1))
	return g.finish(Identification, 0, g.add("Div", p.shape, []tensor{p, length}))
}
