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
)

// addOverlaps measures what the worker's stages, and inference, take longer beside an instance at work because threads are woken: the one that works after a pause, or
// another by it. They are compared with the same stages beside inference where nobody is woken, so that what neighbours cost is not in it.
func (t *target) addOverlaps(r *relay, keys []profile.Key) error {
	pre, infer := keys[:2:2], keys[2:]
	beside := r.besideInference(pre)
	t.add(&measure.Point{Name: "a request while another is inferred", Chain: beside, Rested: r.meanwhile(pre)})
	t.add(&measure.Point{Name: "the second of two requests", Chain: beside, Rested: r.onward(pre)})
	other, err := t.newRelay(r.set, 0, false)
	if err != nil {
		return err
	}
	t.add(&measure.Point{Name: "inference after a pause beside another", Chain: r.inferBeside(other, infer), Rested: r.wokenBeside(other, infer)})
	return nil
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

// inferBeside is the chain of inferences in a row while another instance infers without a pause.
func (r *relay) inferBeside(other *relay, keys []profile.Key) *measure.Chain {
	return &measure.Chain{Keys: keys, Job: func(spans *measure.Burst) error {
		return other.during(func() error {
			for from, n := measure.Now()+besideCold, 0; n < steadyInfers-coldInfers; {
				at := measure.Now()
				if err := r.inferBatch(r.tensor); err != nil {
					return err
				}
				if at >= from {
					spans.Add(0, at)
					n++
				}
			}
			return nil
		})
	}}
}

// wokenBeside is the chain of requests, each after a pause of worker and instance, while another instance infers without one.
func (r *relay) wokenBeside(other *relay, keys []profile.Key) *measure.Rested {
	out := r.overlapping(keys)
	out.Job = func(spans *measure.Burst) error {
		return other.during(func() error {
			for range besideAsked {
				h := r.ask(anyPause())
				if h.err != nil {
					return h.err
				}
				spans.Keep(0, float64(h.infer))
				spans.Keep(1, float64(h.idleInstance))
			}
			return nil
		})
	}
	return out
}

// besideAsked is how many requests are sent while the other instance infers.
const besideAsked = 4

// besideCold is for how long the stages are done before any is kept: the instance has been woken right before, and shares a core with who woke it for
// some ticks of the kernel.
const besideCold = 20 * time.Millisecond

// usualPause is the mean of the pauses before requests, which come as if by a Poisson process: at times that no tick of the kernel knows of.
const usualPause = 20 * time.Millisecond

func anyPause() time.Duration {
	return min(time.Duration(rand.ExpFloat64()*float64(usualPause)), 5*usualPause)
}

// meanwhile is the chain of a request that comes after a pause of the worker while the instance infers the one before.
func (r *relay) meanwhile(keys []profile.Key) *measure.Rested {
	out := r.overlapping(keys)
	before, infer := time.Duration(0), time.Duration(0) // what the last one took until it was inferred, and then
	out.Job = func(spans *measure.Burst) error {
		first, next := r.askWhile(anyPause(), before+before/8+time.Duration(rand.Float64()*float64(max(infer-before/4, 0))))
		if err := cmp.Or(first.err, next.err); err != nil {
			return err
		}
		if came := next.due; before > 0 && next.idleWorker > 0 && came < first.sent+first.infer {
			r.keepOverlap(spans, next, next.idleWorker)
		}
		before, infer = first.decode+first.resize, first.infer
		return nil
	}
	return out
}

// onward is the chain of the second of two requests at once: the worker has just woken the instance with the first.
func (r *relay) onward(keys []profile.Key) *measure.Rested {
	out := r.overlapping(keys)
	out.Job = func(spans *measure.Burst) error {
		first, next := r.askTwo(anyPause())
		if err := cmp.Or(first.err, next.err); err != nil {
			return err
		}
		r.keepOverlap(spans, next, 0)
		return nil
	}
	return out
}

// overlapping is a chain of the worker's stages beside inference, as yet without a job.
func (r *relay) overlapping(keys []profile.Key) *measure.Rested {
	out := noIdle(keys)
	for range keys {
		out.BesideStage = append(out.BesideStage, device.Infer)
	}
	return out
}

func (r *relay) keepOverlap(spans *measure.Burst, h hop, idle time.Duration) {
	spans.Keep(0, float64(h.decode))
	spans.Keep(1, float64(h.resize))
	spans.Keep(2, float64(idle))
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
