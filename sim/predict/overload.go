package predict

import (
	"fmt"
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/stat"

	"vsim/sim/engine"
	"vsim/sim/engine/stats"
)

const (
	// plain is the confidence with which the number inside must be seen to grow. It is looked at after
	// every round, and a queue at a load just below 1 that started empty does grow for long: by some 1.3
	// of its standard errors whenever one looks (reflected Brownian motion), which is what this level
	// leaves room for. TestOverloadByLoad counts.
	plain = 0.9999
	// fills is how many times a request's way through the empty system must lie behind a study before
	// growth means anything: until then a pipeline merely fills.
	fills = 8
	// minArrived is the number of requests that a verdict needs.
	minArrived = 20_000
)

// grows says that an open loop takes in more than it can serve, so that it has no steady state: for some
// rounds in a row, the number of requests inside has grown in a straight line beyond doubt since the
// warm-up, and completions have stayed behind what is offered in the long run.
func (s *study) grows() bool {
	if s.grown++; !s.growing() {
		s.grown = 0
	}
	s.overloaded = s.grown == inARow
	return s.overloaded
}

func (s *study) growing() bool {
	if !open(s.sys) || !s.filled() {
		return false
	}
	arrived := int64(0)
	for i := range s.windows {
		arrived += s.windows[i].Arrived
	}
	return arrived > minArrived && s.throughput.High < offered(s.sys) && s.growth(plain).Low > 0 && !s.levelsOff()
}

// levelsOff says that a fleet's growth slows down: so much happens in it at once that the last of its filling is beyond doubt,
// too.
func (s *study) levelsOff() bool {
	first, second := 0.0, 0.0
	for _, r := range s.runs {
		n, _ := r.Blocks()
		from := s.warmup(r)
		middle := (from + n) / 2
		first += r.BlockInside(middle) - r.BlockInside(from)
		second += r.BlockInside(n-1) - r.BlockInside(middle)
	}
	return s.sys.Servers.Count > 1 && second < steadily*first
}

// steadily is the part of its growth in the first half of a window that a queue without bound has in the second, at least.
const steadily = 0.7

// growth is the rate at which the number of requests inside grows, in requests/s: the slope of the
// least-squares line through a replication's blocks (or whole cycles of its traffic) since the warm-up,
// averaged over replications.
func (s *study) growth(confidence float64) stats.Interval {
	var slopes []float64
	for _, r := range s.runs {
		slopes = append(slopes, s.slope(r))
	}
	return stats.MeanInterval(slopes, confidence)
}

func (s *study) slope(r *engine.Run) float64 {
	n, length := r.Blocks()
	per := whole(s.sys, r)
	var at, inside []float64
	for i := s.warmup(r); i+per <= n; i += per {
		mean := 0.0
		for k := range per {
			mean += r.BlockInside(i+k) / float64(per)
		}
		at, inside = append(at, (float64(i)+float64(per)/2)*length.Seconds()), append(inside, mean)
	}
	if len(at) < 2 { // flooded at once
		return float64(r.Inside()) * 1e9 / float64(max(r.Now(), 1))
	}
	_, slope := stat.LinearRegression(at, inside, nil, false)
	return slope
}

// filled says that the warm-up was long enough for the system to fill, and that the number inside is
// beyondRoom.
func (s *study) filled() bool {
	cut := s.cut()
	if cut < fills*way(s.sys) || cut < lastOutage(s.sys) || s.cycles(s.runs[0]) < 2 {
		return false
	}
	return s.beyondRoom()
}

// beyondRoom says that more requests are inside than bounded queues hold: those reject when they are full, and do not grow.
func (s *study) beyondRoom() bool {
	inside := 0.0
	for _, r := range s.runs {
		n, _ := r.Blocks()
		inside += r.BlockInside(n-1) / float64(len(s.runs))
	}
	return inside > room(s.sys)
}

// way is the longest mean time of a request through the system when it is alone, waiting for batches and
// timeouts included.
func way(sys *engine.System) time.Duration {
	total := time.Duration(0)
	for _, node := range sys.Route {
		longest := time.Duration(0)
		for _, p := range node.Pools {
			longest = max(longest, visit(sys, &sys.Pools[p]))
		}
		total += longest
	}
	return total
}

