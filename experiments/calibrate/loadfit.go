package calibrate

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"vsim/sim"
	"vsim/sim/scenario"
)

// Simulated are the figures of a row as a simulation gives them: of the model, seconds and requests a second.
type Simulated = OnlineRow

const (
	fitSteps = 36    // of the fixed point below
	settled  = 0.004 // the largest step, in logarithms, at which it ends
	caution  = 0.3   // the part of an error that the first step takes away; later ones take less, as one over the steps
	patience = 10    // steps after which it is half of that
	weight   = 3     // of an error in throughput beside one in the time of a batch

	// The spread of times in the front end: that of a burst whose messages pass one after the other is 0.58. With
	// more than the largest, one anchor with an odd queue spoils the rows beside it.
	leastSpread, mostSpread = 0.3, 1.0

	fitEvents   = 200_000 // of a simulation at most: enough for a percent
	exactEvents = 4 * fitEvents
)

// FitLoad works out a LoadModel from one to three rows of a table, the anchors, and its static rows. Each anchor tells
// the time in the front end with so many requests there, and of batches of the size that Little's law gives for it,
// the copies and how much longer inference takes than alone. These are moved until a simulation of the anchors
// gives them back; the spread of times in the front end, until it gives the queue; and the front end's time between
// anchors, until so many requests are computed there as a line in log-log says. Where not all can be met, throughput
// counts more than the time of a batch. The second result is how far the model is from them, see miss.
func FitLoad(ctx context.Context, t *Table, anchors []OnlineRow) (*LoadModel, float64, error) {
	f := newFit(t, anchors)
	for k := range fitSteps {
		moved, err := f.step(ctx, caution/(1+float64(k)/patience))
		if err != nil {
			return nil, 0, err
		}
		if moved < settled {
			break
		}
	}
	return f.best, f.misses, nil
}

// loadFit is a LoadModel on its way to the anchors.
type loadFit struct {
	m       *LoadModel
	best    *LoadModel // that of all steps which came nearest to the anchors
	misses  float64    // of best
	anchors []OnlineRow
	front   []int // by anchor: its point of the front end
	node    []int // by anchor: its node
	pivots  []pivot
}

// pivot is a load between two anchors, and how many requests are computed there by a straight line through
// the anchors in log-log.
type pivot struct {
	load      OnlineRow
	computing float64
	front     int // its point of the front end
}

func newFit(t *Table, anchors []OnlineRow) *loadFit {
	f := &loadFit{m: &LoadModel{Server: t.Server, Images: t.Images, Static: newShape(t.Static)}, anchors: anchors, misses: math.Inf(1)}
	for i, a := range anchors {
		outside := a.outsideS()
		if i > 0 {
			f.addPivot(anchors[i-1], a)
		}
		f.front = append(f.front, f.addFront(max(outside*a.ThroughputRPS, 1), outside))
		f.addNode(a)
		idle := max((outside-a.frontS())*a.ThroughputRPS/a.size(), least)
		f.m.Loads = append(f.m.Loads, LoadPoint{Size: a.size(), Spread: 0.5, Client: idle})
	}
	return f
}

// outsideS is the time in a closed loop that a client spends outside the server's queue and instances, also between
// an answer and its next request, which no latency has.
func (r OnlineRow) outsideS() float64 {
	if r.Concurrency == 0 {
		return r.frontS()
	}
	return max(float64(r.Concurrency)/r.ThroughputRPS-r.QueueS-r.ComputeS(), r.frontS())
}

// apart is how far points must lie from each other, else they are one.
const apart = 1.05

// addFront returns the index of the point.
func (f *loadFit) addFront(requests, seconds float64) int {
	n := len(f.m.Front)
	if n > 0 && requests <= apart*f.m.Front[n-1].Requests {
		return n - 1
	}
	f.m.Front = append(f.m.Front, FrontPoint{requests, seconds})
	return n
}

// addPivot adds the one between two anchors of a closed loop, unless they are too near each other.
func (f *loadFit) addPivot(a, b OnlineRow) {
	first, last := a.outsideS()*a.ThroughputRPS, b.outsideS()*b.ThroughputRPS
	clients := int(math.Round(math.Sqrt(a.size() * b.size())))
	if clients <= a.Concurrency || clients >= b.Concurrency || last < apart*apart*first {
		return
	}
	ends := []OnlineRow{a, b}
	f.pivots = append(f.pivots, pivot{
		load:      OnlineRow{Concurrency: clients},
		computing: between(2, func(i int) (x, y float64) { return ends[i].size(), ends[i].Computing() }, float64(clients)),
		front:     f.addFront(max(math.Sqrt(first*last), 1), math.Sqrt(a.outsideS()*b.outsideS())),
	})
}

