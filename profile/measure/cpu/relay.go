package cpu

import (
	"cmp"
	"context"
	"fmt"
	"image"
	"runtime"
	"sync/atomic"
	"time"

	"vsim/profile"
	"vsim/profile/device"
	"vsim/profile/device/tensor"
	"vsim/profile/measure"
	"vsim/profile/measure/input"
	"vsim/profile/measure/machine"
	"vsim/sim/engine/event"
	"vsim/sim/engine/recency"
)

// pauses are the times between requests after which stages are measured again.
var pauses = []time.Duration{0, 5 * time.Millisecond, 20 * time.Millisecond, 80 * time.Millisecond}

// relay is a server of one worker and one instance in small, to which one request comes at a time: who serves it has been idle, has
// to be woken, and works on what the other core has written. In a duet, the worker runs the model itself.
type relay struct {
	set      *input.Images
	model    string
	worker   *device.Preprocessor
	instance *instance // nil where no model runs on the CPU
	alone    bool      // the worker infers, too
	batch    int
	frame    *image.RGBA // that was decoded last in the caller's thread
	tensor   tensor.Tensor
	ring     []tensor.Tensor // the worker's, in turn: it goes on while the instance reads
	next     func() int
	requests chan hop // to the worker
	tensors  chan hop // to the instance
	answers  chan hop
}

// hop is a request on its way, with what it took. Times are readings of measure.Now.
type hop struct {
	due, sent             time.Duration // sent: by whoever had it last
	tensor                tensor.Tensor // of the worker
	besides               *atomic.Bool  // the instance is to infer, for nobody, until it is set; nil: a request
	decode, resize, infer time.Duration
	idleWorker            time.Duration
	idleInstance          time.Duration
	lately                recency.Idle // of the instance, since it began
	err                   error
}

// addRested measures the stages once more after pauses: of frames with the first model, and of faces that are cut out of them with the
// second, which reads them.
func (t *target) addRested() error {
	if len(t.cfg.Images) == 0 {
		return nil
	}
	frames := input.Middle(t.cfg.Images)
	if t.crops != t.frames {
		return t.addDuet(frames, t.cropSet())
	}
	return t.addRelay(frames, 0)
}

// addRelay adds the points of a set and of the model at a place of Models.
func (t *target) addRelay(set *input.Images, model int) error {
	r, err := t.newRelay(set, model, false)
	if err != nil {
		return err
	}
	steady := r.steady()
	for _, pause := range pauses {
		t.add(&measure.Point{Name: fmt.Sprintf("one request at a time, pause %v", pause), Chain: steady, Rested: r.rested(steady.Keys, pause)})
	}
	if r.instance != nil && t.cfg.Workers > 1 {
		t.addOverlaps(r, steady.Keys)
	}
	return nil
}

// inFlight is the most requests that are on their way at once, so that nobody waits to hand one on.
const inFlight = 2

func (t *target) newRelay(set *input.Images, model int, alone bool) (*relay, error) {
	source := t.sourceOf(set)
	worker, err := t.newPreprocessor(source)
	if err != nil {
		return nil, err
	}
	r := &relay{set: set, worker: worker, alone: alone, next: input.Shuffled(len(set.Files), 4), tensor: source.shape.New(),
		requests: make(chan hop, inFlight), tensors: make(chan hop, inFlight), answers: make(chan hop, inFlight)}
	for range inFlight + 1 {
		r.ring = append(r.ring, source.shape.New())
	}
	if model < len(t.cfg.Models) {
		m := t.cfg.Models[model]
		r.model, r.batch = m.Name, max(t.fixed[m.Name], 1)
		if r.instance, err = t.newInstance(m, 1, r.batch); err != nil {
			return nil, err
		}
	}
	go r.preprocess()
	go r.infer()
	t.closers = append(t.closers, func() { close(r.requests) })
	return r, nil
}

// ask sends a request and waits for the answer. It is due after a pause, and counts from then, as a load's latencies do: that the clock
// wakes its sender is part of what a pause costs.
func (r *relay) ask(pause time.Duration) hop {
	defer r.send(pause)()
	return <-r.answers
}

// askTwo sends a request after a pause and another, which waits for the instance until that is done with the first, and waits for both answers.
func (r *relay) askTwo(pause time.Duration) (first, second hop) {
	defer r.send(pause)()
	r.requests <- hop{sent: measure.Now()}
	return <-r.answers, <-r.answers
}

// send sends a request that is due after a pause, from a thread of its own until done is called.
func (r *relay) send(pause time.Duration) (done func()) {
	done = machine.Pace()
	due := measure.Now() + pause
	if pause > 0 {
		machine.SleepUntil(context.Background(), time.Now().Add(pause)) // no pause is so long that an interrupt would matter
	}
	r.requests <- hop{sent: due}
	return done
}

