package model

import "math"

// ssdLite is SSDLite320 with MobileNetV3-Large, Howard et al. 2019 (section 6.3), as torchvision has it: SSD (Liu et al.
// 2016) with depthwise convolutions in its head. Decoding of the boxes is part of the graph, as in the other detectors; NMS
// is not.
func ssdLite(width float64, classes int) func(input [3]int) *graph {
	return func(input [3]int) *graph {
		g, x := newGraph(input)
		at16, x := g.mobileNetV3(x, width)
		maps := []tensor{at16, x}
		for _, out := range []int{512, 256, 256, 128} {
			x = g.shrink(x, max(16, int(float64(out)*width)))
			maps = append(maps, x)
		}
		return g.singleShot(maps, classes)
	}
}

// shrink halves height and width.
func (g *graph) shrink(x tensor, out int) tensor {
	half := out / 2
	x = g.relu6(g.conv(x, conv{out: half, kernel: 1, stride: 1, groups: 1, gain: reluGain, batchNorm: true}))
	x = g.relu6(g.conv(x, conv{out: half, kernel: 3, stride: 2, groups: half, gain: reluGain, batchNorm: true}))
	return g.relu6(g.conv(x, conv{out: out, kernel: 1, stride: 1, groups: 1, gain: reluGain, batchNorm: true}))
}

// singleShot is SSD's head: of each default box of every map's pixels a box and the scores of classes and background, of
// which the last is left out.
func (g *graph) singleShot(maps []tensor, classes int) *graph {
	var boxes, scores []tensor
	for _, m := range maps {
		scores = append(scores, g.ofDefaults(m, 1+classes))
		boxes = append(boxes, g.ofDefaults(m, 4))
	}
	all := g.concat(1, scores...)
	all = g.add("Softmax", all.shape, []tensor{all}, attrInt("axis", 2))
	of := g.split(all, 2, 1, classes)
	out := g.concat(2, g.offsets(g.concat(1, boxes...), maps), of[1])
	return g.finish(Detection, classes, g.transpose(out, 0, 2, 1))
}

// ofDefaults gives so many numbers of each default box, [n, boxes, numbers].
func (g *graph) ofDefaults(x tensor, numbers int) tensor {
	c, h, w := x.shape[1], x.shape[2], x.shape[3]
	y := g.relu6(g.conv(x, conv{out: c, kernel: 3, stride: 1, groups: c, gain: reluGain, batchNorm: true}))
	y = g.conv(y, conv{out: defaultBoxes * numbers, kernel: 1, stride: 1, groups: 1, gain: linearGain})
	y = g.transpose(g.reshape(y, x.shape[0], defaultBoxes, numbers, h*w), 0, 3, 1, 2)
	return g.reshape(y, x.shape[0], h*w*defaultBoxes, numbers)
}

// Variances of SSD: the trained offsets are of a box whose centre moves by a tenth of the default's side, and whose side
// grows by a fifth, in logarithms.
const (
	centreVariance = 0.1
	sizeVariance   = 0.2
)

// offsets turns those from default boxes, [n, boxes, 4], into centre, width and height in pixels of the image.
func (g *graph) offsets(x tensor, maps []tensor) tensor {
	centres, sizes := defaults(maps, g.input[2], g.input[1])
	n := x.shape[1]
	centre, size := g.floats("default_centres", centres, 1, n, 2), g.floats("default_sizes", sizes, 1, n, 2)
	parts := g.split(x, 2, 2, 2)
	shape := parts[0].shape
	move := g.add("Mul", shape, []tensor{g.scale(parts[0], centreVariance), size})
	grow := g.add("Exp", shape, []tensor{g.scale(parts[1], sizeVariance)})
	return g.concat(2, g.sum(move, centre), g.add("Mul", shape, []tensor{grow, size}))
}

// defaultBoxes are those of a pixel: two squares, and two of each aspect ratio.
const defaultBoxes = 6

// defaults are the default boxes of every pixel of every map, in pixels of an image: x and y of the centres, widths and
// heights. Liu et al. 2016, section 2.2, with torchvision's scales from 0.2 to 0.95 of the image's side.
func defaults(maps []tensor, width, height int) (centres, sizes []float32) {
	scales := make([]float64, len(maps)+1)
	for k := range maps {
		scales[k] = 0.2 + 0.75*float64(k)/float64(len(maps)-1)
	}
	scales[len(maps)] = 1
	for k, m := range maps {
		pairs := [][2]float64{{scales[k], scales[k]}}
		between := math.Sqrt(scales[k] * scales[k+1])
		pairs = append(pairs, [2]float64{between, between})
		for _, ratio := range []float64{2, 3} {
			w, h := scales[k]*math.Sqrt(ratio), scales[k]/math.Sqrt(ratio)
			pairs = append(pairs, [2]float64{w, h}, [2]float64{h, w})
		}
		for y := range m.shape[2] {
			for x := range m.shape[3] {
				cx, cy := (float64(x)+0.5)/float64(m.shape[3]), (float64(y)+0.5)/float64(m.shape[2])
				for _, p := range pairs {
					centres = append(centres, float32(cx*float64(width)), float32(cy*float64(height)))
					sizes = append(sizes, float32(min(p[0], 1)*float64(width)), float32(min(p[1], 1)*float64(height)))
				}
			}
		}
	}
	return centres, sizes
}
