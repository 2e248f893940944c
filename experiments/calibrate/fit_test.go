package calibrate

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"
)

var server = Server{MaxBatch: 128, Preferred: []int{64, 128}, MaxQueueDelay: time.Millisecond}

// known is a server of which everything is known: copies and inference are straight lines.
func known() *Model {
	m := &Model{Server: server, FrontendS: 120e-6, PathS: 0.8e-3, RespondS: 15e-6}
	for _, b := range []int{1, 128} {
		m.Points = append(m.Points, Point{b, 50e-6 * float64(b), 2e-3 + 80e-6*float64(b), 4e-6 * float64(b)})
	}
	return m
}

// at interpolates the points.
func (m *Model) at(batch int) Point {
	for i, p := range m.Points {
		if p.Batch == batch {
			return p
		}
		if p.Batch > batch {
			return beyond(m.Points[i-1], p, batch)
		}
	}
	return Point{}
}

// static is the table of a server: transport and computing of a batch that is alone.
func (m *Model) static() (rows []StaticRow) {
	for b := 1; b <= m.Server.MaxBatch; b *= 2 {
		rows = append(rows, StaticRow{Batch: b, AvgS: m.at(b).computeS() + (m.RespondS+m.FrontendS)*float64(b)})
	}
	return rows
}

// online simulates a row of the table of a server.
func (m *Model) online(t *testing.T, clients int) OnlineRow {
	t.Helper()
	p, err := m.predict(context.Background(), clients)
	if err != nil {
		t.Fatal(err)
	}
	r := OnlineRow{Concurrency: clients, ThroughputRPS: p[Throughput], QueueS: p[Queue], AvgS: p[Latency]}
	compute := p[Computing] / p[Throughput]
	share := m.at(clients / 2).scaled(compute / m.at(clients/2).computeS())
	r.InputS, r.InferS, r.OutputS = share.InputS, share.InferS, share.OutputS
	r.NetworkServerS = r.AvgS - r.QueueS - compute
	return r
}

func near(t *testing.T, what string, got, want, relative float64) {
	t.Helper()
	if math.Abs(got-want) > relative*math.Abs(want) {
		t.Errorf("%s: %g, want %g within %.1f %%", what, got, want, 100*relative)
	}
}

// Tables that a known server has made give the server back. The margin of 1 % on times of batches is for batches
// that do not come out at exactly half the clients, of which the others are small differences.
func TestFitFindsTheServerThatMadeTheTables(t *testing.T) {
	truth := known()
	var anchors []OnlineRow
	for _, n := range []int{16, 96, 256} {
		anchors = append(anchors, truth.online(t, n))
	}
	m, err := Fit(truth.static(), anchors, server)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "front end", m.FrontendS, truth.FrontendS, 0.05)
	near(t, "path", m.PathS, truth.PathS, 0.1)
	near(t, "respond", m.RespondS, truth.RespondS, 0.1)
	for b := 1; b <= 128; b *= 2 {
		near(t, "compute", m.at(b).computeS(), truth.at(b).computeS(), 0.01)
		near(t, "infer", m.at(b).InferS, truth.at(b).InferS, 0.01)
	}
}

// Two batches of half the clients take turns, so that a cycle of both serves every client once. With times that
// are straight lines in the batch it does not matter how evenly the clients are split.
func TestTwoBatchesTakeTurns(t *testing.T) {
	m := known()
	for _, n := range []int{16, 40, 128, 250} {
		p, err := m.predict(context.Background(), n)
		if err != nil {
			t.Fatal(err)
		}
		cycle := 2 * (m.at(n/2).computeS() + m.RespondS*float64(n)/2)
		near(t, "latency", p[Latency], cycle, 0.01)
		near(t, "throughput", p[Throughput], float64(n)/cycle, 0.01)
	}
}

