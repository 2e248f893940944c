package calibrate

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// PlainRow is a row of a table that does not split the latency: so many clients of a closed loop, what they get, and
// one figure of the latency.
type PlainRow struct {
	Clients       int
	ThroughputRPS float64 // requests
	LatencyS      float64 // the figure that the table has, see Figure
	Line          int     // of the file
}

// meanS is the mean time from one request of a client to its next: Little's law.
func (r PlainRow) meanS() float64 { return float64(r.Clients) / r.ThroughputRPS }

// Setup is one way in which the server of a table was run.
type Setup struct {
	Instances int
	Batching  bool // requests are put together, up to MaxBatch images
	MaxBatch  int  // images; without batching those of a request
	Items     int  // images of a request
	Rows      []PlainRow
}

// same says that rows of both are of one setup.
func (s *Setup) same(o *Setup) bool {
	return s.Instances == o.Instances && s.Batching == o.Batching && s.MaxBatch == o.MaxBatch && s.Items == o.Items
}

// String describes a setup: "2 instances, batches up to 8".
func (s *Setup) String() string {
	text := fmt.Sprintf("%d instance%s, ", s.Instances, plural(s.Instances))
	if s.Batching {
		text += fmt.Sprintf("batches up to %d", s.MaxBatch)
	} else {
		text += "no batching"
	}
	return text
}

