package calibrate

import (
	"context"
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"vsim/sim"
	"vsim/sim/predict"
	"vsim/sim/scenario"
)

// Errors in logarithms that count as much as one another: of throughput, and of the latency's figure.
const (
	rateError = 0.02
	tailError = 0.10
)

const (
	plainSteps    = 8      // of least squares
	plainProgress = 0.002  // the part of the sum of squares by which a step must be better
	hopeless      = 20     // times another fit's sum of squares
	plainEvents   = 10_000 // of a simulation while fitting
	clientEvents  = 200    // for each client, if that is more: enough to forget that all started at once
	mostEvents    = 2_000_000
)

// used is a row that a fit sees, and the setup that it is of.
type used struct {
	setup *Setup
	row   PlainRow
}

// parameter is a number that is fitted, by its logarithm. Where no row tells it, it stays near where it started or,
// if it has a twin, near that.
type parameter struct {
	at    func(m *PlainModel) *float64
	twin  func(m *PlainModel) *float64
	loose float64 // how far in logarithms it may go from there as easily as a row may be off by its error
	step  float64 // in logarithms, with which derivatives are taken

	matters func(u used) bool // to a row; nil to all
}

// pull is how far a parameter has gone, as a residual.
func (p *parameter) pull(m, start *PlainModel) float64 {
	from := *p.at(start)
	if p.twin != nil {
		from = *p.twin(m)
	}
	return math.Log(*p.at(m)/from) / p.loose
}

// plainFit is a PlainModel on its way to the rows.
type plainFit struct {
	rows       []used
	figure     Figure
	start      *PlainModel
	parameters []parameter
}

// fit moves all numbers of a model until a simulation of the rows gives them back as nearly as can be: least
// squares by Levenberg and Marquardt. The second result is the sum of squares. It gives up where that is still far above
// what another fit has come to.
func (f *plainFit) fit(ctx context.Context, other float64) (*PlainModel, float64, error) {
	m := f.start.clone()
	r, err := f.residuals(ctx, m, nil, nil)
	if err != nil {
		return nil, 0, err
	}
	best, damping := mat.Dot(r, r), 0.1
	for k := range plainSteps {
		if k > 0 && best > hopeless*other {
			break
		}
		j, err := f.derivatives(ctx, m, r)
		if err != nil {
			return nil, 0, err
		}
		before := best
		for range 3 { // the step is shorter, the more it is damped
			next := f.moved(m, f.stepOf(j, r, damping))
			to, err := f.residuals(ctx, next, nil, nil)
			if err != nil {
				return nil, 0, err
			}
			if sum := mat.Dot(to, to); sum < best {
				m, r, best, damping = next, to, sum, damping/5
				break
			}
			damping *= 5
		}
		if best > (1-plainProgress)*before {
			break
		}
	}
	return m, best, nil
}

// residuals are the errors of all rows, and how far the parameters are from where they started. Rows to which a change does
// not matter are taken from before.
func (f *plainFit) residuals(ctx context.Context, m *PlainModel, before *mat.VecDense, matters func(u used) bool) (*mat.VecDense, error) {
	var out []float64
	for _, u := range f.rows {
		if matters != nil && !matters(u) {
			out = append(out, before.RawVector().Data[len(out):len(out)+f.figures()]...)
			continue
		}
		got, err := m.simulate(ctx, u.setup, u.row, f.figure, plainEvents)
		if err != nil {
			return nil, err
		}
		out = append(out, logRatio(got.ThroughputRPS, u.row.ThroughputRPS)/rateError)
		if f.figures() > 1 {
			out = append(out, logRatio(got.LatencyS, u.row.LatencyS)/tailError)
		}
	}
	for i := range f.parameters {
		p := &f.parameters[i]
		out = append(out, p.pull(m, f.start))
	}
	return mat.NewVecDense(len(out), out), nil
}

