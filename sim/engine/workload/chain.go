package workload

import (
	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
)

// chain is the states of an MMPP.
type chain struct {
	speeds   []uint64
	sojourns []*random.Sampler
	first    []float64   // cumulative probabilities of the first state
	jumps    [][]float64 // and of the next one, by state
	silent   bool        // no state has arrivals
}

func (c *chain) start(stream func(purpose string) random.Stream) course {
	w := &walk{chain: c, stream: stream("modulation")}
	w.state = pick(c.first, w.stream.Float64())
	return w
}

// walk is a way through the states.
type walk struct {
	*chain
	stream random.Stream
	state  int
}

func (w *walk) next(wide) (s stretch, ok bool) {
	if w.silent {
		return stretch{}, false
	}
	length, speed := event.Time(w.sojourns[w.state].Draw(&w.stream)), w.speeds[w.state]
	w.state = pick(w.jumps[w.state], w.stream.Float64())
	return newStretch(length, speed, speed), true
}

// cumulative returns the running sums of weights, over their total: the last of them that counts is 1.
func cumulative(weights []float64) []float64 {
	sums := make([]float64, len(weights))
	total := 0.0
	for i, w := range weights {
		total += w
		sums[i] = total
	}
	for i := range sums {
		sums[i] /= total
	}
	return sums
}

// pick returns the index whose share of the unit interval u lies in, u being below 1.
func pick(cumulative []float64, u float64) int {
	for i, sum := range cumulative {
		if u < sum {
			return i
		}
	}
	panic("workload: the probabilities add up to less than 1")
}
