package brokers

import (
	"cmp"
	"math"
	"slices"

	"vsim/profile"
)

// Row is a cell at one load, over all rounds: means, and half of what the rounds' values range over beside them.
type Row struct {
	Cell
	Load                             float64 // 0 is a closed loop
	Rounds                           int
	PerS, PerSRange                  float64
	OfferedPerS                      float64
	P50Ns, P50Range, P99Ns, P99Range float64
	ClientNs, BrokerNs               float64
	Messages, Lost                   int64
	fewest                           int64 // messages of a round
}

// Rows are the runs of each cell and load, by size, concurrency, broker and load.
func (r *Report) Rows() (out []Row) {
	type key struct {
		Cell
		load float64
	}
	by := map[key][]Run{}
	var order []key
	for _, run := range r.Runs {
		k := key{run.Cell, run.Load}
		if by[k] == nil {
			order = append(order, k)
		}
		by[k] = append(by[k], run)
	}
	for _, k := range order {
		out = append(out, newRow(by[k]))
	}
	slices.SortStableFunc(out, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.SizeBytes, b.SizeBytes), cmp.Compare(a.Concurrency, b.Concurrency),
			cmp.Compare(slices.Index(profile.BrokerKinds, a.Broker), slices.Index(profile.BrokerKinds, b.Broker)), cmp.Compare(a.Load, b.Load))
	})
	return out
}

func newRow(runs []Run) Row {
	row := Row{Cell: runs[0].Cell, Load: runs[0].Load, Rounds: len(runs), fewest: math.MaxInt64}
	row.PerS, row.PerSRange = over(runs, func(r Run) float64 { return r.PerS })
	row.OfferedPerS, _ = over(runs, func(r Run) float64 { return r.OfferedPerS })
	row.P50Ns, row.P50Range = over(runs, func(r Run) float64 { return r.P50Ns })
	row.P99Ns, row.P99Range = over(runs, func(r Run) float64 { return r.P99Ns })
	row.ClientNs, _ = over(runs, func(r Run) float64 { return r.ClientNs })
	row.BrokerNs, _ = over(runs, func(r Run) float64 { return r.BrokerNs })
	for _, r := range runs {
		row.Messages += r.Messages
		row.Lost += r.Lost
		row.fewest = min(row.fewest, r.Messages)
	}
	return row
}

// over is the mean of a number, and half its range.
func over(runs []Run, number func(Run) float64) (mean, half float64) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, r := range runs {
		n := number(r)
		mean += n / float64(len(runs))
		low, high = min(low, n), max(high, n)
	}
	return mean, (high - low) / 2
}

// sustained tells whether an open loop's messages arrived as fast as they were sent, but for chance.
func (r *Row) sustained() bool {
	return r.Load == 0 || r.PerS >= 0.95*r.OfferedPerS-3*math.Sqrt(r.OfferedPerS)
}

// leastFor99 is how many messages a 99th percentile wants at least.
const leastFor99 = 200