// figures are those of a row that are fitted: a mean latency says no more than the throughput.
func (f *plainFit) figures() int {
	if f.figure.Quantile > 0 {
		return 2
	}
	return 1
}

// derivatives of the residuals by the parameters' logarithms.
func (f *plainFit) derivatives(ctx context.Context, m *PlainModel, r *mat.VecDense) (*mat.Dense, error) {
	j := mat.NewDense(r.Len(), len(f.parameters), nil)
	for i, p := range f.parameters {
		near := m.clone()
		*p.at(near) *= math.Exp(p.step)
		to, err := f.residuals(ctx, near, r, p.matters)
		if err != nil {
			return nil, err
		}
		to.SubVec(to, r)
		to.ScaleVec(1/p.step, to)
		j.SetCol(i, to.RawVector().Data)
	}
	return j, nil
}

// stepOf solves the damped normal equations for a step of the parameters' logarithms.
func (f *plainFit) stepOf(j *mat.Dense, r *mat.VecDense, damping float64) []float64 {
	var square mat.Dense
	square.Mul(j.T(), j)
	for i := range f.parameters {
		square.Set(i, i, square.At(i, i)*(1+damping))
	}
	var down, step mat.VecDense
	down.MulVec(j.T(), r)
	if err := step.SolveVec(&square, &down); err != nil {
		var condition mat.Condition
		if !errors.As(err, &condition) {
			return make([]float64, len(f.parameters))
		}
	}
	return step.RawVector().Data
}

// longest is the longest step of a parameter, in logarithms.
const longest = 0.7

func (f *plainFit) moved(m *PlainModel, step []float64) *PlainModel {
	next := m.clone()
	for i, p := range f.parameters {
		*p.at(next) *= math.Exp(-min(max(step[i], -longest), longest))
	}
	for i := 1; i < len(next.TimesS); i++ {
		next.TimesS[i] = max(next.TimesS[i], next.TimesS[i-1])
	}
	next.FrontCV = min(max(next.FrontCV, 0.02), 1.5)
	if !next.Times.Assumed {
		next.Times.CV = min(max(next.Times.CV, 0.005), 1)
	}
	return next
}

func (m *PlainModel) clone() *PlainModel {
	out := *m
	out.Batches, out.TimesS = slices.Clone(m.Batches), slices.Clone(m.TimesS)
	return &out
}

// simulate gives the row of a setup with so many clients.
func (m *PlainModel) simulate(ctx context.Context, setup *Setup, row PlainRow, f Figure, events int64) (PlainRow, error) {
	s, err := scenario.Parse("calibrated scenario", m.Scenario("calibrated", "", setup.simulated(row.Clients, m.Preferred), row.Clients), scenario.Options{})
	if err != nil {
		return PlainRow{}, row.beyond(err)
	}
	s.Run.MaxEvents = max(events, min(clientEvents*int64(row.Clients), mostEvents))
	p, err := sim.Predict(ctx, sim.Of(s), sim.Options{NoWhatIf: true, NoPI: true})
	if err != nil {
		return PlainRow{}, err
	}
	got := PlainRow{Clients: row.Clients, ThroughputRPS: p.ThroughputRPS.Value, LatencyS: f.of(&p.LatencyS)}
	if !(got.ThroughputRPS > 0) || !(got.LatencyS > 0) {
		return PlainRow{}, row.beyond(errors.New("no request is answered"))
	}
	return got, nil
}

// beyond is the error of a row that cannot be simulated.
func (r PlainRow) beyond(err error) error {
	return &beyondError{OnlineRow{Concurrency: r.Clients, Line: r.Line}, err}
}

// of picks the figure from a simulated latency.
func (f Figure) of(l *predict.Latency) float64 {
	switch f.Quantile {
	case 0.5:
		return l.P50.Value
	case 0.9:
		return l.P90.Value
	case 0.95:
		return l.P95.Value
	case 0.99:
		return l.P99.Value
	}
	return l.Mean.Value
}
