package brokers

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// page is README.md.
func (r *Report) page() []byte {
	var b bytes.Buffer
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	say("%s%s\n", pageHead, r.Machine.Name)
	say("Written by `%s` (vsim %s, %s). %s, %d cores, %s.", r.Command, r.Build, r.Date, r.Machine.CPU, r.Machine.Cores, r.Machine.OS)
	say("%s. All numbers are in `brokers.csv`, each round in `runs.json`.\n", r.versions())
	if !r.Complete {
		say("**Not all of it was measured%s.**\n", r.because())
	}
	say("%s", method)
	for _, n := range r.Notes {
		say("- %s", n)
	}
	say("\n![Latency](latency.svg)\n\n![Throughput](throughput.svg)\n\n![Processor time](cpu.svg)")
	rows := r.Rows()
	for _, c := range concurrencies(rows) {
		say("\n## Concurrency %d\n", c)
		table(&b, heading(rows), r.tableLines(rows, c))
	}
	if len(r.Warnings) > 0 {
		say("\n## Warnings\n")
		for _, w := range r.Warnings {
			say("- %s", w)
		}
	}
	return b.Bytes()
}

const method = `Producers, broker and consumers share this one machine, over loopback. *Concurrency* is the number of producers, of consumers, and
of partitions of Kafka's topic; Redis has one key. *Throughput* is a closed loop's: so many messages are on their way that
the broker is always busy, 256 for each producer or 16 MB, if that is less. Latencies are those of open loops at a share of that throughput, with
Poisson arrivals: from the time at which a message is due to the return of the consumer's fetch that has it. *Processor time* is that of
the closed loop for a message, of producers and consumers together and of the broker. Values are means of the rounds, ± half their range.
A p99 with ~ is of fewer than 200 messages a round; a latency in parentheses is of a load that the broker did not hold: it is that of
a queue which grows.

Settings are the brokers' own. Kafka's producer: batches of 16,384 bytes and larger messages alone, no linger, no compression, 5 requests in
flight; ` + "`kafka-all`" + ` waits for all replicas (here one) and is idempotent, ` + "`kafka-1`" + ` for the leader. Its consumer: at least 1 byte, at most 500 ms. Redis's
producer sends what waits, up to 1 MiB, as one request and waits for the answer: RPUSH, or XADDs in one round trip. A list's consumer
takes with BLMPOP, a stream's with XREADGROUP, then XACK and XDEL. All consumers take 500 messages at most.
`

func (r *Report) versions() string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(r.Versions)) {
		out = append(out, strings.TrimSpace(name+" "+r.Versions[name]))
	}
	return strings.Join(out, ", ")
}

func (r *Report) because() string {
	if len(r.Warnings) > 0 {
		return "; see the warnings"
	}
	return ": it was interrupted, and goes on with --resume"
}

func concurrencies(rows []Row) (out []int) {
	for _, r := range rows {
		if !slices.Contains(out, r.Concurrency) {
			out = append(out, r.Concurrency)
		}
	}
	slices.Sort(out)
	return out
}

func loads(rows []Row) (out []float64) {
	for _, r := range rows {
		if r.Load > 0 && !slices.Contains(out, r.Load) {
			out = append(out, r.Load)
		}
	}
	slices.Sort(out)
	return out
}

func heading(rows []Row) []string {
	out := []string{"size", "broker", "messages/s", "MB/s"}
	for _, l := range loads(rows) {
		out = append(out, fmt.Sprintf("p50 at %.0f %%, ms", 100*l), "p99")
	}
	return append(out, "client CPU, µs", "broker CPU, µs")
}

// tableLines are the table of one concurrency, a line for each broker and size.
func (r *Report) tableLines(rows []Row, concurrency int) (out [][]string) {
	for _, full := range rows {
		if full.Concurrency != concurrency || full.Load != 0 {
			continue
		}
		line := []string{size(full.SizeBytes), full.Broker, around(full.PerS, full.PerSRange), digits(full.PerS * float64(full.SizeBytes) / 1e6)}
		for _, l := range loads(rows) {
			i := slices.IndexFunc(rows, func(r Row) bool { return r.Cell == full.Cell && r.Load == l })
			if i < 0 {
				line = append(line, "", "")
				continue
			}
			line = append(line, rows[i].latencies()...)
		}
		out = append(out, append(line, digits(full.ClientNs/1e3), digits(full.BrokerNs/1e3)))
	}
	return out
}

// latencies are the two cells of an open loop.
func (r *Row) latencies() []string {
	p50, p99 := around(r.P50Ns/1e6, r.P50Range/1e6), around(r.P99Ns/1e6, r.P99Range/1e6)
	if r.fewest < leastFor99 {
		p99 = "~" + p99
	}
	if !r.sustained() {
		p50, p99 = "("+p50+")", "("+p99+")"
	}
	return []string{p50, p99}
}

// around is a mean and half a range, with the mean's last digit.
func around(mean, half float64) string {
	text := digits(mean)
	if half == 0 || mean == 0 {
		return text
	}
	places := 0
	if _, decimals, found := strings.Cut(text, "."); found {
		places = len(decimals)
	}
	return text + " ± " + strconv.FormatFloat(half, 'f', places, 64)
}

// digits has three that count, and no exponent; "" for 0, which is what is not known.
func digits(v float64) string {
	switch {
	case v == 0:
		return ""
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case v >= 1:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}

// size is a number of bytes in kB or MB.
func size(bytes int) string {
	switch {
	case bytes >= 1_000_000:
		return digits0(float64(bytes)/1e6) + " MB"
	case bytes >= 1000:
		return digits0(float64(bytes)/1e3) + " kB"
	}
	return strconv.Itoa(bytes) + " B"
}

func digits0(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }

// table writes Markdown, numbers at the right.
func table(b *bytes.Buffer, heading []string, lines [][]string) {
	fmt.Fprintf(b, "| %s |\n|---|---|%s\n", strings.Join(heading, " | "), strings.Repeat("---:|", len(heading)-2))
	for _, line := range lines {
		fmt.Fprintf(b, "| %s |\n", strings.Join(line, " | "))
	}
}
