package calibrate

import (
	"context"
	"math"
	"slices"

	"vsim/sim/engine/stats"
	"vsim/sim/scenario"
)

// LoadMetric is a figure of a row under load that is predicted.
type LoadMetric int

// The metrics: requests a second, the latency that a client sees, its time in the queue, on an instance, and
// outside both.
const (
	Rate LoadMetric = iota
	Response
	Waiting
	Compute
	Outside
	loadMetrics
)

// LoadCase is a row with its prediction, in requests a second and seconds. Line is a yardstick for it: what a
// straight line through the anchors in log-log gives.
type LoadCase struct {
	Row       OnlineRow
	Anchor    bool
	Predicted [loadMetrics]float64
	Measured  [loadMetrics]float64
	Line      [loadMetrics]float64
	P99S      float64 // predicted 99th percentile of the latency
}

// Error is predicted/measured - 1, or line/measured - 1 for the yardstick; 0 where nothing was measured.
func (c *LoadCase) Error(m LoadMetric, line bool) float64 {
	switch {
	case c.Measured[m] <= 0:
		return 0
	case line:
		return c.Line[m]/c.Measured[m] - 1
	}
	return c.Predicted[m]/c.Measured[m] - 1
}

// Calibration is a table with the server found for it.
type Calibration struct {
	Table   *Table
	Model   *LoadModel
	Anchors []OnlineRow
	Chosen  string // why batches are formed as they are
	Cases   []LoadCase
}

// Options say how tables are calibrated.
type Options struct {
	Server    Server   // what the tables do not say of it
	Anchors   []int    // numbers of clients; nil means those that PickAnchors picks
	Formation string   // "closed" or "growing"; "" means that which comes nearer to the anchors
	Spread    *float64 // coefficient of variation of the instance's times; nil means that which percentiles tell

	Progress func(n, total int, what string) // is told what is being done; may be nil
}

// step tells what is being done.
func (o *Options) step(n, total int, what string, t *Table) {
	if o.Progress != nil {
		o.Progress(n, total, what+of(t.Name))
	}
}

// Calibrate works out a server for a table and predicts its rows.
func Calibrate(ctx context.Context, file string, t *Table, o Options) (*Calibration, error) {
	if err := t.complete(file, o.Server); err != nil {
		return nil, err
	}
	c := &Calibration{Table: t, Anchors: PickAnchors(t.Online)}
	if o.Anchors != nil {
		var err error
		if c.Anchors, err = Anchors(file, t.Online, o.Anchors); err != nil {
			return nil, err
		}
	}
	if n := len(c.Anchors); n > MaxAnchors {
		return nil, scenario.BadInput("--anchors", "%d rows of the table; give 1 to %d, the others are there to be predicted", n, MaxAnchors)
	}
	if err := c.fit(ctx, o); err != nil {
		return nil, inFile(file, err)
	}
	times, err := c.spread(ctx, o.Spread)
	if err != nil {
		return nil, inFile(file, err)
	}
	if !times.Assumed { // means are compared without what is assumed
		c.Model.Times = times
	}
	for i, row := range t.Online {
		o.step(i+1, len(t.Online), "predicting rows", t)
		got, err := c.Model.simulate(ctx, row, true)
		if err != nil {
			return nil, inFile(file, err)
		}
		c.Cases = append(c.Cases, c.newCase(row, got))
	}
	c.Model.Times = times
	return c, nil
}

// complete fills in what a table does not say of its server.
func (t *Table) complete(file string, s Server) error {
	t.Server.Preferred, t.Server.MaxQueueDelay = s.Preferred, s.MaxQueueDelay
	if s.Instances > 0 {
		t.Server.Instances = s.Instances
	}
	if s.MaxBatch > 0 {
		t.Server.MaxBatch = s.MaxBatch
	}
	if err := t.checkImages(file); err != nil {
		return err
	}
	if t.Server.MaxBatch > 0 {
		return t.Server.checkPreferred()
	}
	t.Server.MaxBatch = t.Images
	for _, row := range t.Online {
		if row.Computing() > apart*float64(t.Server.Instances) {
			return scenario.BadInput(file, "with %s, %.1f requests are on the instances at once, more than the %d that there are: give --instances, and --max-batch if they take batches",
				row.load(), row.Computing(), t.Server.Instances)
		}
	}
	return t.Server.checkPreferred()
}

