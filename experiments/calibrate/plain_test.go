package calibrate

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"vsim/sim/scenario"
)

func plainCalibrated(t *testing.T, table *Table, o Options) *PlainCalibration {
	t.Helper()
	c, err := CalibratePlain(context.Background(), "t.csv", table, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// knownPlain is a server of which everything is known.
var knownPlain = PlainModel{
	FrontS: 0.8e-3, FrontCV: 0.3, Times: Spread{CV: 0.05},
	Batches: []float64{2, 4, 8}, TimesS: []float64{3e-3, 3.6e-3, 5e-3},
	Shares: [2]Share{{2, 0.2}, {8, 0.6}},
}

// tableOf makes the table of a known server with requests of two images.
func (m *PlainModel) tableOf(t *testing.T, setups ...Setup) *Table {
	t.Helper()
	out := &Table{Figure: latencyFigures[0], Setups: setups}
	for i := range setups {
		s := &setups[i]
		s.Items = 2
		for _, n := range []int{1, 2, 4, 6, 8, 12, 16} {
			row, err := m.simulate(context.Background(), s, PlainRow{Clients: n}, out.Figure, exactEvents)
			if err != nil {
				t.Fatal(err)
			}
			s.Rows = append(s.Rows, row)
		}
	}
	return out
}

// Two and three instances of a known server come out from its table with one, and from three rows with two.
func TestPlainFindsTheServerThatMadeTheTable(t *testing.T) {
	table := knownPlain.tableOf(t, Setup{Instances: 1, MaxBatch: 8, Batching: true}, Setup{Instances: 2, MaxBatch: 8, Batching: true}, Setup{Instances: 3, MaxBatch: 8, Batching: true})
	c := plainCalibrated(t, table, Options{Formation: "growing", Anchors: []int{1, 4, 16}})
	if n := len(c.Errors(PlainRate, false)); n != 11 {
		t.Errorf("%d rows are judged, want the four others with two instances and seven with three", n)
	}
	for m, most := range map[PlainMetric]float64{PlainRate: 0.03, PlainLatency: 0.06} {
		if median, largest := MedianAndLargest(c.Errors(m, false)); median > most/2 || largest > most {
			t.Errorf("%s: median error %.1f %%, largest %.1f %%", c.names()[m], 100*median, 100*largest)
		}
	}
	near(t, "batch of 8", c.Model.timeS(8), 5e-3, 0.05)
	near(t, "share of 8", c.Model.excess(8), 0.6, 0.15)
}

// What is to be predicted is not looked at.
func TestPlainDoesNotFitToRowsThatItJudges(t *testing.T) {
	model := func(factor float64) *PlainModel {
		table := fromFile(t, "testdata/instances.csv")[0]
		for i := range table.Setups {
			s := &table.Setups[i]
			for k := range s.Rows {
				if s.Instances > 1 && !(s.Instances == 2 && s.Rows[k].Clients == 2) {
					s.Rows[k].ThroughputRPS *= factor
				}
			}
		}
		return plainCalibrated(t, &table, Options{Anchors: []int{2}}).Model
	}
	if a, b := model(1), model(0.5); !reflect.DeepEqual(a, b) {
		t.Errorf("with other rows to predict the model is another:\n%+v\n%+v", a, b)
	}
}

// With one number of instances nothing tells how several share the GPU: it is assumed, written and said.
func TestPlainSaysWhatOneInstanceDoesNotTell(t *testing.T) {
	table := knownPlain.tableOf(t, Setup{Instances: 1, MaxBatch: 2})
	c := plainCalibrated(t, table, Options{})
	if text := string(c.Scenario("x", "")); !strings.Contains(text, "factors = [2, 1024]") || !strings.Contains(text, "assumed to take turns") || !strings.Contains(text, "items = 2") {
		t.Errorf("the scenario does not say it:\n%s", text)
	}
	var out bytes.Buffer
	if err := c.Text(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"which is assumed.", "no row tells how they share the GPU", "A request has 2 images.", "with 1 client, 4 clients, 16 clients (*)", "Of the other rows (4)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("lacks %q:\n%s", want, out.String())
		}
	}
}

// A spread that no percentile tells is assumed, and written as scaling.spread.
func TestPlainAssumesTheSpreadOfMeans(t *testing.T) {
	table := fromFile(t, "testdata/instances.csv")[0]
	given := 0.2
	for _, c := range []struct {
		given *float64
		want  float64
	}{{nil, scenario.AssumedSpread}, {&given, 0.2}} {
		got := plainCalibrated(t, &table, Options{Anchors: []int{2}, Spread: c.given})
		s, err := scenario.Parse("x.toml", got.Scenario("x", ""), scenario.Options{})
		if err != nil || s.Scaling.Spread != c.want || !got.Model.Times.Assumed {
			t.Errorf("scaling.spread is %v, want %v; %v", s.Scaling.Spread, c.want, err)
		}
	}
}

const plainHeader = "concurrency,infer_per_s,p95_ms,max_batch,client_batch,config,instances,dynamic_batching\n"

func TestSetupsOfARow(t *testing.T) {
	for _, c := range []struct {
		row, name string
		want      Setup
	}{
		{"1,100,10,,,,,", "", Setup{Instances: 1, MaxBatch: 1, Items: 1}},
		{"1,100,10,8,,,2,yes", "", Setup{Instances: 2, MaxBatch: 8, Items: 1, Batching: true}},
		{"1,100,10,8,,,2,no", "", Setup{Instances: 2, MaxBatch: 1, Items: 1}},
		{"1,100,10,8,,,,", "", Setup{Instances: 1, MaxBatch: 8, Items: 1, Batching: true}},
		{"1,200,10,8,2,no dynamic batching 1 instance,,", "", Setup{Instances: 1, MaxBatch: 2, Items: 2}},
		{"1,200,10,8,2,dynamic batching 2 instances,,", "", Setup{Instances: 2, MaxBatch: 8, Items: 2, Batching: true}},
		{"1,100,10,8,,FP16 + Dynamic Batching + 3 model instances,,", "FP16", Setup{Instances: 3, MaxBatch: 8, Items: 1, Batching: true}},
		{"1,100,10,,,\"without batching, 12 instances\",,", "", Setup{Instances: 12, MaxBatch: 1, Items: 1}},
	} {
		table := fromText(t, plainHeader+c.row+"\n")
		got := table.Setups[0]
		if rows := got.Rows; len(rows) != 1 || rows[0].LatencyS != 10e-3 || rows[0].ThroughputRPS != 100 {
			t.Errorf("%s: rows are %+v", c.row, rows)
		}
		if got.Rows = nil; !reflect.DeepEqual(got, c.want) || table.Name != c.name {
			t.Errorf("%s: %q %+v, want %q %+v", c.row, table.Name, got, c.name, c.want)
		}
	}
}

// The tutorial's file as it was published: three setups of one server, images a second, requests of two.
func TestPlainTablesAreGroupedBySetup(t *testing.T) {
	tables := fromFile(t, "testdata/textrecognition-a100.csv")
	if len(tables) != 1 || tables[0].Name != "text_recognition (STR CNN, 1x32x100), A100" || len(tables[0].Setups) != 3 {
		t.Fatalf("read %+v", tables)
	}
	last := tables[0].Setups[2]
	if last.String() != "2 instances, batches up to 8" || last.Items != 2 || len(last.Rows) != 8 || last.Rows[0].ThroughputRPS != 1446.26/2 {
		t.Errorf("last setup is %+v", last)
	}
}

func TestOneLineForAWrongPlainTable(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{plainHeader + "1,100,10,8,,,0,\n", `t.csv:2: instances = "0": must be a number of instances`},
		{plainHeader + "1,100,10,8,,9999 instances,,\n", `t.csv:2: config = "9999 instances": must name 1 to 1024 instances`},
		{plainHeader + "1,100,10,8,,,,perhaps\n", `t.csv:2: dynamic_batching = "perhaps": must be yes or no`},
		{plainHeader + "1,100,10,,,,,yes\n", "t.csv:2: max_batch: must be given where there is dynamic batching"},
		{plainHeader + "1,100,10,2,4,,,\n", `t.csv:2: max_batch = 2: must be at least client_batch, 4`},
		{plainHeader + "1,100,,2,,,,\n", "t.csv:2: the row has no latency"},
		{plainHeader + "1,100,0,2,,,,\n", `t.csv:2: p95_ms = "0": must be a time above 0`},
		{plainHeader + "1,100,0.01,2,,,,\n", "no row has throughput x latency near its clients; check the columns' units"},
		{"concurrency,infer_per_s,p95_ms,p99_ms\n1,100,10,\n2,100,,20\n", "t.csv:3: p95_ms: is empty, but other rows of the table have it"},
		{"infer_per_s,p95_ms\n100,10\n", `t.csv:1: the header has no column "Client Send"`},
		{"concurrency,infer_per_s,p95_ms,queue_ms\n1,100,10,1\n", `t.csv:1: the header has no column "Client Send"`},
	} {
		_, err := ReadTables("t.csv", strings.NewReader(c.text))
		var input *scenario.InputError
		if !errors.As(err, &input) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want one line with %q", c.text, err, c.want)
		}
	}
}

func TestPlainRefusesFlagsThatContradictTheTable(t *testing.T) {
	one := fromText(t, "concurrency,infer_per_s,p95_ms,client_batch\n1,100,20,2\n")
	for _, c := range []struct {
		table Table
		o     Options
		want  string
	}{
		{fromFile(t, "testdata/instances.csv")[0], Options{Server: Server{Instances: 2}}, "t.csv: has 3 setups of densenet_onnx, each with its own instances and batches"},
		{fromFile(t, "testdata/instances.csv")[0], Options{Anchors: []int{7}}, "has no row with concurrency 7"},
		{one, Options{Server: Server{MaxBatch: 1}}, "--max-batch: 1 must be at least the 2 images of a request"},
		{one, Options{Server: Server{Preferred: []int{4}}}, "--preferred: 4 must be at most the largest batch"},
	} {
		_, err := CalibratePlain(context.Background(), "t.csv", &c.table, c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}
