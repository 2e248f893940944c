package model

// YOLOv8n of Ultralytics (2023), as its exporter writes it: yolov8.yaml at depth 0.33 and width 0.25, trained on the 80
// classes of COCO. NMS is no part of it.
const (
	cocoClasses = 80
	boxBins     = 16 // each side of a box is an expectation over so many distances
)

func yolov8n(input [3]int) *graph {
	g, x := newGraph(input)
	x = g.yoloConv(g.yoloConv(x, 16, 3, 2), 32, 3, 2)
	x = g.yoloConv(g.c2f(x, 32, 1, true), 64, 3, 2)
	at8 := g.c2f(x, 64, 2, true) // a pixel of which is one of 8x8 of the image
	at16 := g.c2f(g.yoloConv(at8, 128, 3, 2), 128, 2, true)
	x = g.c2f(g.yoloConv(at16, 256, 3, 2), 256, 1, true)
	at32 := g.pyramidPool(x)

	at16 = g.c2f(g.concat(1, g.nearest(at32), at16), 128, 1, false)
	at8 = g.c2f(g.concat(1, g.nearest(at16), at8), 64, 1, false)
	at16 = g.c2f(g.concat(1, g.yoloConv(at8, 64, 3, 2), at16), 128, 1, false)
	at32 = g.c2f(g.concat(1, g.yoloConv(at16, 128, 3, 2), at32), 256, 1, false)
	return g.detect([]tensor{at8, at16, at32}, []int{8, 16, 32})
}

func (g *graph) yoloConv(x tensor, out, kernel, stride int) tensor {
	return g.silu(g.conv(x, conv{out: out, kernel: kernel, stride: stride, groups: 1, gain: siluGain, batchNorm: true}))
}

// c2f splits the channels in two, sends one half through so many bottlenecks, and joins all that came out on the way.
func (g *graph) c2f(x tensor, out, bottlenecks int, shortcut bool) tensor {
	half := out / 2
	parts := g.split(g.yoloConv(x, out, 1, 1), 1, half, half)
	for range bottlenecks {
		last := parts[len(parts)-1]
		y := g.yoloConv(g.yoloConv(last, half, 3, 1), half, 3, 1)
		if shortcut {
			y = g.sum(last, y)
		}
		parts = append(parts, y)
	}
	return g.yoloConv(g.concat(1, parts...), out, 1, 1)
}

// pyramidPool is SPPF: the largest value around each pixel in windows of 5, 9 and 13.
func (g *graph) pyramidPool(x tensor) tensor {
	c := x.shape[1]
	parts := []tensor{g.yoloConv(x, c/2, 1, 1)}
	for range 3 {
		parts = append(parts, g.maxPool(parts[len(parts)-1], 5, 1))
	}
	return g.yoloConv(g.concat(1, parts...), c, 1, 1)
}

// detect is the head: of every pixel of every map a box and its scores. strides are the pixels of the image to one of a
// map.
func (g *graph) detect(maps []tensor, strides []int) *graph {
	var boxes, scores []tensor
	boxWidth, scoreWidth := 4*boxBins, max(maps[0].shape[1], cocoClasses)
	for _, m := range maps {
		boxes = append(boxes, g.predict(m, boxWidth, 4*boxBins))
		scores = append(scores, g.predict(m, scoreWidth, cocoClasses))
	}
	return g.finish(Detection, cocoClasses,
		g.concat(1, g.boxes(g.concat(2, boxes...), maps, strides), g.sigmoid(g.concat(2, scores...))))
}

// predict gives so many numbers of each pixel, as [n, out, pixels].
func (g *graph) predict(x tensor, width, out int) tensor {
	x = g.yoloConv(g.yoloConv(x, width, 3, 1), width, 3, 1)
	x = g.conv(x, conv{out: out, kernel: 1, stride: 1, groups: 1, gain: linearGain})
	return g.reshape(x, x.shape[0], out, x.shape[2]*x.shape[3])
}

// boxes turns the scores of distances, [n, 4·bins, pixels], into centre, width and height of boxes, [n, 4, pixels].
func (g *graph) boxes(x tensor, maps []tensor, strides []int) tensor {
	n, pixels := x.shape[0], x.shape[2]
	x = g.transpose(g.reshape(x, n, 4, boxBins, pixels), 0, 2, 1, 3)
	x = g.add("Softmax", x.shape, []tensor{x}, attrInt("axis", 1))
	x = g.reshape(g.expectation(x), n, 4, pixels)
	parts := g.split(x, 1, 2, 2) // from the pixel's centre to left and top, to right and bottom

	centres, scale := anchors(maps, strides)
	anchor := g.floats("anchors", centres, 1, 2, pixels)
	shape := parts[0].shape
	from := g.add("Sub", shape, []tensor{anchor, parts[0]})
	to := g.add("Add", shape, []tensor{anchor, parts[1]})
	box := g.concat(1, g.scale(g.sum(from, to), 0.5), g.add("Sub", shape, []tensor{to, from}))
	return g.add("Mul", box.shape, []tensor{box, g.floats("strides", scale, 1, pixels)})
}

// expectation is of the distances 0, 1, 2 ... with the probabilities along axis 1: a convolution with a fixed kernel,
// which Ultralytics counts among the parameters.
func (g *graph) expectation(x tensor) tensor {
	distances := make([]float32, boxBins)
	for i := range distances {
		distances[i] = float32(i)
	}
	shape := []int{x.shape[0], 1, x.shape[2], x.shape[3]}
	g.params += boxBins
	g.macs += product(shape) * boxBins
	return g.add("Conv", shape, []tensor{x, g.floats("distances", distances, 1, boxBins, 1, 1)}, attrInts("kernel_shape", 1, 1))
}

// anchors are the x of every pixel's centre in pixels of its map, then the y; and the stride of every pixel's map.
func anchors(maps []tensor, strides []int) (centres, scale []float32) {
	var ys []float32
	for i, m := range maps {
		for y := range m.shape[2] {
			for x := range m.shape[3] {
				centres, ys = append(centres, float32(x)+0.5), append(ys, float32(y)+0.5)
				scale = append(scale, float32(strides[i]))
			}
		}
	}
	return append(centres, ys...), scale
}
