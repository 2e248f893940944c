package calibrate

import (
	"math"

	"gonum.org/v1/gonum/stat"

	"vsim/sim/scenario"
)

// MaxAnchors is the number of rows of the online table that Fit may see: the others are there to be predicted.
const MaxAnchors = 3

// Fit works out a Model from a static table and two or three rows of the online table, the anchors, both
// sorted. server is how the online table was made.
//
// It rests on what n clients and one instance settle into: while a batch of n/2 is computed the other half
// travels, arrives and queues, and then they change places. Half the clients' latency R is then the cycle of
// one batch of b = n/2 images. With C(b) the instance's time as Triton counts it,
//
//	R/2       = C(b) + g b            g: the instance answers the requests of a batch one by one
//	front     = p + g b + w (b+1)/2   w: the front end carries one request after the other; p: the path
//	static(b) = C(b) + g b + w b      the same transport, in one message
//
// where front is the time outside the server's queue and instance. C(b) comes from the anchors, g from the
// first equation by least squares, w from the third as the mean over static rows, p from the second by least
// squares. The static table also says how C goes on below the smallest anchor.
func Fit(static []StaticRow, anchors []OnlineRow, server Server) (*Model, error) {
	if err := check(static, anchors, server); err != nil {
		return nil, err
	}
	if err := server.checkPreferred(); err != nil {
		return nil, err
	}
	m := &Model{Server: server, RespondS: respond(anchors), Spread: spreadOf(static, anchors)}
	for _, a := range anchors {
		m.Points = append(m.Points, m.point(a))
	}
	if m.FrontendS = m.frontend(static, anchors); m.FrontendS <= 0 {
		return nil, scenario.BadInput("static table", "its batches come back sooner than the online table's instance computes them; give two tables of the same server")
	}
	m.PathS = m.path(anchors)
	m.Points = append(m.below(static), m.Points...)
	m.reach(1, server.MaxBatch)
	return m, nil
}

// respond is g, the time in which an instance answers one request, by least squares over the anchors.
func respond(anchors []OnlineRow) float64 {
	b, gap := make([]float64, len(anchors)), make([]float64, len(anchors))
	for i, a := range anchors {
		b[i], gap[i] = a.half(), a.AvgS/2-a.ComputeS()
	}
	_, g := stat.LinearRegression(b, gap, nil, true)
	return max(g, 0)
}

// point is C at an anchor's batch size. Triton's means are over requests and so too long where uneven batches
// take turns; half the latency is too long where the instance waits. The shorter is nearer to the truth.
func (m *Model) point(a OnlineRow) Point {
	p := Point{a.Concurrency / 2, a.InputS, a.InferS, a.OutputS}
	return p.scaled(min(1, (a.AvgS/2-m.RespondS*a.half())/a.ComputeS()))
}

// frontend is w: what a static batch takes beyond the instance, an image. But a front end that is seen to carry
// more requests a second, in an anchor, is as fast as it is seen to be.
func (m *Model) frontend(static []StaticRow, anchors []OnlineRow) float64 {
	compute := line(len(m.Points), func(i int) (int, float64) { return m.Points[i].Batch, m.Points[i].computeS() })
	var each []float64
	for _, row := range static {
		if b := float64(row.Batch); row.Batch >= m.Points[0].Batch && row.Batch <= m.Points[len(m.Points)-1].Batch {
			each = append(each, (row.AvgS-compute.Predict(b))/b-m.RespondS)
		}
	}
	w := stat.Mean(each, nil)
	for _, a := range anchors {
		w = min(w, 1/a.ThroughputRPS)
	}
	return w
}

// path is p, by least squares of relative errors.
func (m *Model) path(anchors []OnlineRow) float64 {
	rest, weight := make([]float64, len(anchors)), make([]float64, len(anchors))
	for i, a := range anchors {
		rest[i] = a.frontS() - m.RespondS*a.half() - m.FrontendS*(a.half()+1)/2
		weight[i] = math.Pow(a.frontS(), -2)
	}
	return max(stat.Mean(rest, weight), 0)
}

// below is C at the static table's batch sizes below the smallest anchor: from row to row it falls by what the
// round trip falls and the transport does not. Copies shrink with their bytes; a row that leaves no time for
// inference is left out.
func (m *Model) below(static []StaticRow) (points []Point) {
	first := m.Points[0]
	trip := line(len(static), func(i int) (int, float64) { return static[i].Batch, static[i].AvgS })
	for _, row := range static {
		if row.Batch >= first.Batch {
			break
		}
		missing := float64(first.Batch - row.Batch)
		fallen := trip.Predict(float64(first.Batch)) - row.AvgS - (m.FrontendS+m.RespondS)*missing
		p := first.scaled(float64(row.Batch) / float64(first.Batch))
		p.Batch, p.InferS = row.Batch, first.computeS()-fallen-p.InputS-p.OutputS
		if p.InferS > 0 {
			points = append(points, p)
		}
	}
	return points
}

// reach makes the points span all batch sizes: constant below the first, straight on beyond the last.
func (m *Model) reach(least, most int) {
	if p := m.Points[0]; p.Batch > least {
		p.Batch = least
		m.Points = append([]Point{p}, m.Points...)
	}
	if n := len(m.Points); m.Points[n-1].Batch < most {
		m.Points = append(m.Points, beyond(m.Points[n-2], m.Points[n-1], most))
	}
}
