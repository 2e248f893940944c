package calibrate

import (
	"cmp"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Table is what one server did: batches sent one at a time, if there are such rows, and clients behind its batcher.
type Table struct {
	Name    string // model, GPU and configuration, where the file has more than one
	Server  Server
	Images  int         // of a request: what throughput counts beyond the load, see images
	Static  []StaticRow // ascending; may be empty
	Online  []OnlineRow // ascending by load
	LeftOut []OnlineRow // that contradict Little's law by more than a twentieth, or whose throughput is not the rate by as much
	Merged  int         // rows that are runs of the load of another, and part of their mean
	Setups  []Setup     // of a table without the server's split of the latency, in place of Static and Online
	Figure  Figure      // what such a table tells of latencies
}

// contradiction is the part of a row's load by which what it should be, see loadOf, may differ from it.
const contradiction = 0.05

// figures are the columns that a table must have, as perf_analyzer's CSV names them (times in us) and as vsim does
// (times in ms).
var figures = []struct {
	perf, own string
	time      bool
}{
	{"Inferences/Second", "infer_per_s", false},
	{"Client Send", "client_send_ms", true},
	{"Network+Server Send/Recv", "network_server_ms", true},
	{"Server Queue", "queue_ms", true},
	{"Server Compute Input", "compute_input_ms", true},
	{"Server Compute Infer", "compute_infer_ms", true},
	{"Server Compute Output", "compute_output_ms", true},
}

// ReadTables reads the tables in a CSV file: one that perf_analyzer has written (-f, also with --verbose-csv and
// with --request-rate-range), or one with vsim's columns, which may have several models and GPUs and, with scenario =
// offline and a client_batch, static rows. A table that does not split the latency needs the throughput, clients and a figure of
// the latency, and may have several setups of one server. Other columns are not looked at; the order of rows is free.
// The error is a *scenario.InputError; file is its name there.
func ReadTables(file string, in io.Reader) ([]Table, error) {
	t := tables{reader: newReader(file, in)}
	t.columnsNeeded()
	for t.next() {
		if t.plain {
			t.plainRow()
			continue
		}
		t.row()
	}
	t.finish()
	return t.list, t.err()
}

// tables are those of a file that is being read.
type tables struct {
	*reader
	names [7]string // of the columns of figures
	load  string    // the column that tells a row's load
	list  []Table
	plain bool // no row has the server's split of the latency
}

// columnsNeeded finds the columns, or tells in one line which are missing.
func (t *tables) columnsNeeded() {
	if len(t.faults) > 0 {
		return
	}
	var missing []string
	plain := t.isPlain()
	for i, f := range figures {
		switch {
		case plain && i > 0:
		case t.has(f.perf):
			t.names[i] = f.perf
		case t.has(f.own):
			t.names[i] = f.own
		default:
			missing = append(missing, strconv.Quote(f.perf)+" or "+f.own)
		}
	}
	for _, name := range []string{"Concurrency", "concurrency", "Request Rate"} {
		if t.load == "" && t.has(name) {
			t.load = name
		}
	}
	if t.load == "" {
		missing = append(missing, strconv.Quote("Concurrency")+`, "Request Rate" or concurrency`)
	}
	if len(missing) > 0 {
		t.fault("", "", "the header has no column %s; give perf_analyzer's CSV (-f FILE), or at least throughput, clients and a latency (p95_ms, p99_ms, avg_ms)", strings.Join(missing, ", no "))
	}
}

// row adds the present row to its table.
func (t *tables) row() {
	table := t.table()
	offline := t.text("scenario") == "offline"
	line, _ := t.csv.FieldPos(0)
	row := OnlineRow{Line: line, ThroughputRPS: t.rate(t.names[0])}
	switch {
	case offline && t.text("avg_ms") != "":
		batch := t.whole("client_batch", "a number of images", maxCount)
		s := StaticRow{Batch: batch, AvgS: t.seconds("avg_ms")}
		if t.text(t.names[5]) != "" {
			s.InferS = t.figure(5)
		}
		t.little("client_batch", float64(batch), row.ThroughputRPS, s.AvgS)
		table.Static = append(table.Static, s)
		return
	case offline:
		return
	case t.load == "Request Rate":
		row.RateRPS = t.rate(t.load)
	default:
		row.Concurrency = t.whole(t.load, "a number of clients", maxCount)
	}
	row.ClientSendS, row.NetworkServerS, row.QueueS = t.figure(1), t.figure(2), t.figure(3)
	row.InputS, row.InferS, row.OutputS = t.figure(4), t.figure(5), t.figure(6)
	if t.has("Client Recv") || t.has("client_recv_ms") {
		row.NetworkServerS += t.receive()
	}
	row.P99S = t.tail()
	row.AvgS = row.frontS() + row.QueueS + row.ComputeS()
	if !t.faulty() && (row.InferS <= 0 || row.frontS() <= 0) {
		t.fault(t.names[5], "", "the row has no time in the model or none outside the server; give a table with the server's statistics")
	}
	table.Online = append(table.Online, row)
}

// receive is the time in which a client reads an answer.
func (t *tables) receive() float64 {
	if t.has("Client Recv") {
		return t.secondsOfUs("Client Recv")
	}
	return t.seconds("client_recv_ms")
}

// tail is the 99th percentile of the latency, 0 where the table has none.
func (t *tables) tail() float64 {
	if t.text("p99 latency") != "" {
		return t.secondsOfUs("p99 latency")
	}
	if t.text("p99_ms") != "" {
		return t.p99()
	}
	return 0
}

// figure reads one of the times in figures, in seconds.
func (t *tables) figure(i int) float64 {
	if t.names[i] == figures[i].perf {
		return t.secondsOfUs(t.names[i])
	}
	return t.seconds(t.names[i])
}

// table finds or makes the table of the present row.
func (t *tables) table() *Table {
	before := len(t.list)
	table := t.named(strings.Join(t.nameParts(t.text("config")), ", "))
	if len(t.list) == before {
		return table
	}
	server := &table.Server
	if t.text("max_batch") != "" {
		server.MaxBatch = t.whole("max_batch", "Triton's max_batch_size", MaxBatch)
	}
	if t.text("instances") != "" {
		server.Instances = t.whole("instances", "a number of instances", MaxInstances)
	}
	return table
}

// nameParts are the words that name the present row's table.
func (t *tables) nameParts(config string) []string {
	parts := []string{t.text("model"), t.text("gpu"), config}
	return slices.DeleteFunc(parts, func(part string) bool { return part == "" })
}

// named finds or makes the table of a name.
func (t *tables) named(name string) *Table {
	for i := range t.list {
		if t.list[i].Name == name {
			return &t.list[i]
		}
	}
	t.list = append(t.list, Table{Name: name, Server: Server{Instances: 1}, Images: 1})
	return &t.list[len(t.list)-1]
}

// finish sorts the rows and leaves out those that cannot be right.
func (t *tables) finish() {
	for i := range t.list {
		table := &t.list[i]
		table.finishPlain()
		slices.SortStableFunc(table.Static, func(a, b StaticRow) int { return cmp.Compare(a.Batch, b.Batch) })
		slices.SortStableFunc(table.Online, func(a, b OnlineRow) int {
			return cmp.Or(cmp.Compare(a.Concurrency, b.Concurrency), cmp.Compare(a.RateRPS, b.RateRPS))
		})
		t.images(table)
		table.leaveOut()
		table.merge()
		if len(table.Online)+len(table.Setups) == 0 && len(t.faults) == 0 {
			t.fault(t.load, "", "no row%s has %s; check the columns' units", of(table.Name), t.loadRule())
		}
	}
	if len(t.list) == 0 && len(t.faults) == 0 {
		t.fault("", "", "the table has no rows")
	}
}

// loadRule is what a row must have that is not left out.
func (t *tables) loadRule() string {
	if t.load == "Request Rate" {
		return "a throughput near the rate, which the server kept up with"
	}
	return "throughput x latency near its clients"
}

// of names a table in a sentence, where it has a name.
func of(name string) string {
	if name == "" {
		return ""
	}
	return " of " + name
}
