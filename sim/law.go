package sim

// law is a Resource's sharing law made ready to be evaluated: the speed of every kind of job for the
// numbers of jobs that are present. A job alone has speed 1.
type law struct {
	capacity float64
	width    []float64
	excess   [][]Curve
}

func newLaw(r *Resource) law {
	l := law{capacity: r.Capacity, width: make([]float64, len(r.Kinds))}
	for i, k := range r.Kinds {
		l.width[i] = max(k.Width, 1)
	}
	for _, row := range r.Excess {
		for _, c := range row {
			if len(c) > 0 {
				l.excess = r.Excess
			}
		}
	}
	return l
}

// speeds fills speed for n[k] jobs of each kind k and returns the busy part of the capacity: 0 to 1,
// or for an unlimited resource 1 whenever a job is present.
func (l *law) speeds(n []int32, speed []float64) (busy float64) {
	total := 0.0
	for k, count := range n {
		total += float64(count) * l.width[k]
	}
	if total == 0 {
		return 0
	}
	share, together := 1.0, 1.0
	switch {
	case l.capacity == 0:
		busy = 1
	case total <= l.capacity:
		busy = total / l.capacity
	default:
		busy, share = 1, l.capacity/total
		together = max(l.capacity-1, 0) / (total - 1)
	}
	for i := range n {
		if n[i] == 0 {
			continue
		}
		speed[i] = share
		if l.excess != nil {
			speed[i] = share / (1 + l.slowdown(i, n, together))
		}
	}
	return busy
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
