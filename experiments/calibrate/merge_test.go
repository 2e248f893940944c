package calibrate

import (
	"bytes"
	"strings"
	"testing"
)

// Two runs of one load are one row, their mean: the twin of an anchor is not judged as a prediction.
func TestRunsOfOneLoadAreMerged(t *testing.T) {
	const head = "Concurrency," + perfHeader + ",p99 latency\n"
	table := fromText(t, head+"2,400,0,1000,500,0,3500,0,0,0,6000\n1,250,0,1000,0,0,3000,0,0,0,5000\n2,500,0,1000,0,0,3000,0,0,0,8000\n1,250,0,1000,0,0,3000,0,0,0,\n")
	if len(table.Online) != 2 || table.Merged != 2 {
		t.Fatalf("rows are %+v, merged %d", table.Online, table.Merged)
	}
	row := table.Online[1]
	near(t, "throughput", row.ThroughputRPS, 450, 1e-9)
	near(t, "clients by Little's law", row.ThroughputRPS*row.AvgS, 2, 1e-9)
	near(t, "parts of the latency", row.frontS()+row.QueueS+row.ComputeS(), row.AvgS, 1e-9)
	near(t, "p99", row.P99S, 7e-3, 1e-9)
	near(t, "p99 of the only run that has one", table.Online[0].P99S, 5e-3, 1e-9)
	var out bytes.Buffer
	if err := calibrated(t, &table, Options{Server: Server{Instances: 2}}).Text(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"the rows with 1 client, 2 clients (*).", "Runs of one load are one row, their mean: 2 rows less than in the file.", "none is left to be predicted"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("lacks %q:\n%s", want, out.String())
		}
	}
}

func TestRunsOfOneLoadAreMergedWithoutASplit(t *testing.T) {
	table := fromText(t, "concurrency,infer_per_s,p95_ms,instances\n1,100,11,1\n1,110,9,1\n1,150,9,2\n")
	rows := table.Setups[0].Rows
	if len(table.Setups) != 2 || len(rows) != 1 || rows[0].ThroughputRPS != 105 || table.Merged != 1 {
		t.Fatalf("setups are %+v", table.Setups)
	}
	near(t, "p95", rows[0].LatencyS, 10e-3, 1e-9)
}

// Two static rows of one batch leave the shape finite.
func TestStaticRunsAreMerged(t *testing.T) {
	const head = "scenario,client_batch,avg_ms,concurrency,infer_per_s,client_send_ms,network_server_ms,queue_ms,compute_input_ms,compute_infer_ms,compute_output_ms\n"
	table := fromText(t, head+"offline,1,4,,250,,,,,3,\noffline,1,4,,250,,,,,5,\noffline,2,8,,250,,,,,8,\nonline,,,1,250,0,1,0,0,3,0\n")
	if len(table.Static) != 2 || table.Static[0].InferS != 4e-3 {
		t.Errorf("static rows are %+v", table.Static)
	}
}
