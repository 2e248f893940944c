package calibrate

import (
	"io"
	"math"
)

// StaticRow is a row of a static-batch table: one client sends batches of Batch images, one after the
// other. AvgS is the mean round trip of a batch in seconds: transport there and back and the computing.
type StaticRow struct {
	Batch  int
	AvgS   float64
	InferS float64 // of it, what the model takes; 0 where the table does not tell
	P99S   float64 // 0 where the table has none
}

// OnlineRow is a row of an online table: Concurrency clients send requests of one image through the dynamic
// batcher, each the next when the last has been answered. All times are means over requests, in seconds.
// The server's parts are what Triton counts, and NetworkServerS is what the client sees beyond them.
type OnlineRow struct {
	Concurrency    int
	RateRPS        float64 // of an open loop, whose requests come evenly; Concurrency is 0 then
	ThroughputRPS  float64
	ClientSendS    float64
	NetworkServerS float64
	QueueS         float64
	InputS         float64 // copying the batch's tensors to the GPU
	InferS         float64
	OutputS        float64
	AvgS           float64 // the latency that the client sees
	P99S           float64 // its 99th percentile, 0 where the table has none
	Line           int     // of the file, 0 where it is not known
}

// ComputeS is the time that a request's batch holds the instance, as Triton counts it.
func (r OnlineRow) ComputeS() float64 { return r.InputS + r.InferS + r.OutputS }

// Computing is the mean number of requests that are being computed, by Little's law. Where instances never
// wait it is the mean batch times the instances.
func (r OnlineRow) Computing() float64 { return r.ThroughputRPS * r.ComputeS() }

// half is the size of a batch when two of them take turns.
func (r OnlineRow) half() float64 { return float64(r.Concurrency) / 2 }

// frontS is the time outside the server's queue and instance.
func (r OnlineRow) frontS() float64 { return r.ClientSendS + r.NetworkServerS }

// ReadStatic reads a static table as CSV with a header; the columns batch, infer_per_s and avg_ms are used,
// and p99_ms where there is one.
// The error is a *scenario.InputError with all faults; file is its name there.
func ReadStatic(file string, in io.Reader) ([]StaticRow, error) {
	t := newReader(file, in, "batch", "infer_per_s", "avg_ms")
	var rows []StaticRow
	for t.next() {
		row := StaticRow{Batch: t.count("batch"), AvgS: t.seconds("avg_ms"), P99S: t.p99()}
		t.little("batch", float64(row.Batch), t.rate("infer_per_s"), row.AvgS)
		rows = append(rows, row)
	}
	return rows, t.err()
}

// ReadOnline reads an online table as CSV with a header; the columns concurrency, infer_per_s and those
// with the times of OnlineRow, in ms, are used, p99_ms where there is one. Errors are like those of ReadStatic.
func ReadOnline(file string, in io.Reader) ([]OnlineRow, error) {
	t := newReader(file, in, "concurrency", "infer_per_s", "client_send_ms", "network_server_ms", "queue_ms",
		"compute_input_ms", "compute_infer_ms", "compute_output_ms", "avg_ms")
	var rows []OnlineRow
	for t.next() {
		row := OnlineRow{
			Concurrency: t.count("concurrency"), ThroughputRPS: t.rate("infer_per_s"),
			ClientSendS: t.seconds("client_send_ms"), NetworkServerS: t.seconds("network_server_ms"), QueueS: t.seconds("queue_ms"),
			InputS: t.seconds("compute_input_ms"), InferS: t.seconds("compute_infer_ms"), OutputS: t.seconds("compute_output_ms"),
			AvgS: t.seconds("avg_ms"), P99S: t.p99(),
		}
		t.little("concurrency", float64(row.Concurrency), row.ThroughputRPS, row.AvgS)
		rows = append(rows, row)
	}
	return rows, t.err()
}

// little checks a row by Little's law, which in a closed loop holds whatever the server does: a table
// that breaks it has other units or other columns than its header says.
func (t *reader) little(key string, n, rate, latencyS float64) {
	if found := rate * latencyS; !t.faulty() && math.Abs(found-n) > 0.1*n {
		t.fault(key, "", "infer_per_s x avg_ms gives %.4g images inside, but the row has %g; check the columns' units", found, n)
	}
}
