package measure

import (
	"time"

	"vsim/sim/engine/stats"
)

const (
	minVisits  = 8       // before a point can be precise enough
	maxSamples = 100_000 // of a point are kept; more are not taken
)

// Point is one thing that is measured: a chain alone, or beside K neighbours of a crew.
type Point struct {
	Name  string // for people
	Chain *Chain
	Crew  *Crew // nil: alone
	K     int
	// SameCore says that the neighbour has the chain's core in turn with it.
	SameCore bool
	// Rested is the same work after pauses; nil for other points. Chain is then what it is compared with, and no service.
	Rested *Rested
	// Doubts go to the warnings of the services: what was seen before the point was measured, each "kind: what".
	Doubts    []string
	OnlyBatch bool // the model runs batches of this size alone

	visits []visit
	spent  time.Duration
	worst  float64 // widest relative half-width of the parts' intervals
	fixed  bool    // measured enough
}

// assess works out whether the point is done.
func (p *Point) assess(precision float64) {
	used := usable(p.visits)
	p.worst = 0
	samples, quiet := 0, 0
	for part := range p.Chain.Keys {
		i := mean(used, part)
		switch {
		case p.Crew != nil:
			i = slowdown(used, part)
		case p.Rested != nil: // as a part of the stage's time
			base := i.Value
			i = extra(used, part)
			i = stats.Interval{Value: base, Low: base + i.Low - i.Value, High: base + i.High - i.Value}
		}
		p.worst = max(p.worst, i.RelativeHalfWidth())
	}
	for _, v := range used {
		samples += len(v.alone[0])
		if v.quiet {
			quiet++
		}
	}
	precise := quiet >= minVisits && p.worst <= precision
	p.fixed = precise || samples >= maxSamples
}
