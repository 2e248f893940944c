package generator

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
)

// CSV writes the report as NVIDIA's perf_analyzer does (-f, report_writer.cc): times in us without decimals, rows by throughput; verbose
// adds the columns of --verbose-csv. Where loads are of both kinds, rows are those of the first load's kind, and left tells how many
// are not there. Rows that are not valid are there too.
//
// Latencies are from the schedule. "Client Send" is the time from then until the send; "Client Recv" is 0: it is within
// "Network+Server Send/Recv", what the client sees beyond what the server tells. Columns of the server's times are left out where
// it did not tell them for all rows.
func (r *Report) CSV(w io.Writer, verbose bool) (left int, err error) {
	open := r.Loads[0].Clients == 0
	rows := slices.DeleteFunc(slices.Clone(r.Loads), func(row Row) bool { return (row.Clients == 0) != open })
	left = len(r.Loads) - len(rows)
	slices.SortStableFunc(rows, func(a, b Row) int { return cmp.Compare(a.ImagesPerS, b.ImagesPerS) })
	told := !slices.ContainsFunc(rows, func(row Row) bool { return row.Split == nil })
	out := csv.NewWriter(w)
	lines := [][]string{csvHeader(open, told, verbose)}
	for i := range rows {
		lines = append(lines, rows[i].csv(open, told, verbose))
	}
	return left, out.WriteAll(lines)
}

func csvHeader(open, told, verbose bool) []string {
	out := []string{"Concurrency", "Inferences/Second", "Client Send"}
	if open {
		out[0] = "Request Rate"
	}
	if told {
		out = append(out, "Network+Server Send/Recv", "Server Queue", "Server Compute Input", "Server Compute Infer", "Server Compute Output")
	}
	out = append(out, "Client Recv", "p50 latency", "p90 latency", "p95 latency", "p99 latency")
	if verbose {
		out = append(out, "Avg latency", "request/response", "response wait")
	}
	return out
}

func (row *Row) csv(open, told, verbose bool) []string {
	us := func(seconds float64) string { return fmt.Sprintf("%.0f", math.Round(1e6*seconds)) }
	out := []string{fmt.Sprint(row.Clients), fmt.Sprintf("%.6g", row.ImagesPerS), us(row.LateS)}
	if open {
		out[0] = fmt.Sprintf("%.6g", row.RateRPS)
	}
	if s := row.Split; told {
		rest := row.FromSend.MeanS - s.QueueS - s.ComputeS()
		out = append(out, us(max(rest, 0)), us(s.QueueS), us(s.InputS), us(s.InferS), us(s.OutputS))
	}
	l := &row.FromSchedule
	out = append(out, "0", us(l.P50S), us(l.P90S), us(l.P95S), us(l.P99S))
	if verbose {
		out = append(out, us(l.MeanS), us(row.LateS), us(row.FromSend.MeanS))
	}
	return out
}
