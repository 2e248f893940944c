package generator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"vsim/experiments/calibrate"
	"vsim/experiments/load/record"
	"vsim/experiments/load/valid"
	"vsim/experiments/oip/wire"
)

// options are of a short load on an address.
func options(t *testing.T, address string, asked Asked) Options {
	t.Helper()
	loads, err := asked.Loads()
	if err != nil {
		t.Fatal(err)
	}
	return Options{Address: address, Loads: loads, Batch: 1, WarmUp: 100 * time.Millisecond, Measure: 900 * time.Millisecond, Seed: 1}
}

// mustRun puts loads on a server.
func mustRun(t *testing.T, o Options) *Report {
	t.Helper()
	if err := o.Check(); err != nil {
		t.Fatal(err)
	}
	runs, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	r, err := ReportOf(runs)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// check finds a check of a row by its name.
func check(t *testing.T, row *Row, name string) valid.Check {
	t.Helper()
	for _, c := range row.Checks {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no check %q among %v", name, row.Checks)
	return valid.Check{}
}

// Two closed loops, one after the other. Each request that the server got is in the records, what the server says of its time is in
// the report, and the records give the same report again.
func TestClosedLoops(t *testing.T) {
	server := &fake{service: 5 * time.Millisecond}
	o := options(t, serve(t, server), Asked{Clients: "1,3"})
	o.Output = filepath.Join(t.TempDir(), "run")
	r := mustRun(t, o)
	if r.Server != "fake 1.0" || r.Model != "m" || len(r.Loads) != 2 {
		t.Fatalf("%+v", r)
	}
	for i := range r.Loads {
		row := &r.Loads[i]
		if row.FromSchedule.P50S < 0.005 || row.FromSend.MeanS > row.FromSchedule.MeanS || row.Requests == 0 || row.Failed > 0 {
			t.Errorf("%s: p50 %g s of a server that takes 5 ms, %g s from the send, %d requests", row.Load, row.FromSchedule.P50S, row.FromSend.MeanS, row.Requests)
		}
		for _, name := range []string{"complete", "failures"} {
			if c := check(t, row, name); !c.Holds {
				t.Errorf("%s: %+v", row.Load, c)
			}
		}
		if s := row.Split; s == nil || s.Requests == 0 || !near(s.QueueS, 1e-9*queueNs) || !near(s.InputS, 1e-9*inputNs) || !near(s.InferS, 1e-9*inferNs) || !near(s.OutputS, 1e-9*outNs) {
			t.Errorf("%s: the server's times are %+v", row.Load, s)
		}
		if row.InFlight > float64(row.Clients)+1e-9 || row.InFlight <= 0 {
			t.Errorf("%s: %g in flight", row.Load, row.InFlight)
		}
	}
	runs, err := record.Read(o.Output)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(runs[0].Requests) + len(runs[1].Requests); n != server.count() {
		t.Errorf("%d requests in the records, the server got %d", n, server.count())
	}
	again, err := Merged([]string{o.Output})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := asJSON(t, r), asJSON(t, again); a != b {
		t.Errorf("the records give another report:\n%s\n%s", a, b)
	}
}

// near says that two numbers differ by their rounding alone.
func near(got, want float64) bool { return math.Abs(got-want) <= 1e-9*math.Abs(want) }

func asJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A server that stalls is seen by all that were due meanwhile, and by as many requests as the schedule has.
func TestAStallIsSeenFromTheSchedule(t *testing.T) {
	const stall = 300 * time.Millisecond
	server := &fake{service: time.Millisecond}
	var until time.Time // of the stall
	server.answer = func(n int, _ *wire.ModelInferRequest) error {
		server.mu.Lock()
		if n == 40 {
			until = time.Now().Add(stall)
		}
		end := until
		server.mu.Unlock()
		time.Sleep(time.Until(end))
		return nil
	}
	r := mustRun(t, options(t, serve(t, server), Asked{Rates: "200", Deterministic: true}))
	row := &r.Loads[0]
	if row.Requests != 180 || server.count() != 199 {
		t.Errorf("%d requests of 180 count, the server got %d", row.Requests, server.count())
	}
	slow := 0
	for _, s := range row.FromSchedule.Sorted() {
		if s > stall.Seconds()/2 {
			slow++
		}
	}
	if slow < 28 { // 30 were due in the first half of the stall, less some at its ends
		t.Errorf("%d requests waited for more than half of the stall", slow)
	}
}

// What fails makes a load invalid; what the server turns away does not.
func TestFailuresAndDrops(t *testing.T) {
	for _, c := range []struct {
		err      error
		outcome  record.Outcome
		failures bool
	}{
		{status.Error(codes.InvalidArgument, "unexpected shape"), record.Failed, true},
		{status.Error(codes.Unavailable, "Exceeds maximum queue size"), record.Rejected, false},
		{status.Error(codes.Unavailable, "Request timeout expired"), record.Expired, false},
	} {
		server := &fake{service: time.Millisecond, answer: func(n int, _ *wire.ModelInferRequest) error {
			if n%10 == 9 {
				return c.err
			}
			return nil
		}}
		r := mustRun(t, options(t, serve(t, server), Asked{Rates: "300"}))
		row := &r.Loads[0]
		if found := check(t, row, "failures"); found.Holds == c.failures || c.failures != strings.Contains(found.Found, "unexpected shape") {
			t.Errorf("%v: %+v", c.err, found)
		}
		if n := row.Dropped[c.outcome]; c.failures != (row.Failed > 10) || !c.failures && n < 10 {
			t.Errorf("%v: %d failed, %v dropped", c.err, row.Failed, row.Dropped)
		}
	}
}

// What a model reads is sent: its shape, batches, JPEG files, priorities.
func TestTheModelSaysWhatIsSent(t *testing.T) {
	for name, c := range map[string]struct {
		server *fake
		set    func(o *Options)
		shape  []int64
		bytes  int // of the raw contents, 0 for any
	}{
		"a batch of tensors": {&fake{datatype: "FP32", shape: []int64{-1, 3, 8, 8}, maxBatch: 4}, func(o *Options) { o.Batch = 3 }, []int64{3, 3, 8, 8}, 3 * 4 * 192},
		"an open shape":      {&fake{datatype: "FP32", shape: []int64{-1, -1, 3}}, func(o *Options) { o.Shape = []int64{5, 6, 3} }, []int64{5, 6, 3}, 4 * 90},
		"a picture's tensor": {&fake{datatype: "FP32", shape: []int64{-1, 3, 16, 16}, maxBatch: 4}, func(o *Options) { o.Tensor, o.Pictures = "image", "small" }, []int64{1, 3, 16, 16}, 4 * 768},
		"JPEG files":         {&fake{datatype: "BYTES", shape: []int64{-1, 1}, maxBatch: 4}, func(o *Options) { o.Batch, o.Pictures = 2, "small" }, []int64{2, 1}, 0},
		"one JPEG file":      {&fake{datatype: "BYTES", shape: []int64{1}}, func(o *Options) { o.Pictures, o.Priority, o.Timeout = "small", 2, time.Second }, []int64{1}, 0},
	} {
		o := options(t, serve(t, c.server), Asked{})
		o.Measure, o.WarmUp = 100*time.Millisecond, 0
		c.set(&o)
		r := mustRun(t, o)
		if len(c.server.requests) == 0 {
			t.Fatalf("%s: nothing came", name)
		}
		q := c.server.requests[0]
		raw := q.RawInputContents[0]
		if !slices.Equal(q.Inputs[0].Shape, c.shape) || c.bytes > 0 && len(raw) != c.bytes || q.Inputs[0].Datatype != c.server.datatype {
			t.Errorf("%s: shape %v with %d bytes of %s, want %v with %d", name, q.Inputs[0].Shape, len(raw), q.Inputs[0].Datatype, c.shape, c.bytes)
		}
		if c.server.datatype == "BYTES" && !bytes.Equal(raw[4:6], []byte{0xff, 0xd8}) {
			t.Errorf("%s: % x is no JPEG file with its length before it", name, raw[:8])
		}
		if got := q.Parameters["priority"].GetInt64Param(); got != int64(o.Priority) {
			t.Errorf("%s: priority %d", name, got)
		}
		if r.Batch != o.Batch || r.Loads[0].ImagesPerS != float64(o.Batch)*r.Loads[0].ThroughputRPS {
			t.Errorf("%s: %g images/s of %g requests/s", name, r.Loads[0].ImagesPerS, r.Loads[0].ThroughputRPS)
		}
	}
}

// Bad options and models that cannot be loaded are one line with what to do, and exit code 2.
func TestWhatCannotBeSentIsRefused(t *testing.T) {
	tensor := &fake{}
	for _, c := range []struct {
		server *fake
		set    func(o *Options)
		want   string
	}{
		{tensor, func(o *Options) { o.Model = "other" }, `--model other: the server does not have it ready: no model "other"`},
		{tensor, func(o *Options) { o.Batch = 9 }, "--batch: 9 must be 1 to 8, the max_batch_size of model m"},
		{tensor, func(o *Options) { o.Pictures = "small" }, "add --tensor image"},
		{tensor, func(o *Options) { o.Shape = []int64{3, 9, 9} }, "does not fit [3 8 8]"},
		{tensor, func(o *Options) { o.Shape = []int64{3} }, "has 1 dimensions"},
		{tensor, func(o *Options) { o.Tensor, o.Pictures = "image", "nowhere.jpg" }, "--input nowhere.jpg: cannot be read"},
		{&fake{datatype: "BYTES", shape: []int64{1}}, func(o *Options) { o.Batch = 2 }, "takes one image a request"},
		{&fake{datatype: "BYTES", shape: []int64{3}}, func(*Options) {}, "sends one JPEG file for each"},
		{&fake{datatype: "BYTES", shape: []int64{1}}, func(o *Options) { o.Tensor = "random" }, "leave them out"},
		{&fake{datatype: "INT64", shape: []int64{1}}, func(*Options) {}, "reads INT64"},
		{&fake{datatype: "FP32", shape: []int64{-1, -1}}, func(*Options) {}, "say with --shape"},
	} {
		o := options(t, serve(t, c.server), Asked{})
		c.set(&o)
		runs, err := Run(t.Context(), o)
		var coded interface{ ExitCode() int }
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") || !errors.As(err, &coded) || coded.ExitCode() != 2 || len(runs) > 0 {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	o := options(t, "grpc://127.0.0.1:1", Asked{})
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "no server is ready at grpc://127.0.0.1:1") {
		t.Errorf("without a server: %v", err)
	}
	o.Address = "ftp://x:1"
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "write http://HOST:PORT or grpc://HOST:PORT") {
		t.Errorf("a wrong address: %v", err)
	}
}

// An interrupt gives what there is, and says so.
func TestAnInterruptReportsWhatThereIs(t *testing.T) {
	server := &fake{service: 2 * time.Millisecond}
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	server.answer = func(n int, _ *wire.ModelInferRequest) error {
		if n == 300 {
			interrupt()
		}
		return nil
	}
	o := options(t, serve(t, server), Asked{Clients: "2,4"})
	o.Output, o.Measure = t.TempDir(), time.Hour
	runs, err := Run(ctx, o)
	if !errors.Is(err, context.Canceled) || len(runs) != 1 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	r, err := ReportOf(runs)
	if err != nil {
		t.Fatal(err)
	}
	row := &r.Loads[0]
	if c := check(t, row, "complete"); c.Holds || row.Failed > 0 || row.Requests < 100 || row.Requests > 310 || r.Complete() != 0 || row.Split == nil {
		t.Errorf("%d served, %d failed, server %+v: %+v", row.Requests, row.Failed, row.Split, c)
	}
	kept, err := Merged([]string{o.Output})
	if err != nil || asJSON(t, kept) != asJSON(t, r) {
		t.Errorf("%v: the records give another report", err)
	}
}

// Two generators at once are one load.
func TestMergedGenerators(t *testing.T) {
	server := &fake{service: 3 * time.Millisecond}
	address := serve(t, server)
	dirs := []string{filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")}
	done := make(chan error, len(dirs))
	for i, dir := range dirs {
		o := options(t, address, Asked{Clients: "2"})
		o.Output, o.Seed, o.Measure = dir, uint64(i), 2*time.Second
		go func() {
			_, err := Run(t.Context(), o)
			done <- err
		}()
	}
	for range dirs {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	r, err := Merged(dirs)
	if err != nil {
		t.Fatal(err)
	}
	row := &r.Loads[0]
	if row.Clients != 4 || row.Generators != 2 || row.SpanS > 2 || row.InFlight > 4+1e-9 || row.InFlight <= 2 {
		t.Errorf("%d clients of %d generators, %g s, %g in flight", row.Clients, row.Generators, row.SpanS, row.InFlight)
	}
	if c := check(t, row, "Little's law"); math.Abs(c.Value) > 0.2 { // the ends of a short window on a busy machine
		t.Errorf("%+v", c)
	}
}

// HdrHistogram's own reader finds the latencies.
func TestHistogramsAreHdrHistograms(t *testing.T) {
	r := mustRun(t, options(t, serve(t, &fake{service: time.Millisecond}), Asked{Clients: "2"}))
	row := &r.Loads[0]
	for text, want := range map[string]*valid.Latency{row.Histograms.FromSchedule: &row.FromSchedule, row.Histograms.FromSend: &row.FromSend} {
		h, err := hdrhistogram.Decode([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if p50 := 1e-9 * float64(h.ValueAtQuantile(50)); h.TotalCount() != int64(row.Requests) || math.Abs(p50/want.P50S-1) > 2e-3 {
			t.Errorf("%d latencies with p50 %g s, want %d with %g s", h.TotalCount(), p50, row.Requests, want.P50S)
		}
	}
}

// evenly is a load of requests that take 5 ms each: of clients in a closed loop, or at a rate where there are none.
func evenly(clients int, rateRPS float64) *record.Run {
	const tookNs, length = 5_000_000, 1_000_000_000
	r := &record.Run{Generators: 1, End: &record.End{Server: &record.Split{QueueS: 1e-3, InputS: 2e-4, InferS: 2e-3, OutputS: 1e-4}}}
	r.Clients, r.RateRPS, r.MeasureNs, r.Batch = clients, rateRPS, length, 1
	step := int64(tookNs / max(clients, 1))
	if clients == 0 {
		step = int64(1e9 / rateRPS)
	}
	for at := int64(1000); at < length; at += step {
		r.Requests = append(r.Requests, record.Request{DueNs: at, SentNs: at + 100_000, CameNs: at + tookNs})
	}
	return r
}

// perf_analyzer's CSV has its header, its rows by throughput, columns that add up to the mean latency, and is one that vsim
// calibrate reads.
func TestCSVIsPerfAnalyzers(t *testing.T) {
	const header = "Concurrency,Inferences/Second,Client Send,Network+Server Send/Recv,Server Queue,Server Compute Input,Server Compute Infer,Server Compute Output,Client Recv,p50 latency,p90 latency,p95 latency,p99 latency"
	for _, c := range []struct {
		runs  []*record.Run
		first string
		row   string
		left  int
	}{
		{[]*record.Run{evenly(4, 0), evenly(1, 0), evenly(2, 0), evenly(0, 50)}, header, "1,199,100,1600,1000,200,2000,100,0,5000,5000,5000,5000", 1},
		{[]*record.Run{evenly(0, 80), evenly(0, 40)}, strings.Replace(header, "Concurrency", "Request Rate", 1), "40,40,100,1600,1000,200,2000,100,0,5000,5000,5000,5000", 0},
	} {
		r, err := ReportOf(c.runs)
		if err != nil {
			t.Fatal(err)
		}
		for _, verbose := range []bool{false, true} {
			var text bytes.Buffer
			if left, err := r.CSV(&text, verbose); err != nil || left != c.left {
				t.Fatal(err, left)
			}
			first, row := c.first, c.row
			if verbose {
				first, row = first+",Avg latency,request/response,response wait", row+",5000,100,4900"
			}
			if lines := strings.Split(text.String(), "\n"); lines[0] != first || lines[1] != row || len(lines) != 2+len(c.runs)-c.left {
				t.Errorf("%s\nwant %s", text.String(), row)
			}
			tables, err := calibrate.ReadTables("perf.csv", &text)
			if err != nil {
				t.Fatal(err)
			}
			if rows := tables[0].Online; len(rows) != len(c.runs)-c.left || !near(rows[0].QueueS, 1e-3) || !near(rows[0].AvgS, 5e-3) || !near(rows[0].P99S, 5e-3) {
				t.Errorf("%+v", tables)
			}
		}
	}
}

func TestTextNamesWhatIsNotValid(t *testing.T) {
	r := mustRun(t, options(t, serve(t, &fake{service: 5 * time.Millisecond}), Asked{Clients: "1,2"}))
	var text bytes.Buffer
	if err := r.Text(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"fake 1.0 at grpc://", "NOT VALID", "Not valid: 1 client: early stopping:", "p99 needs 662; --measure", "from send", "in the server: queue"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
}
