package calibrate

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

// knownLoad is a server with several instances of which everything is known.
func knownLoad(instances, maxBatch int, closed bool) *LoadModel {
	var static []StaticRow
	for b := 1; b <= maxBatch; b *= 2 {
		static = append(static, StaticRow{Batch: b, AvgS: 1e-3 + 0.2e-3*float64(b), InferS: 0.8e-3 + 0.1e-3*float64(b)})
	}
	return &LoadModel{
		Server: Server{Instances: instances, MaxBatch: maxBatch, Closed: closed},
		Front:  []FrontPoint{{1, 0.5e-3}, {8, 1.5e-3}, {40, 4e-3}}, Loads: []LoadPoint{{Size: 1, Spread: 0.7}},
		Nodes:  []Node{{1, 0.1e-3, 1.5, 1e-5}, {10, 0.15e-3, 1.2, 1e-5}},
		Static: newShape(static),
	}
}

// table makes the table of a known server.
func (m *LoadModel) table(t *testing.T, clients ...int) *Table {
	t.Helper()
	out := &Table{Server: m.Server, Images: 1}
	out.Server.Closed = false // not known to who calibrates
	for i, b := range m.Static.batches {
		out.Static = append(out.Static, StaticRow{Batch: int(b), AvgS: 1e-3 + m.Static.seconds[i], InferS: m.Static.seconds[i]})
	}
	for _, n := range clients {
		row, err := m.simulate(context.Background(), OnlineRow{Concurrency: n}, true)
		if err != nil {
			t.Fatal(err)
		}
		out.Online = append(out.Online, row)
	}
	return out
}

