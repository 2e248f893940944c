package calibrate

import (
	"math"
	"slices"

	"vsim/sim/engine/stats"
	"vsim/sim/scenario"
)

// Where a fit starts, and stays where no row tells otherwise.
const (
	shareStart = 0.5  // between not disturbing each other and taking turns
	cvStart    = 0.05 // spread of the instance's times
	frontCV    = 0.5
	maxNodes   = 6 // batches whose time is fitted
)

// frontStarts are parts of the shortest latency that are the front end's. A fit from one start may end where another goes on,
// as batches fall in step or do not.
var frontStarts = []float64{0.05, 0.25}

// newPlainFit starts a fit from rows of a table. alike says that all setups have as many instances, so that nothing tells
// how they share the GPU.
func newPlainFit(rows []used, figure Figure, alike, closed bool, front float64) *plainFit {
	f := &plainFit{rows: rows, figure: figure, start: &PlainModel{FrontCV: frontCV, Times: Spread{CV: cvStart, From: "from the table's " + figure.String()}, Closed: closed}}
	m := f.start
	shortest := math.Inf(1)
	for _, u := range rows {
		shortest = min(shortest, u.row.meanS())
	}
	m.FrontS = front * shortest
	f.startShares(alike)
	f.startTimes()
	f.free(alike)
	return f
}

// startShares finds the batches between which shares go.
func (f *plainFit) startShares(alike bool) {
	low, high := math.Inf(1), 1.0
	for _, u := range f.rows {
		low, high = min(low, float64(u.setup.Items)), max(high, u.batch())
	}
	excess, from := shareStart, "How much instances slow each other down on the GPU was found from the rows with several."
	if alike {
		excess, from = 1, "Instances are assumed to take turns on the GPU, as the table has only one number of them; factors = [1] would be none."
	}
	f.start.Shares, f.start.From = [2]Share{{low, excess}, {max(high, low), excess}}, from
}

// batch is about the batch of a row in images: half of the clients' requests wait while the others are computed.
func (u used) batch() float64 {
	requests := math.Round(float64(u.row.Clients) / float64(2*u.setup.Instances))
	return float64(u.setup.Items) * min(max(requests, 1), float64(u.setup.requests()))
}

// startTimes starts the time of a batch of each size that a row has, from the time between two batches.
func (f *plainFit) startTimes() {
	type node struct {
		batch float64
		times []float64
	}
	var nodes []node
	rows := slices.Clone(f.rows)
	slices.SortStableFunc(rows, func(a, b used) int { return compareFloat(a.batch(), b.batch()) })
	for _, u := range rows {
		batch := u.batch()
		if n := len(nodes); n == 0 || batch > apart*nodes[n-1].batch {
			nodes = append(nodes, node{batch: batch})
		}
		s := u.setup
		busy := min(float64(u.row.Clients), float64(s.Instances)) // instances
		perBatch := busy * batch / float64(s.Items) / u.row.ThroughputRPS
		last := &nodes[len(nodes)-1]
		last.times = append(last.times, perBatch/(1+(busy-1)*f.start.excess(batch)))
	}
	for len(nodes) > maxNodes { // leave out that which is nearest to its neighbours
		least, at := math.Inf(1), 1
		for i := 1; i < len(nodes)-1; i++ {
			if ratio := nodes[i+1].batch / nodes[i-1].batch; ratio < least {
				least, at = ratio, i
			}
		}
		nodes = slices.Delete(nodes, at, at+1)
	}
	for _, n := range nodes {
		f.start.Batches, f.start.TimesS = append(f.start.Batches, n.batch), append(f.start.TimesS, stats.Median(n.times))
	}
}

// free lists the parameters.
func (f *plainFit) free(alike bool) {
	add := func(loose, step float64, at func(m *PlainModel) *float64) *parameter {
		f.parameters = append(f.parameters, parameter{at: at, loose: loose, step: step})
		return &f.parameters[len(f.parameters)-1]
	}
	for i, batch := range f.start.Batches {
		p := add(1, 0.02, func(m *PlainModel) *float64 { return &m.TimesS[i] })
		p.matters = func(u used) bool { return u.setup.Batching || batch == u.batch() }
	}
	add(1.5, 0.2, func(m *PlainModel) *float64 { return &m.FrontS })
	if !alike {
		several := func(u used) bool { return u.setup.Instances > 1 }
		low, high := func(m *PlainModel) *float64 { return &m.Shares[0].Excess }, func(m *PlainModel) *float64 { return &m.Shares[1].Excess }
		add(1, 0.1, low).matters = several
		p := add(1, 0.1, high)
		p.matters, p.twin = several, low
	}
}

// spread frees the spread of times, where a percentile tells it; else it is assumed or as given.
func (f *plainFit) spread(given *float64) {
	times := &f.start.Times
	switch {
	case given != nil:
		*times = AssumeSpread(*given)
	case f.figures() == 1:
		*times = AssumeSpread(scenario.AssumedSpread)
	default:
		f.parameters = append(f.parameters, parameter{at: func(m *PlainModel) *float64 { return &m.Times.CV }, loose: 1, step: 0.3})
	}
	if f.figures() > 1 {
		f.parameters = append(f.parameters, parameter{at: func(m *PlainModel) *float64 { return &m.FrontCV }, loose: 1, step: 0.3})
	}
}

// telling are the rows of a setup that a fit sees: of those whose clients fill every batch, and which all tell the same, the
// first, the middle and the last.
func (s *Setup) telling() (out []PlainRow) {
	full := 2 * s.requests() * s.Instances
	at := slices.IndexFunc(s.Rows, func(r PlainRow) bool { return r.Clients >= full })
	if at < 0 {
		return s.Rows
	}
	picked, _ := pickPlain("", s.Rows[at:], nil)
	return append(slices.Clone(s.Rows[:at]), picked...)
}
