package calibrate

import (
	"context"
	"math"
	"slices"

	"vsim/sim/scenario"
)

// PlainMetric is a figure of a plain row that is predicted.
type PlainMetric int

// The metrics: requests a second, and the figure that the table has of the latency.
const (
	PlainRate PlainMetric = iota
	PlainLatency
	plainMetrics
)

// PlainCase is a row with its prediction, in requests a second and seconds. Line is the yardstick: what a straight line in
// log-log through the anchors gives; NaN in setups without anchors.
type PlainCase struct {
	Setup     *Setup
	Row       PlainRow
	Used      bool
	Judged    bool // not used, and not of a setup of which others are
	Predicted [plainMetrics]float64
	Measured  [plainMetrics]float64
	Line      [plainMetrics]float64
}

// Error is predicted/measured - 1, or line/measured - 1 for the yardstick.
func (c *PlainCase) Error(m PlainMetric, line bool) float64 {
	if line {
		return c.Line[m]/c.Measured[m] - 1
	}
	return c.Predicted[m]/c.Measured[m] - 1
}

// PlainCalibration is a table without a split of the latency, with the server found for it.
type PlainCalibration struct {
	Table   *Table
	Model   *PlainModel
	Target  *Setup     // whose anchors are used
	Anchors []PlainRow // of Target; of the setups with the fewest instances all rows are used
	Chosen  string     // why batches are formed as they are
	Cases   []PlainCase
}

// CalibratePlain works out a server for a table that does not split the latency: from all rows of its setups with the
// fewest instances, and up to three rows, the anchors, of one with more. It predicts the others.
func CalibratePlain(ctx context.Context, file string, t *Table, o Options) (*PlainCalibration, error) {
	if err := t.completePlain(file, o.Server); err != nil {
		return nil, err
	}
	c := &PlainCalibration{Table: t, Target: t.target()}
	var err error
	if c.Anchors, err = pickPlain(file, c.Target.Rows, o.Anchors); err != nil {
		return nil, err
	}
	if err := c.fit(ctx, o); err != nil {
		return nil, inFile(file, err)
	}
	total := 0
	for i := range t.Setups {
		total += len(t.Setups[i].Rows)
	}
	for i := range t.Setups {
		for _, row := range t.Setups[i].Rows {
			o.step(len(c.Cases)+1, total, "predicting rows", t)
			got, err := c.Model.simulate(ctx, &t.Setups[i], row, t.Figure, exactEvents)
			if err != nil {
				return nil, inFile(file, err)
			}
			c.Cases = append(c.Cases, c.newCase(&t.Setups[i], row, got))
		}
	}
	return c, nil
}

// completePlain takes what the flags say of a table with one setup.
func (t *Table) completePlain(file string, s Server) error {
	if (s.Instances > 0 || s.MaxBatch > 0) && len(t.Setups) > 1 {
		return scenario.BadInput(file, "has %d setups of %s, each with its own instances and batches; leave --instances and --max-batch out", len(t.Setups), t.Name)
	}
	only := &t.Setups[0]
	if s.Instances > 0 {
		only.Instances = s.Instances
	}
	if s.MaxBatch > 0 {
		if s.MaxBatch < only.Items {
			return scenario.BadInput("--max-batch", "%d must be at least the %d images of a request", s.MaxBatch, only.Items)
		}
		only.MaxBatch, only.Batching = s.MaxBatch, s.MaxBatch > only.Items
	}
	return Server{MaxBatch: t.Setups[len(t.Setups)-1].MaxBatch, Preferred: s.Preferred}.checkPreferred()
}

// few is the smallest number of instances of a setup.
func (t *Table) few() int { return t.Setups[0].Instances }

