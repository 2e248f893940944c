package sim

// law is a Resource's sharing law made ready to be evaluated: the speed of every kind of job for the
// numbers of jobs that are present. A job alone has speed 1, an absent kind 0.
type law struct {
	capacity float64
	width    []float64
	excess   [][]Curve // nil when all kinds run at one speed
	memo     memo
}

func newLaw(r *Resource) law {
	l := law{capacity: r.Capacity, width: make([]float64, len(r.Kinds))}
	for i, k := range r.Kinds {
		l.width[i] = max(k.Width, 1)
	}
	for _, row := range r.Excess {
		for _, c := range row {
			if !c.flat() {
				l.excess = r.Excess
			}
		}
	}
	if l.excess != nil {
		l.memo = newMemo(len(r.Kinds))
	}
	return l
}

// share divides the capacity among jobs of a total width: the part of it that is busy, 0 to 1 (of an
// unlimited resource 1 whenever a job is present), the speed that it leaves each job, and the
// probability that a neighbour runs at the same moment.
func (l *law) share(n []int32) (busy, share, together float64) {
	total := 0.0
	for k, count := range n {
		total += float64(float64(count) * l.width[k]) // not fused, to be the same on every machine
	}
	switch {
	case total == 0:
		return 0, 0, 0
	case l.capacity == 0:
		return 1, 1, 1
	case total <= l.capacity:
		return total / l.capacity, 1, 1
	}
	return 1, l.capacity / total, max(l.capacity-1, 0) / (total - 1)
}

// paces works out the speeds of n[k] jobs of each kind k, or looks them up.
func (l *law) paces(n []int32) *row {
	r, known := l.memo.find(n)
	if known {
		return r
	}
	busy, share, together := l.share(n)
	r.busy = busy
	for i, count := range n {
		r.pace[i] = pace{}
		if count > 0 {
			stretch := (1 + max(l.slowdown(i, n, together), 0)) / share
			r.pace[i] = pace{1 / stretch, stretch}
		}
	}
	return r
}

// slowdown adds up what the neighbours of a kind-i job cost it, each of them running at the same
// moment with probability together.
func (l *law) slowdown(i int, n []int32, together float64) (excess float64) {
	for j, count := range n {
		beside := float64(count)
		if j == i {
			beside--
		}
		if beside > 0 && len(l.excess[i]) > j {
			excess += l.excess[i][j].at(beside * l.width[j] * together)
		}
	}
	return excess
}

// at evaluates the curve for a number of neighbours that need not be whole.
func (c Curve) at(neighbours float64) float64 {
	var last CurvePoint
	for _, p := range c {
		if neighbours <= p.Neighbours {
			return last.Excess + (p.Excess-last.Excess)*(neighbours-last.Neighbours)/(p.Neighbours-last.Neighbours)
		}
		last = p
	}
	return last.Excess
}

// flat says that neighbours cost nothing.
func (c Curve) flat() bool {
	for _, p := range c {
		if p.Excess != 0 {
			return false
		}
	}
	return true
}
