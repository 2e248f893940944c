package sim

import (
	"math"

	"vsim/sim/event"
)

// resource is a Resource at run time. Jobs of one kind all run at one speed, so each kind keeps one
// clock of the service that a job present since the start would have got; a job that comes when the
// clock shows c and needs w is done when it shows c + w, whatever happens to the speed in between.
// (Virtual time, as in fair queueing: Parekh & Gallager 1993.)
type resource struct {
	law     law
	slot    int
	updated event.Time
	settled bool      // speeds and the due time fit the jobs present
	n       []int32   // jobs by kind
	served  []float64 // the kind's clock, ns; starts anew whenever the kind is empty
	speed   []float64
	finish  []event.Heap // by kind: jobs by the clock reading at which they are done
	next    int          // kind of the job that is done next
	busy    float64      // busy part of the capacity now
	busyNs  float64      // its integral since the start
}

func newResource(spec *Resource, slot int) resource {
	k := len(spec.Kinds)
	return resource{
		law: newLaw(spec), slot: slot, settled: true,
		n: make([]int32, k), served: make([]float64, k), speed: make([]float64, k), finish: make([]event.Heap, k),
	}
}

// advance moves the clocks to now.
func (r *resource) advance(now event.Time) {
	if now == r.updated {
		return
	}
	dt := float64(now - r.updated)
	r.updated = now
	r.busyNs += dt * r.busy
	for k, count := range r.n {
		if count > 0 {
			r.served[k] += dt * r.speed[k]
		}
	}
}

// add puts a job that needs work (ns at speed 1) on the resource. The clocks must be at now.
func (r *resource) add(job int32, kind int, work float64) {
	r.finish[kind].Push(clockKey(r.served[kind]+work), job)
	r.n[kind]++
}

// remove takes off the job that is done. The clocks must be at now.
func (r *resource) remove() (job int32) {
	k := r.next
	_, job = r.finish[k].Min()
	r.finish[k].Pop()
	r.n[k]--
	if r.n[k] == 0 {
		r.served[k] = 0
	}
	return job
}

// settle works out the speeds for the jobs present and when the first of them will be done.
func (r *resource) settle() event.Time {
	r.busy = r.law.speeds(r.n, r.speed)
	due, first := math.Inf(1), -1
	for k, count := range r.n {
		if count == 0 {
			continue
		}
		key, _ := r.finish[k].Min()
		if left := (clockReading(key) - r.served[k]) / r.speed[k]; left < due {
			due, first = left, k
		}
	}
	if first < 0 {
		return event.Never
	}
	r.next = first
	return r.updated + event.Time(math.Ceil(max(due, 0)))
}

// clockKey orders clock readings as integers: the bits of floats that are not negative sort like them.
func clockKey(reading float64) int64 { return int64(math.Float64bits(reading)) }

func clockReading(key int64) float64 { return math.Float64frombits(uint64(key)) }