// longestVisit keeps the sum over a way within the integers, ns.
const longestVisit = 1 << 54

// visit is the longest mean time of a full batch in an empty pool.
func visit(sys *engine.System, p *engine.Pool) time.Duration {
	ns := 0.0
	for i := range p.Steps {
		step := &p.Steps[i]
		longest := 0.0
		for _, row := range step.Service.At {
			for _, s := range row {
				longest = max(longest, s.Mean())
			}
		}
		if step.Service.PerItem {
			longest *= math.Ceil(float64(max(p.Batch.Largest(largest(sys)), 1)) / float64(step.AtOnce()))
		}
		if speed := sys.Resources[step.Resource[0]].Speed; speed > 0 {
			longest /= speed
		}
		ns += longest
	}
	patience := time.Duration(0)
	for _, q := range p.Batch.Queues {
		patience = max(patience, q.Timeout)
	}
	return time.Duration(min(ns, longestVisit)) + p.Batch.Longest() + patience
}

// largest is the number of items of the largest requests.
func largest(sys *engine.System) int {
	most := 1
	for i := range sys.Classes {
		if c := sys.Classes[i].Items; c != nil {
			most = max(most, c.Max())
		}
	}
	return most
}

// room is how many requests there can be at the most in queues and memories that reject when they are full.
func room(sys *engine.System) float64 {
	places := 0.0
	for i := range sys.Pools {
		p := &sys.Pools[i]
		for _, q := range p.Batch.Queues {
			places += float64(q.Limit)
		}
		if h := p.Take; h != nil && sys.Memories[h.Memory].Full == engine.Reject {
			places += sys.Memories[h.Memory].SizeBytes / slices.Min(h.SizeBytes)
		}
	}
	return places
}

// keepsUp says that a study which stopped before it had met its goals has still shown that the system keeps up, to within the goal
// of its throughput. A closed loop always does, and so does a day whose peak does.
func (s *study) keepsUp() bool {
	switch {
	case !open(s.sys) || s.day != nil:
		return true
	case s.flooded || s.completed() < minCompleted || !s.wholeSeen():
		return false
	}
	return s.growth(level).High <= s.opt.ThroughputGoal*offered(s.sys)
}

// giveUp says why a study stops that has met neither its goals nor a verdict: it has used up its events,
// or holds as many requests as it may, which is overload when it goes on beyond doubt.
func (s *study) giveUp() {
	switch {
	case s.flooded && open(s.sys) && cycle(s.sys) == 0 && s.growth(level).Low > 0 && float64(s.most) > 4*holds(s.sys):
		s.overloaded = true
	case s.flooded && (s.sys.Source.Clients > 0 || s.most < mayHold(s.sys)):
		s.clockEnded, s.doubt = true, s.clockEnds()
	case s.flooded:
		s.doubt = fmt.Sprintf("stopped with more than %d requests inside, which may be what the system holds or a queue that grows without bound", s.most)
	case s.day == nil && !s.wholeSeen():
		s.doubt = fmt.Sprintf("stopped after %d events, %v into traffic that repeats itself every %v; figures are of that part of it, from its start; run.max_events = %.0f sees all of it",
			s.events(), time.Duration(s.runs[0].Now()).Round(time.Second), cycle(s.sys), roundUp(s.eventsOfCycles()))
	case finite(s.sys):
		s.doubt = fmt.Sprintf("stopped after %d events, before the last request had left; figures are of what came so far", s.events())
	default:
		s.doubt = s.stopped() + s.growingSoFar() + s.emptyingSoFar()
	}
}

// growingSoFar says of a study that stopped too early to tell that it looks like overload: its latencies are those of a queue that
// still grew.
func (s *study) growingSoFar() string {
	growth := s.growth(level)
	if !open(s.sys) || s.day != nil || s.throughput.High >= offered(s.sys) || growth.Low <= 0 || !s.beyondRoom() {
		return ""
	}
	return fmt.Sprintf("; the requests inside grew by %.3g every second: perhaps more arrive than can be served, and latencies then grow for as long as one looks; run.max_events = %.0f tells more",
		s.opt.Fleet*growth.Value, roundUp(10*float64(s.events())))
}

