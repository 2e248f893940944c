package running

import (
	"slices"
	"time"
)

// rests works out what pauses cost, of single images: by pause and number of instances. The shortest pause is the base.
func (r *Calibration) rests(bursts []*burst) {
	type key struct {
		pause     time.Duration
		instances int
	}
	by := map[key][]*burst{}
	for _, b := range bursts {
		if b.Clients == 1 && b.Images == 1 {
			k := key{b.Pause, b.Instances}
			by[k] = append(by[k], b)
		}
	}
	for _, group := range by {
		var x Rest
		for _, b := range group {
			c := b.Counted[b.bottleneck(executing(b))]
			n := float64(c.Executions)
			x.IdleNs += b.idleNs(b.bottleneck(executing(b))) * n
			x.ExtraNs += c.inferNs(1) * n
			x.N += int(n)
		}
		x.IdleNs, x.ExtraNs = x.IdleNs/float64(x.N), x.ExtraNs/float64(x.N)
		r.Rests = append(r.Rests, x)
	}
	slices.SortFunc(r.Rests, func(a, b Rest) int { return int(a.IdleNs - b.IdleNs) })
	r.Rests = merged(r.Rests)
	base := r.Rests[0].ExtraNs
	for i := range r.Rests {
		r.Rests[i].ExtraNs -= base
		r.Rests[i].BaseNs = base
	}
}

// merged puts pauses together that hardly differ: by less than a tenth, or 0.1 ms.
func merged(rests []Rest) (out []Rest) {
	for _, x := range rests {
		if last := len(out) - 1; last >= 0 && x.IdleNs < out[last].IdleNs*1.1+1e5 {
			a, n := &out[last], float64(out[last].N+x.N)
			a.IdleNs += (x.IdleNs - a.IdleNs) * float64(x.N) / n
			a.ExtraNs += (x.ExtraNs - a.ExtraNs) * float64(x.N) / n
			a.N += x.N
			continue
		}
		out = append(out, x)
	}
	return out
}

// extraNs is what a pause costs.
func (r *Calibration) extraNs(idle float64) float64 {
	last := Rest{}
	for _, x := range r.Rests {
		if idle <= x.IdleNs && x.IdleNs > last.IdleNs {
			return last.ExtraNs + (x.ExtraNs-last.ExtraNs)*(idle-last.IdleNs)/(x.IdleNs-last.IdleNs)
		}
		last = x
	}
	return last.ExtraNs
}
