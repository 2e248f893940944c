package validate

import (
	"fmt"
	"math"
	"time"
)

// The rule for how long a case runs is that of MLPerf LoadGen's early stopping (mlcommons/inference, loadgen/early_stopping.cc;
// Reddi et al., arXiv:1911.02549): so many requests are needed that what is said of a percentile holds with a confidence.
// LoadGen asks whether a percentile is below a limit; here both ends of its distribution-free interval must exist. That the
// 99th percentile lies below the largest of n independent latencies has probability 1-0.99^n; 97.5 %, one side of 95 %,
// takes n = 368.
//
// Latencies in a queue are not independent, which LoadGen leaves aside: at load 0.9 some 360 in a row say as much as one.
const (
	percentile = 0.99
	oneSide    = 0.025 // what is beyond one end of a 95 % interval
)

// independent is how many independent latencies bound the percentile.
var independent = math.Ceil(math.Log(oneSide) / math.Log(percentile))

// alike is how many requests in a row say as much as one alone: the asymptotic variance of the mean wait in an M/M/1 queue at a load
// over the variance of one wait (Daley 1968, The serial correlation coefficients of waiting times). Batches and cores make
// other queues of it, of the same order.
func alike(load float64) float64 {
	return (2 + 5*load - 4*load*load + load*load*load) / ((2 - load) * (1 - load) * (1 - load))
}

// highestLoad is where more load lengthens a run no more; a queue that is beyond its capacity has no length.
const highestLoad = 0.95

// wish is how long a case should run for its percentile, by the rule, at its rate in requests/s.
func wish(load, rps float64) time.Duration {
	return time.Duration(independent * alike(math.Min(load, highestLoad)) / rps * float64(time.Second))
}

// lengthen gives the open loops the time that the level has left: each as long as the rule wants it, none above the length at which the
// time is used up. Traffic that repeats itself keeps its whole periods.
func (v *validation) lengthen() {
	if v.m.level == "" || v.opt.Limit > 0 {
		return
	}
	e := efforts[v.m.level]
	wishes := map[*Case]time.Duration{}
	for _, c := range v.cases {
		if _, length, _ := period(c.Scenario); c.free && c.Load > 0 && length == 0 {
			wishes[c] = min(max(wish(c.Load, c.rps), e.least), e.most)
		}
	}
	longest := v.longest(wishes, e)
	for c, wanted := range wishes {
		c.Measure = min(wanted, longest).Truncate(100 * time.Millisecond)
	}
}

// longest is the length above which no case may run, so that all of them end in time.
func (v *validation) longest(wishes map[*Case]time.Duration, e effort) time.Duration {
	low, high := e.least, e.most
	for high-low > 50*time.Millisecond {
		middle := (low + high) / 2
		for c, wanted := range wishes {
			c.Measure = min(wanted, middle)
		}
		if v.planned() <= e.all-v.pace.since() {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// planned is how long all live runs will take, with the profiling between them and the predictions at the end.
func (v *validation) planned() time.Duration {
	all := v.duration(v.runs())
	return all + (all-v.pace.atEnd)/forRepeats
}

// forRepeats is how many live runs there is time to repeat one for, where the machine was slower.
const forRepeats = 10

func (v *validation) duration(runs []liveRun) time.Duration {
	total := v.pace.atEnd
	for _, r := range runs {
		total += v.pace.cost(r.c) + v.opt.Slice
	}
	return total
}

// late says whether another attempt at a run would take time that its level has not got.
func (v *validation) late(r liveRun, left []liveRun) bool {
	return v.m.level != "" && v.pace.since()+v.duration(append([]liveRun{r}, left...)) > efforts[v.m.level].all
}

// announce says what is about to run.
func (v *validation) announce() string {
	return fmt.Sprintf("%d cases, %d runs each, about %s", len(v.cases), v.opt.Rounds, minutes(max(0, min(v.planned(), v.pace.left()))))
}

func minutes(d time.Duration) string {
	if d < 90*time.Second {
		return fmt.Sprintf("%.0f seconds", d.Seconds())
	}
	return fmt.Sprintf("%.0f minutes", d.Minutes())
}