// requestsOf says how many images a request of each setup has.
func (t *Table) requestsOf() string {
	items := t.Setups[0].Items
	for i := range t.Setups {
		if t.Setups[i].Items != items {
			return "Requests have different numbers of images, by setup."
		}
	}
	return fmt.Sprintf("A request has %d image%s.", items, plural(items))
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

// requests is the largest number of requests in a batch.
func (s *Setup) requests() int { return max(s.MaxBatch/s.Items, 1) }

// Figure is what a table tells of latencies, beside their mean, which follows from the throughput.
type Figure struct {
	Column   string
	Quantile float64 // 0 for the mean
	Unit     float64 // seconds in the column's
}

// latencyFigures are the columns that are looked for, best first.
var latencyFigures = []Figure{
	{"p95_ms", 0.95, 1e-3}, {"p95_batch_latency_ms", 0.95, 1e-3}, {"p95 latency", 0.95, 1e-6},
	{"p99_ms", 0.99, 1e-3}, {"p99 latency", 0.99, 1e-6},
	{"p90_ms", 0.90, 1e-3}, {"p90 latency", 0.90, 1e-6},
	{"avg_ms", 0, 1e-3}, {"Avg latency", 0, 1e-6},
	{"p50_ms", 0.50, 1e-3}, {"p50 latency", 0.50, 1e-6},
}

func (f Figure) String() string {
	if f.Quantile == 0 {
		return "mean"
	}
	return fmt.Sprintf("p%.0f", 100*f.Quantile)
}

// plausible says whether a row's latency can be that of its clients. A mean must be as Little's law has it. A
// percentile above the median is no shorter than the mean, but for what clients need between two requests.
func (f Figure) plausible(r PlainRow) bool {
	ratio := r.LatencyS / r.meanS()
	if f.Quantile == 0 {
		return math.Abs(ratio-1) <= contradiction
	}
	return ratio > 0.9 && ratio < 10
}

// isPlain says that a header has a throughput, clients and a latency, but nothing of the server's split.
func (t *tables) isPlain() bool {
	for _, f := range figures[1:] {
		if t.has(f.perf) || t.has(f.own) {
			return false
		}
	}
	if !t.has(figures[0].perf) && !t.has(figures[0].own) || !t.has("Concurrency") && !t.has("concurrency") {
		return false
	}
	for _, f := range latencyFigures {
		t.plain = t.plain || t.has(f.Column)
	}
	return t.plain
}

// figureOf is the first figure that the present row has, which must be that of its table's other rows.
func (t *tables) figureOf() Figure {
	for _, f := range latencyFigures {
		if t.text(f.Column) != "" {
			return f
		}
	}
	t.fault("", "", "the row has no latency")
	return latencyFigures[0]
}

// What a free text in the column config says of a setup.
var (
	saysInstances = regexp.MustCompile(`(?i)\b(\d+)[ -](?:model )?instances?\b`)
	saysNone      = regexp.MustCompile(`(?i)\b(?:no|without) (?:dynamic )?batching\b`)
	saysBatching  = regexp.MustCompile(`(?i)\bdynamic batching\b`)
)

// plainRow adds the present row to the setup that it is of.
func (t *tables) plainRow() {
	s, rest := t.setup()
	items := float64(s.Items)
	line, _ := t.csv.FieldPos(0)
	row := PlainRow{Line: line, ThroughputRPS: t.rate(t.names[0]) / items, Clients: t.whole(t.load, "a number of clients", maxCount)}
	figure := t.figureOf()
	if t.faulty() {
		return
	}
	row.LatencyS = figure.Unit * t.number(figure.Column, func(x float64) bool { return x > 0 }, "a time above 0")
	if t.faulty() {
		return
	}
	table := t.named(strings.Join(t.nameParts(rest), ", "))
	switch {
	case table.Figure.Column == "":
		table.Figure = figure
	case table.Figure != figure:
		t.fault(table.Figure.Column, "", "is empty, but other rows of the table have it; give every row the same figure of the latency")
		return
	}
	if !figure.plausible(row) {
		table.LeftOut = append(table.LeftOut, OnlineRow{Concurrency: row.Clients, ThroughputRPS: row.ThroughputRPS, Line: line})
		return
	}
	for i := range table.Setups {
		if table.Setups[i].same(&s) {
			table.Setups[i].Rows = append(table.Setups[i].Rows, row)
			return
		}
	}
	s.Rows = []PlainRow{row}
	table.Setups = append(table.Setups, s)
}

// setup reads what the present row says of its setup: in columns of its own or, where those are empty, in the free text
// of config. rest is what config says beside that. Without a word of batching it is on where the table has a max_batch above
// a request's images.
func (t *tables) setup() (s Setup, rest string) {
	s = Setup{Instances: 1, Items: 1}
	if t.text("client_batch") != "" {
		s.Items = t.whole("client_batch", "images of a request", MaxBatch)
	}
	s.MaxBatch = s.Items
	if t.text("max_batch") != "" {
		s.MaxBatch = t.whole("max_batch", "Triton's max_batch_size", MaxBatch)
	}
	s.Batching = s.MaxBatch > s.Items
	config := t.text("config")
	switch none, some := saysNone.MatchString(config), saysBatching.MatchString(config); {
	case t.text("dynamic_batching") != "":
		s.Batching = t.yes("dynamic_batching")
	case none || some:
		s.Batching = !none
	}
	rest = saysBatching.ReplaceAllString(saysNone.ReplaceAllString(config, ""), "")
	if found := saysInstances.FindStringSubmatch(config); found != nil {
		rest = saysInstances.ReplaceAllString(rest, "")
		s.Instances, _ = strconv.Atoi(found[1])
		if s.Instances < 1 || s.Instances > MaxInstances {
			t.fault("config", strconv.Quote(config), "must name 1 to %d instances", MaxInstances)
		}
	}
	if t.text("instances") != "" {
		s.Instances = t.whole("instances", "a number of instances", MaxInstances)
	}
	t.fits(&s)
	return s, strings.Trim(rest, " ,;+")
}

// fits checks a setup's batches.
func (t *tables) fits(s *Setup) {
	switch {
	case t.faulty():
	case s.MaxBatch < s.Items:
		t.fault("max_batch", strconv.Itoa(s.MaxBatch), "must be at least client_batch, %d, the images of a request", s.Items)
	case !s.Batching:
		s.MaxBatch = s.Items
	case t.text("max_batch") == "":
		t.fault("max_batch", "", "must be given where there is dynamic batching; add the column")
	}
}

// yes reads a column that says yes or no.
func (t *tables) yes(column string) bool {
	switch text := t.text(column); strings.ToLower(text) {
	case "yes", "true", "on", "1":
		return true
	case "no", "false", "off", "0":
	default:
		t.fault(column, strconv.Quote(text), "must be yes or no")
	}
	return false
}

// finishPlain sorts setups and their rows: fewest instances first.
func (t *Table) finishPlain() {
	slices.SortStableFunc(t.Setups, func(a, b Setup) int { return cmp.Compare(a.Instances, b.Instances) })
	for i := range t.Setups {
		slices.SortStableFunc(t.Setups[i].Rows, func(a, b PlainRow) int { return cmp.Compare(a.Clients, b.Clients) })
	}
}
