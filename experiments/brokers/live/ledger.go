package live

import (
	"context"
	"fmt"
	"sync"
	"time"

	"vsim/experiments/load"
	"vsim/sim/engine/random"
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

// ledger knows every frame that has no answer yet, and joins the faces of each.
type ledger struct {
	patience time.Duration

	mu       sync.Mutex
	counter  *random.Counter
	draws    random.Stream
	next     uint64
	inside   map[uint64]*frame
	losses   Losses
	messages Messages
	stopped  bool
}

// Losses are frames and messages that came to nothing.
type Losses struct {
	Frames   int    `json:"frames"`   // that were never answered because a message of theirs was lost
	Refused  int    `json:"refused"`  // messages that the broker has not acknowledged
	Vanished int    `json:"vanished"` // messages that it had acknowledged and that no consumer got
	Repeated int    `json:"repeated"` // messages that came again, or after their frame was given up: no loss
	First    string `json:"first,omitempty"`
}

// Messages are means over the messages so far.
type Messages struct {
	Sent   int           `json:"sent"`  // acknowledged
	AckS   float64       `json:"ack_s"` // from the hand-over to the acknowledgement, seconds
	Bytes  float64       `json:"bytes"` // of a message
	Batch  float64       `json:"batch"` // faces that a consumer worked on at once
	AckedS time.Duration `json:"-"`     // sum
	bytes  int           // sum
	got    int           // messages that came
	times  int           // that some came
}

func newLedger(patience time.Duration, counter *random.Counter, seed uint64) ledger {
	return ledger{patience: patience, counter: counter, draws: random.NewStream(seed, "faces", 0), inside: map[uint64]*frame{}}
}

// open notes a frame that comes in, and draws its faces.
func (l *ledger) open(image []byte, reply func(load.Reply)) *frame {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	f := &frame{number: l.next, image: image, faces: l.counter.Draw(&l.draws), reply: reply, entered: now, touched: now}
	f.left, f.unsent, f.seen = f.faces, f.faces, make([]bool, f.faces)
	l.next++
	l.inside[f.number] = f
	return f
}

// take forgets a frame; false where it has its answer already.
func (l *ledger) take(f *frame) bool {
	_, ok := l.inside[f.number]
	delete(l.inside, f.number)
	return ok
}

// turnAway answers a frame for which there is no room.
func (l *ledger) turnAway(f *frame) { l.fail(f, load.Reply{Dropped: "rejected"}) }

// fail answers a frame otherwise than by its faces.
func (l *ledger) fail(f *frame, reply load.Reply) {
	l.mu.Lock()
	mine := l.take(f)
	l.mu.Unlock()
	if mine {
		f.reply(reply)
	}
}

// part notes that a detector is about to hand a frame's messages over, and what it has taken until now.
func (l *ledger) part(f *frame, s spans, now time.Time) {
	l.mu.Lock()
	f.spans, f.parted = s, now
	l.mu.Unlock()
}

// handOver notes that all messages of a frame are with the client. One without faces has its answer.
func (l *ledger) handOver(f *frame, now time.Time) {
	l.mu.Lock()
	_, waits := l.inside[f.number]
	if waits {
		f.handed, f.touched = now, now
		f.spans[producing] = now.Sub(f.parted)
	}
	done := f.left == 0 && l.take(f)
	l.mu.Unlock()
	if done {
		f.answer(1)
	}
}

// finished answers a frame all of whose faces its detector has identified itself.
func (l *ledger) finished(f *frame, s spans) {
	l.mu.Lock()
	f.spans = s
	mine := l.take(f)
	l.mu.Unlock()
	if mine {
		f.answer(max(f.faces, 1))
	}
}

// acknowledged hears what became of one of a frame's messages at the broker.
func (l *ledger) acknowledged(f *frame, bytes int, took time.Duration, err error) {
	l.mu.Lock()
	lost := false
	if f.unsent--; err == nil {
		f.touched = time.Now()
		l.messages.Sent++
		l.messages.AckedS += took
		l.messages.bytes += bytes
	} else {
		l.losses.Refused++
		l.say(fmt.Sprintf("a message was not sent: %v", err))
		if lost = l.take(f); lost && !l.stopped {
			l.losses.Frames++
		}
	}
	l.mu.Unlock()
	if lost {
		f.reply(load.Reply{Dropped: Lost})
	}
}

// Lost is why a frame is dropped of which a message was lost.
const Lost = "lost"

func (l *ledger) say(text string) {
	if l.losses.First == "" {
		l.losses.First = text
	}
}

// batch is what a consumer did to the faces that it worked on at once.
type batch struct {
	began                      time.Time // when it had them in hands
	unpacked, fitted, inferred time.Duration
	faces                      int
}

// identified counts a frame's faces down, and answers those of which it was the last.
func (l *ledger) identified(faces []header, b batch) {
	var done []*frame
	l.mu.Lock()
	now := time.Now()
	l.messages.got += len(faces)
	l.messages.times++
	for _, h := range faces {
		f := l.inside[h.frame]
		if f == nil || int(h.face) >= f.faces || f.seen[h.face] {
			l.losses.Repeated++
			continue
		}
		f.seen[h.face] = true
		f.touched = now
		if f.left--; f.left == 0 {
			l.take(f)
			f.finish(b)
			done = append(done, f)
		}
	}
	l.mu.Unlock()
	for _, f := range done {
		f.answer(b.faces)
	}
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

// note hears of what went wrong with no frame's message in particular.
func (l *ledger) note(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.say(err.Error())
}

// bad hears of a face that cannot be worked on.
func (l *ledger) bad(h header, err error) {
	l.mu.Lock()
	f := l.inside[h.frame]
	l.mu.Unlock()
	if f != nil {
		l.fail(f, load.Reply{Err: err})
	}
}

// watch gives frames up that have waited too long.
func (l *ledger) watch(ctx context.Context) {
	tick := time.NewTicker(max(l.patience/20, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			l.giveUp(now)
		}
	}
}

// giveUp gives up the frames all of whose messages were acknowledged, and of which nothing has been heard for too long: it
// takes those as vanished that have not come.
func (l *ledger) giveUp(now time.Time) {
	var lost []*frame
	l.mu.Lock()
	for _, f := range l.inside {
		if f.handed.IsZero() || f.unsent > 0 || now.Sub(f.touched) < l.patience {
			continue
		}
		l.take(f)
		l.losses.Frames++
		l.losses.Vanished += f.left
		l.say(fmt.Sprintf("%d messages of a frame that the broker had acknowledged did not come within %v", f.left, l.patience))
		lost = append(lost, f)
	}
	l.mu.Unlock()
	for _, f := range lost {
		f.reply(load.Reply{Dropped: Lost})
	}
}

// stop answers all frames that are left.
func (l *ledger) stop() {
	l.mu.Lock()
	l.stopped = true
	left := l.inside
	l.inside = map[uint64]*frame{}
	l.mu.Unlock()
	for _, f := range left {
		f.reply(load.Reply{Err: ErrStopped})
	}
}

func (l *ledger) lossesSoFar() Losses {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.losses
}

func (l *ledger) messagesSoFar() Messages {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.messages
	if m.Sent > 0 {
		m.AckS, m.Bytes = m.AckedS.Seconds()/float64(m.Sent), float64(m.bytes)/float64(m.Sent)
	}
	if m.times > 0 {
		m.Batch = float64(m.got) / float64(m.times)
	}
	return m
}

// Plus adds the losses of another run.
func (l Losses) Plus(other Losses) Losses {
	l.Frames += other.Frames
	l.Refused += other.Refused
	l.Vanished += other.Vanished
	l.Repeated += other.Repeated
	if l.First == "" {
		l.First = other.First
	}
	return l
}
