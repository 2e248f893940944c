package engine

// memo remembers what a law gave for numbers of jobs by kind. A server at work comes back to the same
// combinations all the time, a few for a GPU, some ten thousand for 64 cores, and looking them up costs
// the same however many kinds and curves there are. It is a table in which a new row replaces
// whatever it collides with, and which grows while new rows keep coming. Systems of more kinds, or of more
// jobs than a key can hold, go without.
type memo struct {
	shift uint // 64 less the bits of a place in the table
	news  int  // new rows since the table has its size
	rows  []row
	last  row // where nothing can be remembered
}

// row is what a law gives. The zero row is right for key 0, nobody there.
type row struct {
	key   uint64
	busy  float64 // part of the capacity
	watts float64 // above idle
	pace  [maxKinds]pace
	_     [5]uint64 // to a multiple of a cache line
}

// pace is the speed of a kind of job and its inverse, the time that a job takes by its work.
type pace struct{ speed, stretch float64 }

const (
	maxKinds    = 16 // of a resource that makes a difference between them
	memoBits    = 6  // of a place in a table, at first
	memoBitsMax = 13
)

func newMemo() memo { return memo{shift: 64 - memoBits, rows: make([]row, 1<<memoBits)} }

// find returns the row of a mix. Unless it is known, the caller has to fill it.
func (m *memo) find(jobs *mix) (r *row, known bool) {
	if jobs.over > 0 {
		return &m.last, false
	}
	if r = m.place(jobs.key); r.key == jobs.key {
		return r, true
	}
	return m.claim(jobs.key), false
}

// claim makes room for a new row, replacing whatever it collides with.
func (m *memo) claim(key uint64) *row {
	if m.news++; m.news > 2*len(m.rows) {
		m.grow()
	}
	r := m.place(key)
	*r = row{key: key}
	return r
}

// place returns where a key belongs: Fibonacci hashing, by 2^64 over the golden ratio.
func (m *memo) place(key uint64) *row { return &m.rows[key*0x9e3779b97f4a7c15>>(m.shift&63)] }

// grow doubles the table, unless it has its full size, and moves its rows.
func (m *memo) grow() {
	m.news = 0
	if len(m.rows) == 1<<memoBitsMax {
		return
	}
	old := m.rows
	m.shift--
	m.rows = make([]row, 2*len(old))
	for i := range old {
		*m.place(old[i].key) = old[i]
	}
}
