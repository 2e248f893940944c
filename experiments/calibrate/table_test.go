package calibrate

import (
	"errors"
	"strings"
	"testing"

	"vsim/sim/scenario"
)

const online = `gpu, concurrency,infer_per_s,client_send_ms,network_server_ms,queue_ms,compute_input_ms,compute_infer_ms,compute_output_ms,avg_ms
A100,16,2571.2,0.067,1.201,1.894,0.351,2.678,0.027,6.218
A100,32,3600.2,0.058,2.641,2.004,0.716,3.41,0.057,8.886
`

func TestReadOnline(t *testing.T) {
	rows, err := ReadOnline("online.csv", strings.NewReader(online))
	if err != nil {
		t.Fatal(err)
	}
	want := OnlineRow{16, 0, 2571.2, 0.067e-3, 1.201e-3, 1.894e-3, 0.351e-3, 2.678e-3, 0.027e-3, 6.218e-3, 0, 0}
	if len(rows) != 2 || rows[1].Concurrency != 32 {
		t.Fatalf("read %+v", rows)
	}
	near(t, "compute", rows[0].ComputeS(), want.ComputeS(), 1e-9)
	near(t, "latency", rows[0].AvgS, want.AvgS, 1e-9)
	near(t, "outside", rows[0].frontS(), want.frontS(), 1e-9)
	near(t, "computing", rows[0].Computing(), 2571.2*3.056e-3, 1e-9)
}

func TestReadSaysWhatIsWrong(t *testing.T) {
	const header = "batch,infer_per_s,avg_ms\n"
	cases := []struct{ text, want string }{
		{"", "t.csv: has no rows"},
		{"batch,avg_ms\n1,2\n", "t.csv:1: the header has no column infer_per_s; it must name batch, infer_per_s, avg_ms"},
		{header, "t.csv: has no rows"},
		{header + "1,500,2\n1,500,2\n", `t.csv:3: batch = 1: must be above that of the row before, 1`},
		{header + "1,500,fast\n", `t.csv:2: avg_ms = "fast": must be a time in ms, 0 or more`},
		{header + "1,500,NaN\n", `t.csv:2: avg_ms = "NaN": must be`},
		{header + "1.5,750,2\n", `t.csv:2: batch = "1.5": must be a whole number`},
		{header + "1,0,2\n", `t.csv:2: infer_per_s = "0": must be a number above 0`},
		{header + "1,500,0.002\n", "t.csv:2: batch: infer_per_s x avg_ms gives 0.001 images inside, but the row has 1; check the columns' units"},
		{header + "1,500\n", "t.csv:2: the row has 2 fields, but the header names 3 columns"},
		{header + "\"1,500\n", "t.csv:2: extraneous or missing \" in quoted-field"},
	}
	for _, c := range cases {
		_, err := ReadStatic("t.csv", strings.NewReader(c.text))
		var input *scenario.InputError
		if !errors.As(err, &input) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.text, err, c.want)
		}
	}
	_, err := ReadStatic("t.csv", strings.NewReader(header+"0,500,2\n2,x,4\n"))
	if err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("two faults give %v, want a line each", err)
	}
}

// FuzzTables: any text gives rows or a list of faults, and what it gives can be offered to Fit.
func FuzzTables(f *testing.F) {
	f.Add("batch,infer_per_s,avg_ms\n1,500,2\n8,1000,8\n", online)
	f.Add("", "concurrency\n1")
	f.Fuzz(func(t *testing.T, staticText, onlineText string) {
		static, err := ReadStatic("static", strings.NewReader(staticText))
		if err != nil {
			return
		}
		rows, err := ReadOnline("online", strings.NewReader(onlineText))
		if err != nil {
			return
		}
		if m, err := Fit(static, rows, server); err == nil && !(m.FrontendS > 0 && m.PathS >= 0) {
			t.Errorf("times below 0: %+v", m)
		}
	})
}
