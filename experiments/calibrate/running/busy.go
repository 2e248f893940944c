package running

import (
	"slices"
)

// busy works out what is seen with all instances busy.
func (r *Calibration) busy(bursts []*burst) {
	by := map[int][]*burst{}
	for _, b := range bursts {
		if b.Clients > 1 && !(b.crowd() && r.maxBatch > 1) {
			by[b.Instances] = append(by[b.Instances], b)
		}
	}
	for _, group := range by {
		x := Busy{Instances: group[0].Instances, Clients: group[0].Clients, Images: group[0].Images, configs: group[0].configs}
		for _, b := range group {
			c := b.Counted[b.bottleneck(executing(b))]
			n := float64(c.Executions)
			cycle := b.intervalNs() * float64(b.Instances) * float64(len(b.LatencyNs)) / n
			x.CycleNs += cycle / float64(len(group))
			x.GapNs += (cycle - c.executeNs()/n) / float64(len(group))
			x.InferNs += c.inferNs(x.Images) / float64(len(group))
			x.ImagesPerS += float64(b.Images) / b.intervalNs() * 1e9 / float64(len(group))
		}
		r.Busy = append(r.Busy, x)
	}
	slices.SortFunc(r.Busy, func(a, b Busy) int { return a.Instances - b.Instances })
	if len(r.Busy) > 0 && len(r.Steps) == 1 {
		first := r.Busy[0]
		r.Steps[0].GapNs = max(first.GapNs, r.Steps[0].WakeNs)
	}
}
