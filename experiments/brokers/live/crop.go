package live

import (
	"fmt"
	"image"

	"vsim/profile/device"
	"vsim/profile/device/crop"
)

// cutter says where the faces of a frame are, and makes messages of them. It belongs to one worker.
type cutter struct {
	*crop.Cutter
	seed  uint64
	boxes []image.Rectangle
}

func newCutter(libraries *device.Libraries, seed uint64) (*cutter, error) {
	c, err := libraries.NewCutter()
	if err != nil {
		return nil, err
	}
	return &cutter{Cutter: c, seed: seed}, nil
}

// places are those of a frame's faces, drawn anew for each frame; valid until the next call.
func (c *cutter) places(frame image.Rectangle, number uint64, n int) []image.Rectangle {
	c.boxes = crop.Boxes(c.boxes[:0], frame, n, c.seed<<32+number)
	return c.boxes
}

// message cuts a face out of a frame and makes a message of it.
func (c *cutter) message(img *image.RGBA, box image.Rectangle, h header) ([]byte, error) {
	file, err := c.Cut(img, box)
	if err != nil {
		return nil, fmt.Errorf("crop: %w", err)
	}
	message := make([]byte, headerBytes+len(file))
	h.put(message)
	copy(message[headerBytes:], file)
	return message, nil
}

// MessageBytes is the mean size of the messages of some faces.
func MessageBytes(faces [][]byte) int {
	sum := 0
	for _, f := range faces {
		sum += headerBytes + len(f)
	}
	return sum / max(len(faces), 1)
}