// emptyingSoFar says of a study that stopped that it served more than arrives in the long run, as where batches take in minutes of
// traffic and few of them fit into it.
func (s *study) emptyingSoFar() string {
	if !s.rateKnown() || s.throughput.Low <= offered(s.sys)*(1+s.opt.ThroughputGoal) {
		return ""
	}
	return fmt.Sprintf("; more was served than arrives, as some of it arrived before: a throughput is no more than the %.6g/s that arrive; run.max_events = %.0f tells more",
		s.opt.Fleet*offered(s.sys), roundUp(10*float64(s.events())))
}

// stopped says after how much a study stops whose intervals are wider than asked.
func (s *study) stopped() string {
	if s.throughput.Value == 0 {
		return fmt.Sprintf("stopped after %d events, before any request was served", s.events())
	}
	return fmt.Sprintf("stopped after %d events before the intervals were as narrow as asked: throughput ±%.1f %%, p99 ±%.1f %%",
		s.events(), 100*s.throughput.RelativeHalfWidth(), 100*s.p99.RelativeHalfWidth())
}

// clockEnds says that the times are too long to be simulated on.
func (s *study) clockEnds() string {
	return fmt.Sprintf("stopped after %.0f h of simulated time, as the clock cannot hold more of times so long; throughput ±%.1f %%, p99 ±%.1f %%",
		time.Duration(s.runs[0].Now()).Hours(), 100*s.throughput.RelativeHalfWidth(), 100*s.p99.RelativeHalfWidth())
}

// TooLongError says that no request is served within all the time that the clock can hold.
type TooLongError struct{ Simulated time.Duration }

func (e *TooLongError) Error() string {
	return fmt.Sprintf("no request is done within %.0f h of simulated time, all that the clock can hold with so many requests inside; shorten the times, or let fewer requests in", e.Simulated.Hours())
}

// tooLong is that error where the clock has ended before anything was served.
func (s *study) tooLong() error {
	if !s.clockEnded || s.throughput.Value > 0 {
		return nil
	}
	return &TooLongError{time.Duration(s.runs[0].Now())}
}

// holds is the most requests that are being served at once by a system without queues.
func holds(sys *engine.System) float64 {
	places := 0.0
	for i := range sys.Pools {
		p := &sys.Pools[i]
		if p.Workers == 0 {
			places = math.Inf(1)
		}
		places += float64(p.Workers * max(p.Batch.Largest(1), 1))
	}
	return min(places, offered(sys)*way(sys).Seconds())
}

// capacityKnown says that an overloaded system was simulated for long enough to tell what it serves: where far more
// arrives, it is full of requests before it has served any number of them.
func (s *study) capacityKnown() bool {
	for i := range s.windows {
		if s.windows[i].Completed < fewest {
			return false
		}
	}
	return s.throughput.RelativeHalfWidth() <= 0.5
}

// fewest requests of a replication tell its rate: a window may cut off one of them.
const fewest = 20

// forgetRates takes out of a prediction what its capacity would be needed for.
func forgetRates(p *Prediction) {
	p.ThroughputRPS, p.ItemsPerS = nothing(), nil
	for i := range p.Classes {
		p.Classes[i].ThroughputRPS = nothing()
	}
}

func (s *study) overloadWarning(p *Prediction) string {
	if !s.capacityKnown() {
		return fmt.Sprintf("overloaded: of %.6g requests/s so many more arrive than can be served that %d were inside after %v, too soon to tell how many are served; for the capacity lower the rate, or give workload.concurrency instead",
			s.opt.Fleet*offered(s.sys), s.runs[0].Inside(), time.Duration(s.runs[0].Now()).Round(time.Microsecond))
	}
	return fmt.Sprintf("overloaded: %.6g requests/s arrive but only %.6g/s can be served; the queue grows without bound by %.6g requests every second, and so do the latencies, of which none is given",
		s.opt.Fleet*p.OfferedRPS.Value, s.opt.Fleet*p.ThroughputRPS.Value, s.opt.Fleet*p.QueueGrowthRPS.Value)
}
