package cpu

import (
	"cmp"
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"vsim/profile"
	"vsim/profile/device"
	"vsim/profile/measure"
	"vsim/profile/measure/machine"
	"vsim/sim/engine/event"
)

// addOverlaps measures what the worker's stages and inference take longer because threads are woken while others work. The worker's are compared with those
// beside inference where nobody is woken, so that what neighbours cost is not in it, and inference with that of single requests after the same pauses.
func (t *target) addOverlaps(r *relay, keys []profile.Key) {
	pre, infer := keys[:2:2], keys[2:]
	beside, single := r.besideInference(pre), r.single(infer)
	t.add(&measure.Point{Name: "a request while another is inferred", Chain: beside, Rested: r.meanwhile(overlap{pre, device.Infer, worked})})
	t.add(&measure.Point{Name: "the second of two requests", Chain: beside, Rested: r.onward(overlap{pre, device.Infer, worked})})
	t.add(&measure.Point{Name: "inference while another request comes", Chain: single, Rested: r.meanwhile(overlap{infer, device.Decode, interrupted})})
	t.add(&measure.Point{Name: "inference of the first of two requests", Chain: single, Rested: r.onward(overlap{infer, device.Decode, inferred})})
}

// overlap is what is kept of two requests of which the second comes before the first is done.
type overlap struct {
	keys   []profile.Key
	beside string // stage of the other's worker
	of     func(first, next hop) (spans []time.Duration, idle time.Duration)
}

// worked is what the worker does with the second, after a pause or none.
func worked(_, next hop) (spans []time.Duration, idle time.Duration) {
	return []time.Duration{next.decode, next.resize}, next.idleWorker
}

// inferred is the inference of the first.
func inferred(first, _ hop) (spans []time.Duration, idle time.Duration) {
	return []time.Duration{first.infer}, first.idleInstance
}

// interrupted is that, too, where the worker is woken meanwhile: pauses before it are in what it is compared with.
func interrupted(first, _ hop) (spans []time.Duration, idle time.Duration) {
	return []time.Duration{first.infer}, 0
}

func (o *overlap) keep(spans *measure.Burst, first, next hop) {
	kept, idle := o.of(first, next)
	for part, span := range kept {
		spans.Keep(part, float64(span))
	}
	spans.Keep(len(kept), float64(idle))
	spans.Keep(len(kept)+1, first.lately.At(event.Time(max(next.due, first.sent))))
}

// rested is the chain of it, as yet without a job.
func (o *overlap) rested() *measure.Rested {
	out := noIdle(o.keys)
	out.Keys, out.BesideIdle = append(out.Keys, profile.Key{Stage: "idle lately", Resource: resource}), len(out.Keys)
	for range o.keys {
		out.BesideStage = append(out.BesideStage, o.beside)
	}
	return out
}

// during has the instance infer for nobody while something is done.
func (r *relay) during(do func() error) error {
	stop := new(atomic.Bool)
	r.tensors <- hop{tensor: r.ring[0], besides: stop}
	err := do()
	stop.Store(true)
	return cmp.Or(err, (<-r.answers).err)
}

// besideInference is the chain of the worker's stages in a row while the instance infers without a pause.
func (r *relay) besideInference(keys []profile.Key) *measure.Chain {
	return &measure.Chain{Keys: keys, Job: func(spans *measure.Burst) error {
		return r.during(func() (err error) {
			for from := measure.Now() + besideCold; err == nil && measure.Now() < from; {
				_, err = r.preprocessed(nil, kept(0, false))
			}
			for n := 0; n < steadyJobs && err == nil; n++ {
				_, err = r.preprocessed(spans, kept(0, true))
			}
			return err
		})
	}}
}

// single is the chain of the inference of single requests, after pauses.
func (r *relay) single(keys []profile.Key) *measure.Chain {
	return &measure.Chain{Keys: keys, Job: func(spans *measure.Burst) error {
		h := r.ask(anyPause())
		spans.Keep(0, float64(h.infer))
		return h.err
	}}
}

// besideCold is for how long the stages are done before any is kept: the instance has been woken right before, and shares a core with who woke it for
// some ticks of the kernel.
const besideCold = 20 * time.Millisecond

// usualPause is the mean of the pauses before requests, which come as if by a Poisson process: at times that no tick of the kernel knows of.
const usualPause = 20 * time.Millisecond

func anyPause() time.Duration {
	return min(time.Duration(rand.ExpFloat64()*float64(usualPause)), 5*usualPause)
}

// meanwhile is the chain of a request that comes after a pause of the worker while the instance infers the one before.
func (r *relay) meanwhile(o overlap) *measure.Rested {
	out := o.rested()
	before, infer := time.Duration(0), time.Duration(0) // what the last one took until it was inferred, and then
	out.Job = func(spans *measure.Burst) error {
		first, next := r.askWhile(anyPause(), before+before/8+time.Duration(rand.Float64()*float64(max(infer-before/4, 0))))
		if err := cmp.Or(first.err, next.err); err != nil {
			return err
		}
		if came := next.due; before > 0 && next.idleWorker > 0 && came < first.sent+first.infer {
			o.keep(spans, first, next)
		}
		before, infer = first.decode+first.resize, first.infer
		return nil
	}
	return out
}

// onward is the chain of the second of two requests at once: the worker has just woken the instance with the first.
func (r *relay) onward(o overlap) *measure.Rested {
	out := o.rested()
	out.Job = func(spans *measure.Burst) error {
		first, next := r.askTwo(anyPause())
		if err := cmp.Or(first.err, next.err); err != nil {
			return err
		}
		o.keep(spans, first, next)
		return nil
	}
	return out
}

// askWhile sends a request after a pause and another so long after that, and waits for both answers.
func (r *relay) askWhile(pause, later time.Duration) (first, next hop) {
	defer machine.Pace()()
	due := measure.Now() + pause
	for _, at := range []time.Duration{due, due + later} {
		machine.SleepUntil(context.Background(), time.Now().Add(at-measure.Now()))
		r.requests <- hop{sent: at, due: at}
	}
	return <-r.answers, <-r.answers
}
