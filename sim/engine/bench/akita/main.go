// Command akita runs the two models on akita's serial engine and prints
// engine, model, events, user CPU seconds and mean latency in ns. It is a
// module of its own, so that akita stays out of vsim's dependencies.
//
// Usage: akita documented|reused mm1|network EVENTS. The documented way makes
// an event with timing.MakeEventBase for everything scheduled; "reused" is the
// fastest that the engine allows: every component keeps its one event and
// schedules it again. Random numbers and histogram are as cheap as ours.
package main

import (
	"fmt"
	"math"
	"math/bits"
	"os"
	"strconv"
	"syscall"

	"github.com/sarchlab/akita/v5/timing"
)

// pending is an event of one component.
type pending struct {
	timing.EventBase
	server int
	void   bool // cancelled
}

// world is what both models have.
type world struct {
	engine        *timing.SerialEngine
	reuse         bool
	now           int64 // ns
	events, limit int64
	state         uint64
	counts        [58 << 7]int64
	n, sum        int64
}

// schedule makes a component's event due and returns it: e itself, or another
// like it.
func (w *world) schedule(e *pending, at int64) *pending {
	due := timing.VTimeInPicoSec(at * 1000)
	if w.reuse {
		e.Time_ = due
	} else {
		e = &pending{timing.MakeEventBase(due, e.HandlerID_), e.server, false}
	}
	w.engine.Schedule(e)
	return e
}

// newPending returns the event that stands for a component.
func newPending(handler string, server int) pending {
	return pending{EventBase: timing.EventBase{HandlerID_: handler}, server: server}
}

// begin counts an event; after the last, nothing is scheduled any more.
func (w *world) begin(e *pending) bool {
	w.now = int64(e.Time_ / 1000)
	if e.void || w.events == w.limit {
		return false
	}
	w.events++
	return true
}

func (w *world) exponential(meanNs float64) int64 {
	w.state += 0xa0761d6478bd642f
	hi, lo := bits.Mul64(w.state, w.state^0xe7037ed1a0b428db)
	return int64(-math.Log(float64((hi^lo)>>11+1)*0x1p-53)*meanNs + 0.5)
}

func (w *world) record(v int64) {
	shift := max(bits.Len64(uint64(v))-8, 0)
	w.counts[shift<<7+int(v>>shift)]++
	w.n++
	w.sum += v
}

func main() {
	events, err := strconv.ParseInt(os.Args[3], 10, 64)
	if err != nil {
		panic(err)
	}
	w := &world{engine: timing.NewSerialEngine(), reuse: os.Args[1] == "reused", limit: events, state: 1}
	switch os.Args[2] {
	case "mm1":
		startMM1(w)
	case "network":
		startNetwork(w)
	default:
		panic("want mm1 or network")
	}
	before := userSeconds()
	if err := w.engine.Run(); err != nil {
		panic(err)
	}
	fmt.Printf("akita-v5/%s %s %d %.4f %.1f\n", os.Args[1], os.Args[2], w.events, userSeconds()-before, float64(w.sum)/float64(w.n))
}

func userSeconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return float64(usage.Utime.Nano()) / 1e9
}