// preprocess is the worker.
func (r *relay) preprocess() {
	runtime.LockOSThread()
	defer close(r.tensors)
	done := measure.Now()
	n := 0
	for h := range r.requests {
		h.idleWorker = max(h.sent-done, 0)
		began := max(h.sent, done) // it may have waited
		h.tensor = r.ring[n%len(r.ring)]
		n++
		i := r.next()
		img, err := r.worker.Decode(r.set.Files[i])
		decoded := measure.Now()
		if h.err = r.set.Fault(i, err); err == nil {
			r.worker.Resize(img, h.tensor)
		}
		done = measure.Now()
		h.decode, h.resize, h.sent = decoded-began, done-decoded, done
		if !r.alone {
			r.tensors <- h
			continue
		}
		h.idleInstance = h.idleWorker
		h = r.inferred(h)
		done = h.sent + h.infer
		r.answers <- h
	}
}

// infer is the instance.
func (r *relay) infer() {
	runtime.LockOSThread()
	done, lately := measure.Now(), recency.Idle{}
	for h := range r.tensors {
		h.idleInstance = max(h.sent-done, 0)
		h.sent = max(h.sent, done)
		lately.Turn(event.Time(h.sent), true)
		h.lately = lately
		for h.besides != nil && h.err == nil && !h.besides.Load() {
			h.err = r.inferBatch(h.tensor)
		}
		if h.besides == nil {
			h = r.inferred(h)
		} else {
			h.infer = measure.Now() - h.sent
		}
		done = h.sent + h.infer
		lately.Turn(event.Time(done), false)
		r.answers <- h
	}
}

// inferred is a request with what its inference took, since it was sent there.
func (r *relay) inferred(h hop) hop {
	if r.instance != nil && h.err == nil {
		h.err = r.inferBatch(h.tensor)
	}
	h.infer = measure.Now() - h.sent
	return h
}

func (r *relay) inferBatch(t tensor.Tensor) error {
	for place := range r.batch {
		r.instance.Copy(place, t)
	}
	return r.instance.Infer(r.batch)
}

// How often the steady chain does each stage in a row, and how many of the first ones are left out: they find the caches as another stage has left
// them. A model takes longer to be back: with three inferences kept after one, ssdlite-small seemed to take 6.6 ms, and 6.2 by itself.
const (
	steadyJobs   = 8
	steadyInfers = 10
	coldInfers   = 5
)

// steady is the chain of the same stages without a pause, one stage after the other.
func (r *relay) steady() *measure.Chain {
	c := &measure.Chain{Keys: []profile.Key{
		{Stage: device.Decode, Resource: resource, Image: r.set.Name},
		{Stage: device.Resize, Resource: resource, Image: r.set.Name},
	}}
	if r.instance != nil {
		c.Keys = append(c.Keys, profile.Key{Stage: device.Infer, Resource: resource, Model: r.model, Batch: r.batch, Threads: 1})
	}
	c.Job = func(spans *measure.Burst) error { return r.inRow(spans, 0) }
	return c
}

// inRow does each stage several times in a row; its parts begin at a number.
func (r *relay) inRow(spans *measure.Burst, first int) error {
	for n := range steadyJobs {
		if _, err := r.preprocessed(spans, kept(first, n > 0)); err != nil {
			return err
		}
	}
	for n := 0; n < steadyInfers && r.instance != nil; n++ {
		at := measure.Now()
		if err := r.inferBatch(r.tensor); err != nil {
			return err
		}
		if n >= coldInfers {
			spans.Add(first+2, at)
		}
	}
	return nil
}

// kept numbers parts from a first one on, or leaves them out.
func kept(first int, keep bool) func(part int) int {
	return func(part int) int {
		if !keep {
			return measure.Skip
		}
		return first + part
	}
}

// preprocessed makes the tensor of the next picture in the caller's thread, and says when it was done.
func (r *relay) preprocessed(spans *measure.Burst, part func(int) int) (at time.Duration, err error) {
	i := r.next()
	at = measure.Now()
	img, err := r.worker.Decode(r.set.Files[i])
	if err != nil {
		return at, r.set.Fault(i, err)
	}
	at = spans.Add(part(0), at)
	r.frame = img
	r.worker.Resize(img, r.tensor)
	return spans.Add(part(1), at), nil
}

// rested is the chain of one request at a time, each so long after the answer to the one before. Where a model runs, every other time a second request comes
// right behind, and finds the instance as the first has left it; that first one is not kept, as the second is decoded beside it.
func (r *relay) rested(keys []profile.Key, pause time.Duration) *measure.Rested {
	idle := profile.Key{Stage: "idle", Resource: resource}
	out := &measure.Rested{Idle: []int{len(keys), len(keys), len(keys) + 1}[:len(keys)]}
	out.Keys = append(append(out.Keys, keys...), idle, idle)
	if r.instance != nil {
		out.Next = make([]int, len(keys))
		out.Next[len(keys)-1] = len(out.Keys)
		out.Keys = append(out.Keys, keys[len(keys)-1])
	}
	out.Job = func(spans *measure.Burst) error {
		h := r.ask(pause)
		for part, span := range []time.Duration{h.decode, h.resize, h.infer}[:len(keys)] {
			spans.Keep(part, float64(span))
		}
		spans.Keep(len(keys), float64(h.idleWorker))
		spans.Keep(len(keys)+1, float64(h.idleInstance))
		if r.instance == nil || h.err != nil {
			return h.err
		}
		first, next := r.askTwo(pause)
		spans.Keep(len(keys)+2, float64(next.infer))
		return cmp.Or(first.err, next.err)
	}
	return out
}
