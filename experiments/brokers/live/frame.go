package live

import (
	"time"

	"vsim/experiments/load"
)

// frame is a request on its way.
type frame struct {
	number uint64
	image  []byte
	faces  int
	reply  func(load.Reply)

	// Under the ledger's lock until it has its answer.
	spans   spans
	entered time.Time
	parted  time.Time // when its first message was handed to the client; zero before
	handed  time.Time // when its last message had been; zero before
	touched time.Time // when anything was heard of it last
	unsent  int       // messages of which the broker has not said whether it has them
	left    int       // faces that are not identified
	seen    []bool    // by face
}

// finish notes the parts that a frame's last face met. A consumer may have it before the detector says that all are handed
// over: then it was with the broker for no time.
func (f *frame) finish(b batch) {
	if f.handed.IsZero() {
		f.spans[producing] = max(b.began.Sub(f.parted), 0)
	} else {
		f.spans[brokered] = max(b.began.Sub(f.handed), 0)
	}
	f.spans[unpacking], f.spans[fitting], f.spans[identifying] = b.unpacked, b.fitted, b.inferred
}

func (f *frame) answer(batch int) { f.reply(load.Reply{Spans: f.spans.reply(), Batch: batch}) }
