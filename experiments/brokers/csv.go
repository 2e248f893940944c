package brokers

import (
	"bytes"
	"encoding/csv"
	"strconv"
)

var csvHeading = []string{"broker", "size_bytes", "concurrency", "load", "offered_per_s", "throughput_per_s", "throughput_half_range_per_s",
	"latency_p50_ms", "latency_p50_half_range_ms", "latency_p99_ms", "latency_p99_half_range_ms", "client_cpu_us", "broker_cpu_us",
	"messages", "lost", "rounds"}

// csv has a line for each row; load is full for a closed loop, which has no latencies. What is not known is empty.
func (r *Report) csv() []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write(csvHeading)
	for _, row := range r.Rows() {
		load := number(row.Load)
		if row.Load == 0 {
			load = "full"
		}
		w.Write([]string{row.Broker, strconv.Itoa(row.SizeBytes), strconv.Itoa(row.Concurrency), load,
			number(row.OfferedPerS), number(row.PerS), number(row.PerSRange),
			number(row.P50Ns / 1e6), row.latency(row.P50Range), number(row.P99Ns / 1e6), row.latency(row.P99Range),
			number(row.ClientNs / 1e3), number(row.BrokerNs / 1e3),
			strconv.FormatInt(row.Messages, 10), strconv.FormatInt(row.Lost, 10), strconv.Itoa(row.Rounds)})
	}
	w.Flush()
	return b.Bytes()
}

// latency is a range of latencies in ms, empty where there are none.
func (r *Row) latency(ns float64) string {
	if r.Load == 0 {
		return ""
	}
	return strconv.FormatFloat(ns/1e6, 'g', 4, 64)
}

// number has four digits or all before the point; 0, which no measurement is, is empty.
func number(v float64) string {
	switch {
	case v == 0:
		return ""
	case v >= 1000:
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}
