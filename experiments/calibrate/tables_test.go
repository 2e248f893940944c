package calibrate

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"vsim/sim/scenario"
)

// fromFile reads the tables of a file.
func fromFile(t *testing.T, file string) []Table {
	t.Helper()
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	tables, err := ReadTables(file, in)
	if err != nil {
		t.Fatal(err)
	}
	return tables
}

// fromText reads a file with one table.
func fromText(t *testing.T, text string) Table {
	t.Helper()
	tables, err := ReadTables("t.csv", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(tables) != 1 {
		t.Fatalf("%d tables, want one", len(tables))
	}
	return tables[0]
}

const perfHeader = "Inferences/Second,Client Send,Network+Server Send/Recv,Server Queue,Server Compute Input,Server Compute Infer,Server Compute Output,Client Recv,p50 latency"

func TestReadPerfAnalyzersFile(t *testing.T) {
	tables := fromFile(t, "testdata/perf.csv")
	if len(tables) != 1 || len(tables[0].Online) != 3 || tables[0].Images != 1 {
		t.Fatalf("read %+v", tables)
	}
	row := tables[0].Online[1]
	if row.Concurrency != 2 || row.ThroughputRPS != 205 {
		t.Errorf("second row is %+v", row)
	}
	near(t, "queue", row.QueueS, 3600e-6, 1e-9)
	near(t, "outside", row.frontS(), (70+1300+10)*1e-6, 1e-9)
	near(t, "compute", row.ComputeS(), (45+4720+5)*1e-6, 1e-9)
	near(t, "latency", row.AvgS, 9750e-6, 1e-9)
}

// perf_analyzer sorts rows by throughput, and has more columns with --verbose-csv.
func TestRowsMayComeInAnyOrderWithMoreColumns(t *testing.T) {
	got := fromText(t, "Concurrency,"+perfHeader+",Avg latency,Avg GPU Utilization\n"+
		"3,600,0,1000,1000,0,3000,0,0,5000,5000,GPU-0:0.9;\n"+
		"1,250,0,1000,0,0,3000,0,0,4000,4000,GPU-0:0.5;\n")
	if len(got.Online) != 2 || got.Online[0].Concurrency != 1 || got.Online[1].Concurrency != 3 {
		t.Errorf("rows are %+v", got.Online)
	}
}

func TestRequestRates(t *testing.T) {
	got := fromText(t, "Request Rate,"+perfHeader+"\n"+
		"200,150,0,1000,90000,0,3000,0,0,94000\n"+ // does not keep up
		"100,100,0,1000,100,0,3000,0,0,4100\n")
	if len(got.Online) != 1 || got.Online[0].RateRPS != 100 || len(got.LeftOut) != 1 {
		t.Errorf("rows are %+v, left out %+v", got.Online, got.LeftOut)
	}
}

func TestRequestsOfSeveralImages(t *testing.T) {
	got := fromText(t, "Concurrency,"+perfHeader+"\n1,1000,0,1000,0,0,3000,0,0,4000\n2,2000,0,1000,0,0,3000,0,0,4000\n")
	if got.Images != 4 || got.Online[0].ThroughputRPS != 250 {
		t.Errorf("%d images a request, %g requests/s; want 4 and 250", got.Images, got.Online[0].ThroughputRPS)
	}
}

func TestContradictionsAreLeftOut(t *testing.T) {
	tables := fromFile(t, "testdata/gpunet-v100.csv")
	var left []int
	for i := range tables {
		if n := len(tables[i].Online) + len(tables[i].LeftOut); n != 32 || len(tables[i].Static) != 7 {
			t.Errorf("%s has %d online and %d static rows", tables[i].Name, n, len(tables[i].Static))
		}
		left = append(left, len(tables[i].LeftOut))
	}
	if len(tables) != 7 || tables[0].Name != "gpunet-05ms-D, V100-32GB" || tables[0].Server.Instances != 2 || tables[0].Server.MaxBatch != 64 {
		t.Errorf("%d tables, the first is %q, %+v", len(tables), tables[0].Name, tables[0].Server)
	}
	if want := []int{0, 0, 0, 2, 18, 16, 22}; !slices.Equal(left, want) {
		t.Errorf("left out by table: %v, want %v", left, want)
	}
}

func TestAByteOrderMarkIsSkipped(t *testing.T) {
	got := fromText(t, "\ufeffConcurrency,"+perfHeader+"\n1,250,0,1000,0,0,3000,0,0,4000\n")
	if len(got.Online) != 1 {
		t.Errorf("rows are %+v", got.Online)
	}
}

func TestOneLineForAWrongTable(t *testing.T) {
	const good = "Concurrency," + perfHeader + "\n"
	for _, c := range []struct{ text, want string }{
		{"", "t.csv: has no rows"},
		{good, "t.csv: has no rows"},
		{"a,b\n1,2\n", `t.csv:1: the header has no column "Inferences/Second" or infer_per_s, no "Client Send"`},
		{strings.Replace(good, "Concurrency", "Clients", 1) + "1,1,1,1,1,1,1,1,1,1\n", `t.csv:1: the header has no column "Concurrency", "Request Rate" or concurrency`},
		{good + "1,250,0,1,0,0,3,0,0,4\n", "no row has throughput x latency near its clients; check the columns' units"},
		{good + "1,250,0,1000,0,0,0,0,0,4\n", "the row has no time in the model or none outside the server"},
		{good + "0,250,0,1000,0,0,3000,0,0,4\n", `t.csv:2: Concurrency = "0": must be a number of clients: a whole number`},
		{good + "1,250,0,1000,x,0,3000,0,0,4\n", `t.csv:2: Server Queue = "x": must be a time`},
		{"Concurrency," + good, "t.csv:1: Concurrency: the header names this column twice"},
		{"instances," + good + "1000000,1,250,0,1000,0,0,3000,0,0,4\n", `t.csv:2: instances = "1000000": must be a number of instances: a whole number, 1 to 1024`},
		{good + "1,250\n", "t.csv:2: the row has 2 fields, but the header names 10 columns"},
	} {
		_, err := ReadTables("t.csv", strings.NewReader(c.text))
		var input *scenario.InputError
		if !errors.As(err, &input) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want one line with %q", c.text, err, c.want)
		}
	}
}

// FuzzReadTables: any text gives tables or faults.
func FuzzReadTables(f *testing.F) {
	f.Add("Concurrency," + perfHeader + "\n1,250,0,1000,0,0,3000,0,0,4000\n")
	f.Add("model,scenario,client_batch,avg_ms,concurrency,infer_per_s,client_send_ms,network_server_ms,queue_ms,compute_input_ms,compute_infer_ms,compute_output_ms\na,offline,2,3,,600,,,,,,\n")
	f.Add(plainHeader + "1,200,10,8,2,no dynamic batching 1 instance,,\n2,200,20,8,2,,2,yes\n")
	f.Fuzz(func(t *testing.T, text string) {
		tables, err := ReadTables("t.csv", strings.NewReader(text))
		if err == nil && len(tables) == 0 {
			t.Error("neither a table nor a fault")
		}
		for i := range tables {
			if err == nil && len(tables[i].Online)+len(tables[i].Setups) == 0 {
				t.Errorf("table without rows: %+v", tables[i])
			}
		}
	})
}
