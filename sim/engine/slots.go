package engine

// line are the jobs that wait for a slot of a resource, in the order in which they came. It is a ring
// that grows to the most that have ever waited.
type line struct {
	ring []waiting // its length is 0 or a power of two
	head int
	len  int
}

// waiting is a job that has yet to begin on a resource.
type waiting struct {
	job  int32
	kind int32
	work float64 // ns, alone
}

// at returns place i of the line, 0 being the first; place len is where the next one goes.
func (l *line) at(i int) *waiting { return &l.ring[(l.head+i)&(len(l.ring)-1)] }

func (l *line) push(w waiting) {
	if l.len == len(l.ring) {
		longer := make([]waiting, max(8, 2*l.len))
		for i := range l.len {
			longer[i] = *l.at(i)
		}
		l.ring, l.head = longer, 0
	}
	*l.at(l.len) = w
	l.len++
}

// pop takes the first. The line must not be empty.
func (l *line) pop() waiting {
	first := *l.at(0)
	l.head++
	l.len--
	return first
}

// drop takes a job out of the line, wherever it stands, and says whether it stood there.
func (l *line) drop(job int32) bool {
	for i := range l.len {
		if l.at(i).job != job {
			continue
		}
		for ; i < l.len-1; i++ {
			*l.at(i) = *l.at(i + 1)
		}
		l.len--
		return true
	}
	return false
}
