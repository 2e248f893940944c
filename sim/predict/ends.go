package predict

import (
	"math"

	"vsim/sim/engine"
	"vsim/sim/engine/stats"
)

const (
	minTurnovers = 200     // times that a window's completions are the requests inside
	fewTurnovers = 5       // the same where so much is served that one sees what the ends and the start do to a window
	plenty       = 1 << 18 // completions of a window from which on one sees that
)

// turned is the part that is done of what keeps a window's ends and the system's start out of its numbers.
//
// A window may cut off as many completions at its ends as there are requests inside. In a system that runs in step, all
// replications cut the same, and their agreement says nothing: so the completions must be 200 times what is inside. That
// is a matter of time, of which a thousand GPUs need as much as one. But where so many are out of step with each other,
// what is cut off at one is made up for at another, and there are completions enough to see it: then a few
// turnovers do, if completions stray from an even flow by no more than a 200th of them, and rate and latencies do not drift.
func (s *study) turned() float64 {
	turnovers, completed := s.turnovers()
	done := turnovers / minTurnovers
	if done < 1 && completed >= plenty {
		done = max(done, min(turnovers/fewTurnovers, 1.0/minTurnovers/s.unrest()))
	}
	return done
}

// turnovers is how many times the requests inside a window's completions are, and their number, in the window that has least.
func (s *study) turnovers() (turnovers, completed float64) {
	turnovers, completed = math.Inf(1), math.Inf(1)
	for i := range s.windows {
		w := &s.windows[i]
		completed = min(completed, float64(w.Completed))
		if w.Inside > 0 {
			turnovers = min(turnovers, float64(w.Completed)/w.Inside)
		}
	}
	return turnovers, completed
}

// brief says that a study has met its goals with so much to see that few turnovers were enough.
func (s *study) brief() bool {
	turnovers, _ := s.turnovers()
	return s.met == inARow && turnovers < minTurnovers
}

// unrest is what ends and start may do to the numbers of a window, relatively: how far completions stray from an
// even flow, in the mean over the replications, or twice what their rate or the mean latency has drifted from the first
// half of the windows to the second.
func (s *study) unrest() float64 {
	stray := 0.0
	for _, r := range s.runs {
		f := flowOf(r, s.warmup(r), s.blocks())
		stray += f.stray() / float64(len(s.runs))
	}
	for _, d := range s.drifts() {
		stray = max(stray, 2*math.Abs(d.Value))
	}
	return stray
}

// drifts are those of the rate of completions and of the mean latency.
func (s *study) drifts() [2]stats.Interval {
	var rates, latencies []float64
	for _, r := range s.runs {
		f := flowOf(r, s.warmup(r), s.blocks())
		rates, latencies = append(rates, f.rateDrift()), append(latencies, f.latencyDrift())
	}
	return [2]stats.Interval{stats.MeanInterval(rates, level), stats.MeanInterval(latencies, level)}
}

// allow widens the intervals of a brief study, which may be narrower than its drifts: where one is beyond doubt, by as much as it may
// be. What fades to half or less from the first half of the windows to the second is off by about its drift in the mean of both.
func (s *study) allow(p *Prediction) {
	by := 0.0
	for _, d := range s.drifts() {
		if d.Low > 0 || d.High < 0 {
			by = max(by, d.High, -d.Low)
		}
	}
	p.ThroughputRPS = p.ThroughputRPS.Wider(by)
	p.LatencyS = p.LatencyS.wider(by)
	for i := range p.Classes {
		c := &p.Classes[i]
		c.ThroughputRPS, c.LatencyS = c.ThroughputRPS.Wider(by), c.LatencyS.wider(by)
	}
}

func (l Latency) wider(by float64) Latency {
	return Latency{Mean: l.Mean.Wider(by), P50: l.P50.Wider(by), P90: l.P90.Wider(by), P95: l.P95.Wider(by), P99: l.P99.Wider(by), P999: l.P999.Wider(by)}
}

// flow is what was completed, and after what latencies in all, by block.
type flow struct{ completed, ns []float64 }

// flowOf is that of a run from one block on to another, which is left out.
func flowOf(r *engine.Run, first, last int) (f flow) {
	for i := first; i < last; i++ {
		completed, ns := r.BlockLatency(i)
		f.completed, f.ns = append(f.completed, float64(completed)), append(f.ns, float64(ns))
	}
	return f
}

// stray is the distance between the most that completions are ahead of an even flow and the most that they are behind,
// as a part of all.
func (f *flow) stray() float64 {
	all, n := sum(f.completed), float64(len(f.completed))
	so, least, most := 0.0, 0.0, 0.0
	for i, c := range f.completed {
		so += c
		ahead := so - all*float64(i+1)/n
		least, most = min(least, ahead), max(most, ahead)
	}
	return (most - least) / all
}

// rateDrift is by how much the second half exceeds the first in completions, as a part of a half.
func (f *flow) rateDrift() float64 {
	half := len(f.completed) / 2
	return drift(sum(f.completed[:half]), sum(f.completed[len(f.completed)-half:]))
}

// latencyDrift is the same of the mean latency.
func (f *flow) latencyDrift() float64 {
	n := len(f.ns)
	mean := func(from, to int) float64 { return sum(f.ns[from:to]) / sum(f.completed[from:to]) }
	return drift(mean(0, n/2), mean(n-n/2, n))
}

func drift(first, second float64) float64 { return 2 * (second - first) / (first + second) }

func sum(values []float64) (total float64) {
	for _, v := range values {
		total += v
	}
	return total
}
