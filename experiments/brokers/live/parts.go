package live

import (
	"time"

	"vsim/experiments/load"
)

// part is one part of a frame's way to its answer.
type part int

// The parts in the order in which a frame meets them. After its faces have parted they are those of the last that is
// identified, with its batch; their sum is the frame's latency.
const (
	waiting     part = iota // for a detector
	decoding                // the frame
	resizing                // to the detector's size
	detecting               // inference
	cropping                // cutting its faces out, and encoding them; fused, resizing them to the identifier's size
	producing               // handing the messages over to the broker's client
	brokered                // until a consumer has the last face in hands: client, broker, and the wait for a free consumer
	unpacking               // decoding the faces of its batch
	fitting                 // resizing them to the identifier's size
	identifying             // inference
	parts
)

// Names of the parts in reports.
var partNames = [parts]string{"queue", "decode", "resize", "detect", "crop", "send", "broker", "decode face", "resize face", "identify"}

// spans are the times of the parts.
type spans [parts]time.Duration

// reply gives the parts in the words of a load.
func (s *spans) reply() (out []load.Span) {
	for i, d := range s {
		out = append(out, load.Span{Name: partNames[i], Ns: int64(d)})
	}
	return out
}
