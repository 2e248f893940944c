package calibrate

import (
	"fmt"

	"vsim/sim/scenario"
)

// Anchors picks the rows of an online table with the given numbers of clients.
func Anchors(file string, online []OnlineRow, clients []int) ([]OnlineRow, error) {
	var rows []OnlineRow
	for _, n := range clients {
		found := false
		for _, row := range online {
			if row.Concurrency == n {
				rows, found = append(rows, row), true
			}
		}
		if !found {
			return nil, scenario.BadInput(file, "has no row with concurrency %d, which is to be an anchor", n)
		}
	}
	return rows, nil
}

// check says whether the recipe can be applied.
func check(static []StaticRow, anchors []OnlineRow, server Server) error {
	if n := len(anchors); n < 2 || n > MaxAnchors {
		return scenario.BadInput("anchors", "%d rows of the online table; give 2 or %d, the others are there to be predicted", n, MaxAnchors)
	}
	if len(static) < 2 {
		return scenario.BadInput("static table", "%d rows; at least 2 are needed", len(static))
	}
	for i := 1; i < len(static); i++ {
		if static[i].Batch <= static[i-1].Batch {
			return scenario.BadInput("static table", "batch %d follows %d; sort the rows", static[i].Batch, static[i-1].Batch)
		}
	}
	for i, a := range anchors {
		if rule := checkAnchor(anchors[:i], a, server); rule != "" {
			return &scenario.InputError{Faults: []scenario.Fault{{File: "anchors", Key: "concurrency", Found: fmt.Sprint(a.Concurrency), Rule: rule}}}
		}
	}
	least, most := anchors[0].Concurrency/2, anchors[len(anchors)-1].Concurrency/2
	for _, row := range static {
		if row.Batch >= least && row.Batch <= most {
			return nil
		}
	}
	return scenario.BadInput("static table", "has no batch size from %d to %d, half the anchors' concurrency; add one", least, most)
}

// checkAnchor says what is wrong with an anchor that comes after others, "" when nothing is.
func checkAnchor(before []OnlineRow, a OnlineRow, server Server) string {
	n := len(before)
	switch {
	case a.Concurrency < 2 || a.Concurrency%2 != 0:
		return "must be even: two batches of half the clients take turns"
	case a.Concurrency > 2*server.MaxBatch:
		return fmt.Sprintf("must be at most %d, two batches of the largest size", 2*server.MaxBatch)
	case n > 0 && a.Concurrency <= before[n-1].Concurrency:
		return "must be above the anchor before; sort them"
	case a.ThroughputRPS <= 0 || a.AvgS <= 0 || a.ComputeS() <= 0 || a.frontS() <= 0:
		return "the row must have a throughput, a latency, a compute time and a time outside the server, all above 0"
	}
	return ""
}

// checkPreferred says whether batches of the preferred sizes, which ascend, can be made.
func (s Server) checkPreferred() error {
	if n := len(s.Preferred); n > 0 && s.Preferred[n-1] > s.MaxBatch {
		return scenario.BadInput("--preferred", "%d must be at most the largest batch, %d; lower it or raise --max-batch", s.Preferred[n-1], s.MaxBatch)
	}
	return nil
}