// A table in other units of time gives the same server in those units.
func TestFitScalesWithTime(t *testing.T) {
	truth, factor := known(), 3.0
	slow := func(r OnlineRow) OnlineRow {
		return OnlineRow{r.Concurrency, 0, r.ThroughputRPS / factor, r.ClientSendS * factor, r.NetworkServerS * factor,
			r.QueueS * factor, r.InputS * factor, r.InferS * factor, r.OutputS * factor, r.AvgS * factor, r.P99S * factor, 0}
	}
	anchors := []OnlineRow{truth.online(t, 16), truth.online(t, 256)}
	static := truth.static()
	a, err := Fit(static, anchors, server)
	if err != nil {
		t.Fatal(err)
	}
	for i := range static {
		static[i].AvgS *= factor
	}
	b, err := Fit(static, []OnlineRow{slow(anchors[0]), slow(anchors[1])}, server)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "front end", b.FrontendS, factor*a.FrontendS, 1e-9)
	near(t, "path", b.PathS, factor*a.PathS, 1e-9)
	near(t, "respond", b.RespondS, factor*a.RespondS, 1e-9)
	for i, p := range a.Points {
		near(t, "infer", b.Points[i].InferS, factor*p.InferS, 1e-9)
	}
}

// A front end cannot be slower than the anchors show it to be, whatever the static table says.
func TestFrontEndKeepsUpWithTheAnchors(t *testing.T) {
	truth := known()
	anchors := []OnlineRow{truth.online(t, 16), truth.online(t, 256)}
	static := truth.static()
	for i := range static {
		static[i].AvgS *= 2
	}
	m, err := Fit(static, anchors, server)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "front end", m.FrontendS, 1/anchors[1].ThroughputRPS, 1e-9)
}

func TestFitRefusesWhatItCannotUse(t *testing.T) {
	good := func(n int) OnlineRow {
		return OnlineRow{Concurrency: n, ThroughputRPS: 1000, NetworkServerS: 1e-3, QueueS: 1e-3, InferS: float64(n) * 1e-3, AvgS: float64(n) * 2e-3}
	}
	static := []StaticRow{{Batch: 1, AvgS: 0.1}, {Batch: 8, AvgS: 0.5}, {Batch: 128, AvgS: 8}}
	idle := good(16)
	idle.InferS = 0
	cases := []struct {
		name    string
		static  []StaticRow
		anchors []OnlineRow
		want    string
	}{
		{"one anchor", static, []OnlineRow{good(16)}, "anchors: 1 rows of the online table; give 2 or 3"},
		{"all rows", static, []OnlineRow{good(2), good(4), good(6), good(8)}, "anchors: 4 rows"},
		{"odd clients", static, []OnlineRow{good(16), good(17)}, "anchors: concurrency = 17: must be even"},
		{"too many clients", static, []OnlineRow{good(16), good(258)}, "must be at most 256"},
		{"order", static, []OnlineRow{good(32), good(16)}, "must be above the anchor before"},
		{"no compute", static, []OnlineRow{idle, good(32)}, "all above 0"},
		{"one static row", static[:1], []OnlineRow{good(16), good(32)}, "static table: 1 rows"},
		{"static order", []StaticRow{{Batch: 8, AvgS: 1}, {Batch: 4, AvgS: 1}}, []OnlineRow{good(16), good(32)}, "batch 4 follows 8"},
		{"no batch between", static, []OnlineRow{good(32), good(64)}, "no batch size from 16 to 32"},
		{"another server", []StaticRow{{Batch: 8, AvgS: 1e-3}, {Batch: 16, AvgS: 1e-3}}, []OnlineRow{good(16), good(32)}, "two tables of the same server"},
	}
	for _, c := range cases {
		_, err := Fit(c.static, c.anchors, server)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := Anchors("online.csv", []OnlineRow{good(16)}, []int{16, 18}); err == nil || !strings.Contains(err.Error(), "online.csv: has no row with concurrency 18") {
		t.Errorf("anchor that is not there: %v", err)
	}
}
