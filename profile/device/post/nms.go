package post

import (
	"cmp"
	"slices"
)

// What a detector's boxes are kept by: the defaults of Ultralytics' predict mode.
const (
	minScore   = 0.25
	maxOverlap = 0.7 // intersection over union
	maxBoxes   = 300
)

// Box is a detection: its corners in pixels of the model's input.
type Box struct {
	Left, Top, Right, Bottom float32
	Class                    int
	Score                    float32
}

// detector keeps buffers from picture to picture.
type detector struct{ found, kept []Box }

// detect reads YOLOv8's output of one picture, [4+classes, anchors] or its transpose (the axis with fewer values holds the
// box and the scores): centre, width and height, then a score for each class. It keeps the best class of each anchor, and
// of boxes of one class that overlap the one of the highest score: greedy non-maximum suppression (Neubeck and Van Gool,
// Efficient Non-Maximum Suppression, ICPR 2006).
func (d *detector) detect(values []float32, rows, columns int) []Box {
	channels, anchors, channel, anchor := rows, columns, columns, 1
	if columns < rows {
		channels, anchors, channel, anchor = columns, rows, 1, columns
	}
	d.found, d.kept = d.found[:0], d.kept[:0]
	if channels < 5 {
		return d.kept
	}
	for n := range anchors {
		at := func(c int) float32 { return values[c*channel+n*anchor] }
		class, score := 0, float32(0)
		for c := range channels - 4 {
			if v := clamp(at(4 + c)); v > score {
				class, score = c, v
			}
		}
		if score < minScore {
			continue
		}
		x, y, w, h := at(0), at(1), at(2)/2, at(3)/2
		d.found = append(d.found, Box{x - w, y - h, x + w, y + h, class, score})
	}
	slices.SortStableFunc(d.found, func(a, b Box) int { return cmp.Compare(b.Score, a.Score) })
	for _, b := range d.found {
		if len(d.kept) == maxBoxes {
			break
		}
		if !slices.ContainsFunc(d.kept, func(k Box) bool { return k.Class == b.Class && overlap(k, b) > maxOverlap }) {
			d.kept = append(d.kept, b)
		}
	}
	return d.kept
}

// overlap is the intersection over the union of two boxes.
func overlap(a, b Box) float32 {
	width, height := min(a.Right, b.Right)-max(a.Left, b.Left), min(a.Bottom, b.Bottom)-max(a.Top, b.Top)
	if width <= 0 || height <= 0 {
		return 0
	}
	both := width * height
	return both / (a.area() + b.area() - both)
}

func (b Box) area() float32 { return (b.Right - b.Left) * (b.Bottom - b.Top) }