func calibrated(t *testing.T, table *Table, o Options) *Calibration {
	t.Helper()
	c, err := Calibrate(context.Background(), "t.csv", table, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The table of a known server gives the rows back that were not used, and the rule by which its batches are formed.
func TestCalibrateFindsTheServerThatMadeTheTable(t *testing.T) {
	for _, closed := range []bool{true, false} {
		truth := knownLoad(2, 32, closed)
		c := calibrated(t, truth.table(t, 4, 9, 16, 24, 32, 48, 64), Options{})
		if got := c.Model.Server.Closed; got != closed {
			t.Errorf("formation found: closed is %v, want %v", got, closed)
		}
		if m, _ := MedianAndLargest(c.Errors(Rate, false)); m > 0.03 {
			t.Errorf("closed %v: median error of throughput is %.1f %%", closed, 100*m)
		}
		if m, _ := MedianAndLargest(c.Errors(Waiting, false)); m > 0.1 {
			t.Errorf("closed %v: median error of the queue is %.1f %%", closed, 100*m)
		}
	}
}

// One client, odd numbers of clients, one instance, no batches: as perf_analyzer's users have them.
func TestCalibrateOneInstanceWithoutBatches(t *testing.T) {
	c := calibrated(t, &fromFile(t, "testdata/perf.csv")[0], Options{Anchors: []int{2, 4}})
	for i := range c.Cases {
		for m, most := range map[LoadMetric]float64{Rate: 0.02, Response: 0.04, Compute: 0.03} {
			near(t, loadColumns[m].name, c.Cases[i].Predicted[m], c.Cases[i].Measured[m], most)
		}
	}
	var out bytes.Buffer
	if err := c.Text(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"instances 1, max batch 1", "Used: 0 static rows and the rows with 2 clients, 4 clients (*).", "  1 client ", "* 2 clients", "Of the other 1 rows"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("lacks %q:\n%s", want, out.String())
		}
	}
}

func TestCalibrateRates(t *testing.T) {
	truth := knownLoad(1, 1, false)
	table := &Table{Server: truth.Server, Images: 1}
	for _, rate := range []float64{100, 300, 500} {
		row, err := truth.simulate(context.Background(), OnlineRow{RateRPS: rate}, true)
		if err != nil {
			t.Fatal(err)
		}
		table.Online = append(table.Online, row)
	}
	c := calibrated(t, table, Options{})
	for i := range c.Cases {
		near(t, "throughput", c.Cases[i].Predicted[Rate], c.Cases[i].Measured[Rate], 0.02)
		near(t, "latency", c.Cases[i].Predicted[Response], c.Cases[i].Measured[Response], 0.05)
	}
}

// Two rows that no server can have both: the second's batches are ten times as slow at the same size.
func TestCalibrateSaysWhatCannotBeMet(t *testing.T) {
	row := func(n int, rate, compute float64) OnlineRow {
		l := float64(n) / rate
		return OnlineRow{Concurrency: n, ThroughputRPS: rate, NetworkServerS: 1e-3, InferS: compute, QueueS: l - compute - 1e-3, AvgS: l}
	}
	c := calibrated(t, &Table{Images: 1, Server: Server{Instances: 1, MaxBatch: 1}, Online: []OnlineRow{row(4, 200, 5e-3), row(8, 100, 10e-3)}}, Options{})
	var out bytes.Buffer
	if err := c.Text(&out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "cannot all be met by one server: 4 clients (requests/s") || !strings.Contains(out.String(), "none is left to be predicted") {
		t.Errorf("it is not said:\n%s", out.String())
	}
}

func TestCalibrateRefusesWhatItCannotKnow(t *testing.T) {
	busy := OnlineRow{Concurrency: 8, ThroughputRPS: 1000, NetworkServerS: 1e-3, QueueS: 2e-3, InferS: 5e-3, AvgS: 8e-3}
	table := func() *Table { return &Table{Server: Server{Instances: 1}, Images: 1, Online: []OnlineRow{busy}} }
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{}, "with 8 clients, 5.0 requests are on the instances at once, more than the 1 that there are: give --instances"},
		{Options{Server: Server{MaxBatch: 8}, Anchors: []int{7}}, "has no row with concurrency 7"},
	} {
		_, err := Calibrate(context.Background(), "t.csv", table(), c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}

func TestPickAnchors(t *testing.T) {
	var rows []OnlineRow
	for n := 8; n <= 256; n += 8 {
		rows = append(rows, OnlineRow{Concurrency: n})
	}
	got := PickAnchors(rows)
	if len(got) != 3 || got[0].Concurrency != 8 || got[1].Concurrency != 48 || got[2].Concurrency != 256 {
		t.Errorf("picked %+v, want 8, 48 and 256 clients", got)
	}
	if got := PickAnchors(rows[:2]); len(got) != 2 {
		t.Errorf("of two rows picked %d", len(got))
	}
}

const oneClient = "1,160.0,70,1200,40,45,4700,5,10,6100\n"

// So many clients that the queue never settles: the mean latency is less than the mean wait.
func TestCalibrateARowFarBeyondWhatTheServerCarries(t *testing.T) {
	table := fromText(t, "Concurrency,"+perfHeader+"\n"+oneClient+"2,205,70,1300,3600,45,4720,5,10,9700\n5000,205,75,1310,24384078,45,4720,5,10,0\n")
	c := calibrated(t, &table, Options{})
	for i := range c.Cases {
		near(t, "throughput", c.Cases[i].Predicted[Rate], c.Cases[i].Measured[Rate], 0.05)
		near(t, "outside", c.Cases[i].Predicted[Outside], c.Cases[i].Measured[Outside], 0.15)
	}
}

func TestCalibrateNamesTheRowThatCannotBeSimulated(t *testing.T) {
	table := fromText(t, "Concurrency,"+perfHeader+"\n"+oneClient+"1000000,205,75,1310,4878042000,45,4720,5,10,0\n")
	_, err := Calibrate(context.Background(), "t.csv", &table, Options{})
	if err == nil || !strings.HasPrefix(err.Error(), "t.csv:3: the row with 1000000 clients") || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v, want one line about the row", err)
	}
}
