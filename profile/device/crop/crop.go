// Package crop cuts faces out of frames: the work between a detector and what identifies what it has found. The networks of
// vsim have random weights and find no faces, so that the boxes are drawn, as many as a workload says.
package crop

import (
	"image"
	"math/rand/v2"

	"vsim/profile/device/jpeg"
)

// Sides of a box in pixels, and the quality of its JPEG file. A crop of a picture of about five bits a pixel, such as the
// generated medium ones, then takes about 10 kB.
const (
	MinSide = 112
	MaxSide = 160
	Quality = 93
)

// Boxes appends n squares within a frame to out, drawn from seed: sides of MinSide to MaxSide pixels, as far as the frame
// has so many, at any place; they may overlap. The first of them do not depend on n.
func Boxes(out []image.Rectangle, frame image.Rectangle, n int, seed uint64) []image.Rectangle {
	var source rand.PCG
	source.Seed(seed, 0)
	rng := rand.New(&source)
	for range n {
		side := min(MinSide+rng.IntN(MaxSide-MinSide+1), frame.Dx(), frame.Dy())
		at := frame.Min.Add(image.Pt(rng.IntN(frame.Dx()-side+1), rng.IntN(frame.Dy()-side+1)))
		out = append(out, image.Rectangle{Min: at, Max: at.Add(image.Pt(side, side))})
	}
	return out
}

// Cutter cuts boxes out of frames. It belongs to one worker.
type Cutter struct{ encoder jpeg.Encoder }

// NewCutter makes a cutter that compresses with a codec.
func NewCutter(codec jpeg.Codec) (*Cutter, error) {
	e, err := codec.NewEncoder()
	if err != nil {
		return nil, err
	}
	return &Cutter{e}, nil
}

// Cut gives the JPEG file of a box of a frame, valid until the next Cut.
func (c *Cutter) Cut(frame *image.RGBA, box image.Rectangle) ([]byte, error) {
	return c.encoder.Encode(frame, box, Quality)
}

// Close frees the encoder.
func (c *Cutter) Close() { c.encoder.Close() }
