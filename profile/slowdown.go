package profile

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Label names a slow-down for people: "infer beside 2 decode", "infer in turn with decode on a core", with the batches where they are known.
func (c *Contention) Label() string {
	if c.SameCore {
		return fmt.Sprintf("%s in turn with %s on a core", c.job(), c.neighbour())
	}
	return fmt.Sprintf("%s beside %d %s", c.job(), c.Neighbours, c.neighbour())
}

func (c *Contention) job() string       { return atBatch(c.Stage, c.Batch) }
func (c *Contention) neighbour() string { return atBatch(c.Beside, c.BesideBatch) }

func atBatch(stage string, batch int) string {
	if batch == 0 {
		return stage
	}
	return fmt.Sprintf("%s (batch %d)", stage, batch)
}

// Slowdown says how many times as long as alone a job of a batch of Batch images takes beside Neighbours jobs of
// BesideBatch each. A batch of 0 is not told.
type Slowdown struct {
	Batch, BesideBatch int
	Neighbours, Factor float64
}

// Slowdowns returns what was measured of jobs of a stage beside jobs of another on a resource, without what is
// Doubtful. Of several models the named one counts, else the first that was measured; "" names none. It is empty when nothing was
// measured.
func (p *Profile) Slowdowns(resource, stage, beside, model string) (out []Slowdown) {
	return p.slowdowns(resource, stage, beside, model, false)
}

// InTurn returns how many times as much CPU time jobs of a stage take while they have a core in turn with jobs of another, as Slowdowns.
func (p *Profile) InTurn(resource, stage, beside, model string) (out []Slowdown) {
	return p.slowdowns(resource, stage, beside, model, true)
}

func (p *Profile) slowdowns(resource, stage, beside, model string, sameCore bool) (out []Slowdown) {
	var found []*Contention
	for i := range p.Contention {
		if c := &p.Contention[i]; c.Resource == resource && c.Stage == stage && c.Beside == beside && c.SameCore == sameCore && !c.Doubtful() {
			found = append(found, c)
		}
	}
	if len(found) == 0 {
		return nil
	}
	if model == "" || !slices.ContainsFunc(found, func(c *Contention) bool { return c.Model == model }) {
		model = found[0].Model
	}
	for _, c := range found {
		if c.Model == model {
			out = append(out, Slowdown{c.Batch, c.BesideBatch, float64(c.Neighbours), c.Slowdown})
		}
	}
	return told(out)
}

// Doubts lists the slow-downs that are left out because their intervals say that they mean nothing.
func (p *Profile) Doubts(resource string) (out []*Contention) {
	for i := range p.Contention {
		if c := &p.Contention[i]; c.Resource == resource && c.Doubtful() {
			out = append(out, c)
		}
	}
	return out
}

// told keeps, of slow-downs of which some tell a batch, only those; of the job, then of the neighbours.
func told(all []Slowdown) []Slowdown {
	for _, batch := range []func(Slowdown) int{ownBatch, besideBatch} {
		if slices.ContainsFunc(all, func(s Slowdown) bool { return batch(s) > 0 }) {
			all = slices.DeleteFunc(all, func(s Slowdown) bool { return batch(s) == 0 })
		}
	}
	return all
}

func ownBatch(s Slowdown) int    { return s.Batch }
func besideBatch(s Slowdown) int { return s.BesideBatch }

// CurveAt returns the slow-down of a job of a batch of so many images beside jobs of others, by the number of
// neighbours. Between batches it goes linearly with the logarithm of the batch, first of the neighbours and then of the
// job; outside those that are known the nearest counts.
func CurveAt(all []Slowdown, batch, beside int) []Slowdown {
	return between(all, ownBatch, batch, func(of []Slowdown) []Slowdown {
		return between(of, besideBatch, beside, func(of []Slowdown) []Slowdown {
			slices.SortStableFunc(of, func(a, b Slowdown) int { return cmp.Compare(a.Neighbours, b.Neighbours) })
			return of
		})
	})
}

// between interpolates the curves of the two nearest batches.
func between(all []Slowdown, batch func(Slowdown) int, at int, curve func([]Slowdown) []Slowdown) []Slowdown {
	by := map[int][]Slowdown{}
	for _, s := range all {
		by[batch(s)] = append(by[batch(s)], s)
	}
	low, high := -1, -1
	for b := range by {
		if b <= at && b > low {
			low = b
		}
		if b >= at && (high < 0 || b < high) {
			high = b
		}
	}
	switch {
	case len(by) == 0:
		return nil
	case low == high || high < 0:
		return curve(by[low])
	case low < 0:
		return curve(by[high])
	}
	weight := (logBatch(at) - logBatch(low)) / (logBatch(high) - logBatch(low))
	return mixed(curve(by[low]), curve(by[high]), weight)
}

func logBatch(n int) float64 { return math.Log(float64(max(n, 1))) }

// mixed is the curve (1-weight)*a + weight*b, at the numbers of neighbours of both.
func mixed(a, b []Slowdown, weight float64) (out []Slowdown) {
	for _, s := range slices.Concat(a, b) {
		s.Factor = (1-weight)*factorAt(a, s.Neighbours) + weight*factorAt(b, s.Neighbours)
		if !slices.ContainsFunc(out, func(have Slowdown) bool { return have.Neighbours == s.Neighbours }) {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(x, y Slowdown) int { return cmp.Compare(x.Neighbours, y.Neighbours) })
	return out
}

// factorAt is linear from 1 beside nobody on, and flat beyond the last number of neighbours.
func factorAt(curve []Slowdown, neighbours float64) float64 {
	last := Slowdown{Factor: 1}
	for _, s := range curve {
		if neighbours <= s.Neighbours {
			return last.Factor + (s.Factor-last.Factor)*(neighbours-last.Neighbours)/(s.Neighbours-last.Neighbours)
		}
		last = s
	}
	return last.Factor
}

// Batches lists the batches at which slow-downs tell of the job, or of its neighbours, ascending; none where they do not.
func Batches(all []Slowdown, ofNeighbours bool) (out []int) {
	batch := ownBatch
	if ofNeighbours {
		batch = besideBatch
	}
	for _, s := range all {
		if b := batch(s); b > 0 && !slices.Contains(out, b) {
			out = append(out, b)
		}
	}
	slices.Sort(out)
	return out
}

// Listed names batches for people: "1, 8 and 64".
func Listed(batches []int) string {
	text := strings.Trim(fmt.Sprint(batches), "[]")
	parts := strings.Fields(text)
	if n := len(parts); n > 1 {
		return strings.Join(parts[:n-1], ", ") + " and " + parts[n-1]
	}
	return text
}