func (f *loadFit) addNode(a OnlineRow) {
	s := &f.m.Server
	request := float64(f.m.Images)
	batch := min(max(request*a.Computing()/float64(s.Instances), request), float64(s.MaxBatch))
	if a.Concurrency > 0 && a.Concurrency <= s.Instances {
		batch = request
	}
	n := len(f.m.Nodes)
	if n == 0 || batch > apart*f.m.Nodes[n-1].Batch {
		together := 1.0 // batches on the GPU
		if a.Computing() > 1 {
			together += float64(s.Instances-1) * a.InferS / a.ComputeS()
		}
		f.m.Nodes = append(f.m.Nodes, Node{batch, max(a.InputS/batch, least), a.InferS / f.m.Static.at(batch) / together, max(a.OutputS/batch, least)})
		n++
	}
	f.node = append(f.node, n-1)
}

// errorsOf are those of the model's parameters by their index, in logarithms.
type errorsOf struct {
	front, spread []mean
	node          []struct{ input, infer, output mean }
}

// step simulates the anchors and pivots, takes away a part of each error of the model, and says how far it has moved,
// in logarithms.
func (f *loadFit) step(ctx context.Context, part float64) (moved float64, err error) {
	m := f.m
	by := errorsOf{make([]mean, len(m.Front)), make([]mean, len(m.Loads)), make([]struct{ input, infer, output mean }, len(m.Nodes))}
	if err := f.anchorErrors(ctx, &by); err != nil {
		return 0, err
	}
	if err := f.pivotErrors(ctx, &by); err != nil {
		return 0, err
	}
	scale := func(x *float64, by mean) {
		d := part * by.value()
		*x *= math.Exp(d)
		moved = max(moved, math.Abs(d))
	}
	for i := range m.Front {
		scale(&m.Front[i].TimeS, by.front[i])
	}
	for i := range m.Nodes {
		scale(&m.Nodes[i].InputS, by.node[i].input)
		scale(&m.Nodes[i].Slow, by.node[i].infer)
		scale(&m.Nodes[i].OutputS, by.node[i].output)
	}
	m.keepStable()
	for i := range m.Loads {
		s := &m.Loads[i].Spread
		*s = min(max(*s*math.Exp(part*by.spread[i].value()), leastSpread), mostSpread)
	}
	return moved, nil
}

// anchorErrors compares simulated anchors with the table, and remembers the model if it misses them by less than all before.
func (f *loadFit) anchorErrors(ctx context.Context, by *errorsOf) error {
	misses := 0.0
	var all mean
	for i, a := range f.anchors {
		got, err := f.m.simulate(ctx, a, false)
		if err != nil {
			return err
		}
		misses += miss(a, got)
		rate := weight * logRatio(got.ThroughputRPS, a.ThroughputRPS)
		by.front[f.front[i]].add(rate + logRatio(a.outsideS(), got.NetworkServerS))
		node := &by.node[f.node[i]]
		node.input.add(rate + logRatio(a.InputS, got.InputS))
		node.infer.add(rate + logRatio(a.InferS, got.InferS))
		node.output.add(rate + logRatio(a.OutputS, got.OutputS))
		if f.m.Nodes[f.node[i]].Batch > 2*float64(f.m.Images) && a.QueueS > 0 && got.QueueS > 0 {
			queue := weight * math.Log(a.QueueS/got.QueueS)
			by.spread[i].add(queue)
			all.add(queue)
		}
	}
	for i := range by.spread {
		if by.spread[i].n == 0 { // without batches the queue tells nothing of the spread
			by.spread[i] = all
		}
	}
	f.keep(misses)
	return nil
}

// pivotErrors tells how much longer the front end must take between anchors. So many more must be there as makes
// the others, in queue and instances, fewer by the part by which too many are computed.
func (f *loadFit) pivotErrors(ctx context.Context, by *errorsOf) error {
	for _, p := range f.pivots {
		got, err := f.m.simulate(ctx, p.load, false)
		if err != nil {
			return err
		}
		clients, outside := p.load.size(), got.NetworkServerS*got.ThroughputRPS
		wanted := clients - (clients-outside)*p.computing/got.Computing()
		by.front[p.front].add(min(max(logRatio(wanted, outside), -1), 1))
	}
	return nil
}