// target is the setup with more instances than the fewest that has most rows; the last where all have as many.
func (t *Table) target() *Setup {
	best := -1
	for i := range t.Setups {
		s := &t.Setups[i]
		if s.Instances > t.few() && (best < 0 || len(s.Rows) > len(t.Setups[best].Rows)) {
			best = i
		}
	}
	if best < 0 {
		best = len(t.Setups) - 1
	}
	return &t.Setups[best]
}

// pickPlain picks the anchors as PickAnchors does, or those with the given numbers of clients.
func pickPlain(file string, rows []PlainRow, clients []int) (out []PlainRow, err error) {
	var all []OnlineRow
	for _, r := range rows {
		all = append(all, OnlineRow{Concurrency: r.Clients, Line: r.Line})
	}
	picked := PickAnchors(all)
	if clients != nil {
		if picked, err = Anchors(file, all, clients); err != nil {
			return nil, err
		}
	}
	for i, r := range rows {
		if slices.Contains(picked, all[i]) {
			out = append(out, r)
		}
	}
	return out, nil
}

// uses says whether a fit sees a row.
func (c *PlainCalibration) uses(s *Setup, row PlainRow) bool {
	if s == c.Target {
		return slices.Contains(c.Anchors, row)
	}
	return c.base(s) && slices.Contains(s.telling(), row)
}

// base says that a setup is used without anchors.
func (c *PlainCalibration) base(s *Setup) bool { return s != c.Target && s.Instances == c.Table.few() }

// fit finds the model, and the rule of batch formation if it is not given.
func (c *PlainCalibration) fit(ctx context.Context, o Options) error {
	var rows []used
	batching := false
	for i := range c.Table.Setups {
		s := &c.Table.Setups[i]
		batching = batching || s.Batching
		for _, row := range s.Rows {
			if c.uses(s, row) {
				rows = append(rows, used{s, row})
			}
		}
	}
	c.Chosen = "as given"
	rules := []bool{o.Formation == "closed"}
	switch {
	case !batching:
		c.Chosen = "of no matter without batches"
	case o.Formation == "":
		c.Chosen = "nearer to the rows used"
		rules = []bool{false, true}
	}
	alike := c.Target.Instances == c.Table.few()
	best := math.Inf(1)
	for i := range len(rules) * len(frontStarts) {
		o.step(i+1, len(rules)*len(frontStarts), "fitting the rows used", c.Table)
		f := newPlainFit(rows, c.Table.Figure, alike, rules[i/len(frontStarts)], frontStarts[i%len(frontStarts)])
		f.spread(o.Spread)
		f.start.Preferred, f.start.MaxQueueDelayS = o.Server.Preferred, o.Server.MaxQueueDelay.Seconds()
		m, sum, err := f.fit(ctx, best)
		if err != nil {
			return err
		}
		if sum < best {
			best, c.Model = sum, m
		}
	}
	return nil
}

func (c *PlainCalibration) newCase(s *Setup, row, got PlainRow) PlainCase {
	out := PlainCase{Setup: s, Row: row, Used: c.uses(s, row), Judged: !c.base(s) && !c.uses(s, row), Measured: row.metrics(), Predicted: got.metrics()}
	for m := range out.Line {
		out.Line[m] = math.NaN()
		if s == c.Target {
			out.Line[m] = between(len(c.Anchors), func(i int) (x, y float64) {
				return float64(c.Anchors[i].Clients), c.Anchors[i].metrics()[m]
			}, float64(row.Clients))
		}
	}
	return out
}

func (r PlainRow) metrics() [plainMetrics]float64 {
	return [plainMetrics]float64{r.ThroughputRPS, r.LatencyS}
}

// Errors are the absolute errors of the rows that are not used, ascending.
func (c *PlainCalibration) Errors(m PlainMetric, line bool) []float64 {
	var e []float64
	for i := range c.Cases {
		if x := math.Abs(c.Cases[i].Error(m, line)); c.Cases[i].Judged && !math.IsNaN(x) {
			e = append(e, x)
		}
	}
	slices.Sort(e)
	return e
}
