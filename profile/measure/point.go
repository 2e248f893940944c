package measure

import "time"

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
		if p.Crew != nil {
			i = slowdown(used, part)
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
