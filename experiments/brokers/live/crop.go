package live

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"

	"vsim/profile/device"
	"vsim/sim/engine/random"
)

// Sides of a face in the frame, in pixels.
const (
	leastSide = 112
	mostSide  = 160
)

// quality at which a face is about 10 kB.
const quality = 90

// cutter says where the faces of a frame are, and encodes them. It belongs to one worker.
type cutter struct {
	seed uint64
	file bytes.Buffer
}

func newCutter(seed uint64) cutter { return cutter{seed: seed} }

// boxes are the places of a frame's faces, drawn anew for each frame.
func (c *cutter) boxes(frame image.Rectangle, number uint64, n int) (out []image.Rectangle, err error) {
	if frame.Dx() < leastSide || frame.Dy() < leastSide {
		return nil, fmt.Errorf("a frame of %dx%d pixels has no room for a face of %d", frame.Dx(), frame.Dy(), leastSide)
	}
	draw := random.NewStream(c.seed, "boxes", int(number))
	upTo := func(most int) int { return int(draw.Uint64() % uint64(most+1)) }
	for range n {
		side := leastSide + upTo(min(mostSide, frame.Dx(), frame.Dy())-leastSide)
		at := frame.Min.Add(image.Pt(upTo(frame.Dx()-side), upTo(frame.Dy()-side)))
		out = append(out, image.Rectangle{at, at.Add(image.Pt(side, side))})
	}
	return out, nil
}

// message cuts a face out of a frame and makes a message of it.
func (c *cutter) message(img *image.RGBA, box image.Rectangle, h header) ([]byte, error) {
	c.file.Reset()
	if err := jpeg.Encode(&c.file, img.SubImage(box), &jpeg.Options{Quality: quality}); err != nil {
		return nil, err
	}
	message := make([]byte, headerBytes+c.file.Len())
	h.put(message)
	copy(message[headerBytes:], c.file.Bytes())
	return message, nil
}

// Crops are n faces cut out of frames, as JPEG files, for profiling what identifiers do with them.
func Crops(libraries *device.Libraries, frames [][]byte, n int, seed uint64) (out [][]byte, err error) {
	decoder, err := libraries.Codec.NewDecoder()
	if err != nil {
		return nil, err
	}
	defer decoder.Close()
	c := newCutter(seed)
	for i := range n {
		img, err := decoder.Decode(frames[i%len(frames)])
		if err != nil {
			return nil, fmt.Errorf("frame %d: %w", i%len(frames), err)
		}
		boxes, err := c.boxes(img.Rect, uint64(i), 1)
		if err != nil {
			return nil, err
		}
		message, err := c.message(img, boxes[0], header{faces: 1})
		if err != nil {
			return nil, err
		}
		out = append(out, message[headerBytes:])
	}
	return out, nil
}

// MessageBytes is the mean size of the messages of some faces.
func MessageBytes(faces [][]byte) int {
	sum := 0
	for _, f := range faces {
		sum += headerBytes + len(f)
	}
	return sum / max(len(faces), 1)
}