// PickAnchors picks the first and the last row, so that nothing is extrapolated, and the one nearest to their
// geometric mean.
func PickAnchors(rows []OnlineRow) []OnlineRow {
	n := len(rows)
	if n <= MaxAnchors {
		return rows
	}
	middle := math.Sqrt(rows[0].size() * rows[n-1].size())
	best := slices.MinFunc(rows[1:n-1], func(a, b OnlineRow) int {
		return compareFloat(math.Abs(math.Log(a.size()/middle)), math.Abs(math.Log(b.size()/middle)))
	})
	return []OnlineRow{rows[0], best, rows[n-1]}
}

func compareFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// size is a row's load: clients, or requests a second.
func (r OnlineRow) size() float64 { return max(float64(r.Concurrency), r.RateRPS) }

// fit finds the model, and the rule of batch formation if it is not given.
func (c *Calibration) fit(ctx context.Context, o Options) error {
	c.Chosen = "as given"
	rules := []bool{o.Formation == "closed"}
	switch {
	case c.Table.Server.MaxBatch < 2*c.Table.Images:
		c.Chosen = "of no matter without batches"
	case o.Formation == "":
		c.Chosen = "nearer to the anchors"
		rules = []bool{false, true}
	}
	best := math.Inf(1)
	for i, closed := range rules {
		o.step(i+1, len(rules), "fitting the rows used", c.Table)
		t := *c.Table
		t.Server.Closed = closed
		m, misses, err := FitLoad(ctx, &t, c.Anchors)
		if err != nil {
			return err
		}
		if misses < best {
			best, c.Model = misses, m
		}
	}
	c.Table.Server.Closed = c.Model.Server.Closed
	return nil
}

// newCase compares a row with its prediction. What passes between an answer and the next request is part of the
// simulated time outside, but of no latency in the table.
func (c *Calibration) newCase(row OnlineRow, got Simulated) LoadCase {
	client := min(c.Model.client(row)*row.size()/got.ThroughputRPS, got.NetworkServerS/2)
	if row.Concurrency == 0 {
		client = 0
	}
	return LoadCase{
		Row: row, Anchor: slices.Contains(c.Anchors, row),
		Measured:  row.metrics(),
		Predicted: [loadMetrics]float64{got.ThroughputRPS, got.AvgS - client, got.QueueS, got.ComputeS(), got.NetworkServerS - client},
		Line:      lineThrough(c.Anchors, row),
		P99S:      got.P99S,
	}
}

func (r OnlineRow) metrics() [loadMetrics]float64 {
	return [loadMetrics]float64{r.ThroughputRPS, r.AvgS, r.QueueS, r.ComputeS(), r.frontS()}
}

// lineThrough is the yardstick.
func lineThrough(anchors []OnlineRow, row OnlineRow) (out [loadMetrics]float64) {
	for m := range out {
		out[m] = between(len(anchors), func(i int) (x, y float64) { return anchors[i].size(), max(anchors[i].metrics()[m], least) }, row.size())
	}
	return out
}

// Errors are the absolute errors of the rows that are no anchors, ascending.
func (c *Calibration) Errors(m LoadMetric, line bool) []float64 {
	var e []float64
	for i := range c.Cases {
		if !c.Cases[i].Anchor {
			e = append(e, math.Abs(c.Cases[i].Error(m, line)))
		}
	}
	slices.Sort(e)
	return e
}

// MedianAndLargest of sorted errors; 0 of none.
func MedianAndLargest(e []float64) (median, largest float64) {
	if len(e) == 0 {
		return 0, 0
	}
	return stats.Median(e), e[len(e)-1]
}
