package cpu

import (
	"fmt"
	"time"

	"vsim/profile"
	"vsim/profile/device/crop"
	"vsim/profile/measure"
	"vsim/profile/measure/input"
)

// duet is a detector and what identifies its faces, each a worker that does everything of its own itself. One finds the caches as the
// other has left them.
type duet struct {
	detector, identifier *relay
}

// addDuet measures the stages of both once more as they come in turn: by themselves, in one worker, and with a pause in between.
func (t *target) addDuet(frames, crops *input.Images) error {
	d := duet{}
	var err error
	if d.detector, err = t.newRelay(frames, 0, true); err != nil {
		return err
	}
	if d.identifier, err = t.newRelay(crops, 1, true); err != nil {
		return err
	}
	for _, r := range []*relay{d.detector, d.identifier} {
		t.add(&measure.Point{Name: "in turn, " + r.set.Name, Chain: r.steady(), Rested: r.inTurn()})
	}
	if err := d.addCrop(t); err != nil {
		return err
	}
	both := d.steady()
	t.add(&measure.Point{Name: "in turn, both models", Chain: both, Rested: d.inTurn(both.Keys)})
	for _, pause := range pauses {
		t.add(&measure.Point{Name: fmt.Sprintf("one frame at a time, pause %v", pause), Chain: both, Rested: d.rested(both.Keys, pause)})
	}
	for _, pause := range pauses[1:] {
		t.add(&measure.Point{Name: fmt.Sprintf("one frame at a time, %v of the other model", pause), Chain: both, Rested: d.beside(both.Keys, pause)})
	}
	return nil
}

// addCrop measures what cutting a frame's faces out costs once more where the worker has run its model on the frame before.
func (d *duet) addCrop(t *target) error {
	steady, err := t.cut(d.detector.set)
	if err != nil {
		return err
	}
	cutter, err := t.newCutter()
	if err != nil {
		return err
	}
	out, frames := noIdle(steady.Keys), uint64(0)
	out.After = []string{d.detector.model}
	out.Job = func(spans *measure.Burst) error {
		if err := d.detector.one(nil, 0, false); err != nil {
			return err
		}
		frames++
		box := crop.Boxes(nil, d.detector.frame.Rect, 1, frames)[0]
		at := measure.Now()
		if _, err := cutter.Cut(d.detector.frame, box); err != nil {
			return err
		}
		spans.Add(0, at)
		spans.Keep(1, 0)
		return nil
	}
	t.add(&measure.Point{Name: "in turn, crop " + d.detector.set.Name, Chain: steady, Rested: out})
	return nil
}

// turns are how often jobs come in turn; the first ones find the caches as others have left them.
const turns = 4

// noIdle is the part of a worker that has no pause.
func noIdle(keys []profile.Key) *measure.Rested {
	out := &measure.Rested{Chain: measure.Chain{Keys: append(keys[:len(keys):len(keys)], profile.Key{Stage: "idle", Resource: resource})}}
	for range keys {
		out.Idle = append(out.Idle, len(keys))
	}
	return out
}

// inTurn is the chain of requests one after the other: all that the worker does with each.
func (r *relay) inTurn() *measure.Rested {
	out := noIdle(r.steady().Keys)
	out.Job = func(spans *measure.Burst) error {
		for n := range turns {
			if err := r.one(spans, 0, n > 0); err != nil {
				return err
			}
		}
		spans.Keep(len(out.Keys)-1, 0)
		return nil
	}
	return out
}

// one serves a request in the caller's thread.
func (r *relay) one(spans *measure.Burst, first int, keep bool) error {
	part := kept(first, keep)
	at, err := r.preprocessed(spans, part)
	if err == nil {
		err = r.inferBatch(r.tensor)
	}
	if err != nil {
		return err
	}
	spans.Add(part(2), at)
	return nil
}

// steady is the chain of both.
func (d *duet) steady() *measure.Chain {
	c := &measure.Chain{Keys: append(d.detector.steady().Keys, d.identifier.steady().Keys...)}
	c.Job = func(spans *measure.Burst) error {
		if err := d.detector.inRow(spans, 0); err != nil {
			return err
		}
		return d.identifier.inRow(spans, len(c.Keys)/2)
	}
	return c
}

// inTurn is the chain of one worker that runs both models, frame by frame with one face each.
func (d *duet) inTurn(keys []profile.Key) *measure.Rested {
	out := noIdle(keys)
	half := len(keys) / 2
	for n := range keys {
		other := d.identifier.model
		if n >= half {
			other = d.detector.model
		}
		out.After = append(out.After, other)
	}
	out.Job = func(spans *measure.Burst) error {
		for n := range turns {
			if err := d.detector.one(spans, 0, n > 0); err != nil {
				return err
			}
			if err := d.identifier.one(spans, half, n > 0); err != nil {
				return err
			}
		}
		spans.Keep(len(keys), 0)
		return nil
	}
	return out
}

// rested is the chain of one frame at a time and then one of its faces, each frame so long after the face of the one before.
func (d *duet) rested(keys []profile.Key, pause time.Duration) *measure.Rested {
	return d.oneByOne(keys, func(n int) error {
		if n == 0 {
			time.Sleep(pause)
		}
		return nil
	})
}

// beside is the chain of a frame after a pause in which the other worker has identified faces, and of a face after one in which it has
// detected them.
func (d *duet) beside(keys []profile.Key, pause time.Duration) *measure.Rested {
	others := []*relay{d.identifier, d.detector}
	out := d.oneByOne(keys, func(n int) error {
		for end := measure.Now() + pause; measure.Now() < end; {
			if h := others[n].ask(0); h.err != nil {
				return h.err
			}
		}
		return nil
	})
	for n := range keys {
		out.Beside = append(out.Beside, others[2*n/len(keys)].model)
	}
	return out
}

// oneByOne is the chain of one frame, which is request 0, and then one face, 1; before comes before each.
func (d *duet) oneByOne(keys []profile.Key, before func(n int) error) *measure.Rested {
	half := len(keys) / 2
	idle := profile.Key{Stage: "idle", Resource: resource}
	out := &measure.Rested{Chain: measure.Chain{Keys: append(keys[:len(keys):len(keys)], idle, idle)}}
	for n := range keys {
		out.Idle = append(out.Idle, len(keys)+n/half)
	}
	out.Job = func(spans *measure.Burst) error {
		for n, r := range []*relay{d.detector, d.identifier} {
			if err := before(n); err != nil {
				return err
			}
			h := r.ask(0)
			if h.err != nil {
				return h.err
			}
			for part, span := range []time.Duration{h.decode, h.resize, h.infer} {
				spans.Keep(n*half+part, float64(span))
			}
			spans.Keep(len(keys)+n, float64(h.idleWorker))
		}
		return nil
	}
	return out
}
