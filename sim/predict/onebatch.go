package predict

import (
	"fmt"
	"math"

	"vsim/sim/engine"
)

// nearly is the part of a closed loop's clients from which on a batch has them all.
const nearly = 0.95

// oneBatch warns of stages of several workers of which all but one idle at any time, since batches are so large that
// nobody is left for a second one: all clients of a closed loop are in the one that is being served.
func (s *study) oneBatch(p *Prediction) (warnings []string) {
	clients := float64(s.sys.Source.Clients)
	for i, g := range groups(s.sys, s.top) {
		workers, copies := s.sys.Pools[g.Pools[0]].Workers, float64(len(g.Pools))
		if clients < 2 || workers < 2 {
			continue
		}
		st := &p.Stages[i]
		batch := s.mean(func(w *engine.Window) float64 { q := g.queue(w); return over(q.Requests, q.Batches) }).Value
		there := clients * math.Max(st.Visits.Value, 1) / copies
		if batch < 2 || batch < nearly*there || st.Utilization.Value*float64(workers) > 1/nearly {
			continue
		}
		warnings = append(warnings, fmt.Sprintf("%s: all %.0f clients%s fit into one batch, of %.3g in the mean, so that only one of %d workers has something to do at a time; for more to work, lower %s to %.0f or raise workload.concurrency",
			g.Name, there, perCopy(copies), batch, workers, g.BatchKey, math.Max(math.Floor(st.MeanBatch.Value/float64(workers)), 1)))
	}
	return warnings
}

// perCopy says of a number that it is that of each copy of a stage.
func perCopy(copies float64) string {
	if copies == 1 {
		return ""
	}
	return " of each copy"
}
