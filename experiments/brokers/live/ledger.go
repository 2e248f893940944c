package live

import (
	"context"
	"fmt"
	"sync"
	"time"

	"vsim/experiments/load"
	"vsim/sim/engine/random"
)

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

// waits says that a frame has no answer yet.
func (l *ledger) waits(f *frame) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.inside[f.number]
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