// keep remembers the model if it misses the anchors by less than all before.
func (f *loadFit) keep(misses float64) {
	if misses >= f.misses {
		return
	}
	m := *f.m
	m.Front, m.Loads, m.Nodes = slices.Clone(m.Front), slices.Clone(m.Loads), slices.Clone(m.Nodes)
	f.best, f.misses = &m, misses
}

// miss is how far a simulated row is from the measured one: a sum of squares of errors in logarithms, in which
// throughput counts most.
func miss(a OnlineRow, got Simulated) float64 {
	square := func(x float64) float64 { return x * x }
	return square(weight*logRatio(a.ThroughputRPS, got.ThroughputRPS)) + square(logRatio(a.ComputeS(), got.ComputeS())) +
		square(logRatio(a.QueueS, got.QueueS))/4 + square(logRatio(a.outsideS(), got.NetworkServerS))/4
}

// keepStable keeps the front end's time rising with the requests in it, and no faster than their number: else there
// would be two loads at which it is in balance, and no telling at which.
func (m *LoadModel) keepStable() {
	for i := 1; i < len(m.Front); i++ {
		a, b := m.Front[i-1], &m.Front[i]
		b.TimeS = min(max(b.TimeS, a.TimeS), a.TimeS*b.Requests/a.Requests)
	}
}

// mean is that of some numbers, 0 of none.
type mean struct{ sum, n float64 }

func (m *mean) add(x float64)  { m.sum, m.n = m.sum+x, m.n+1 }
func (m *mean) value() float64 { return m.sum / max(m.n, 1) }

// logRatio is that of two times either of which may be 0.
func logRatio(a, b float64) float64 { return math.Log(max(a, least) / max(b, least)) }

// simulate gives the figures of a row, in a fourth of the time when they need not be exact. All time outside queue
// and instances is in NetworkServerS, and in AvgS, too: what the mean latency leaves, or the front end's time where
// nothing is left, as a long queue that has not settled is longer for those who are taken from it than for those who were answered.
func (m *LoadModel) simulate(ctx context.Context, load OnlineRow, exact bool) (Simulated, error) {
	s, err := scenario.Parse("calibrated scenario", m.simulated(load).Scenario("calibrated", "", load), scenario.Options{})
	if err != nil {
		return Simulated{}, &beyondError{load, err}
	}
	s.Run.MaxEvents = fitEvents
	if exact {
		s.Run.MaxEvents = exactEvents
	}
	p, err := sim.Predict(ctx, sim.Of(s), sim.Options{NoWhatIf: true, NoPI: true})
	if err != nil {
		return Simulated{}, err
	}
	out := Simulated{Concurrency: load.Concurrency, RateRPS: load.RateRPS, ThroughputRPS: p.ThroughputRPS.Value, AvgS: p.LatencyS.Mean.Value, P99S: p.LatencyS.P99.Value}
	front := least
	for i := range p.Stages {
		st := &p.Stages[i]
		if st.Name != "instance" {
			front = max(front, st.Steps[0].TotalS())
			continue
		}
		out.QueueS = st.Queue.WaitS.Value
		for k := range st.Steps {
			switch t := st.Steps[k].TotalS(); st.Steps[k].Name {
			case "input":
				out.InputS = t
			case "infer":
				out.InferS = t
			default:
				out.OutputS = t
			}
		}
	}
	if out.NetworkServerS = out.AvgS - out.QueueS - out.ComputeS(); out.NetworkServerS <= 0 {
		out.NetworkServerS = front
	}
	if !(out.ThroughputRPS > 0) || math.IsNaN(out.AvgS+out.NetworkServerS+out.ComputeS()) {
		return Simulated{}, &beyondError{load, errors.New("no request is answered")}
	}
	return out, nil
}

// beyondError is a row whose load or times are beyond what can be simulated.
type beyondError struct {
	row OnlineRow
	err error
}

func (e *beyondError) Error() string { return e.row.load() + " cannot be simulated: " + e.err.Error() }

// inFile says of a row that cannot be simulated where it stands.
func inFile(file string, err error) error {
	var beyond *beyondError
	if !errors.As(err, &beyond) {
		return err
	}
	rule := fmt.Sprintf("the row with %s has a load or times that cannot be simulated; remove it", beyond.row.load())
	return &scenario.InputError{Faults: []scenario.Fault{{File: file, Line: beyond.row.Line, Rule: rule}}}
}
