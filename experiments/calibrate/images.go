package calibrate

import (
	"math"
	"slices"
	"strconv"

	"vsim/sim/engine/stats"
	"vsim/sim/scenario"
)

// maxImages is the largest number of images of a request that is believed where nothing says how many a batch may have:
// times in us that stand in columns of ms look like a thousand.
const maxImages = 256

// loadOf is what a row's load should be by its other figures, in images: clients by Little's law, or the rate.
func (r OnlineRow) loadOf() float64 {
	if r.Concurrency > 0 {
		return r.ThroughputRPS * r.AvgS
	}
	return r.ThroughputRPS
}

// images finds how many images a request has: perf_analyzer counts images a second, but clients and rates of requests.
// Of clients the median row tells; of rates the lowest, which the server keeps up with if it does with any.
func (t *tables) images(table *Table) {
	rows := table.Online
	if len(rows) == 0 || len(t.faults) > 0 {
		return
	}
	var each []float64
	for _, r := range rows {
		each = append(each, r.loadOf()/r.size())
	}
	found := each[0]
	if rows[0].Concurrency > 0 {
		found = stats.Median(each)
	}
	table.Images = max(int(math.Round(min(found, maxCount))), 1)
	if off := math.Abs(found/float64(table.Images) - 1); off > contradiction && table.Images > 1 {
		t.faultAt(rows[0].Line, t.load, strconv.FormatFloat(rows[0].size(), 'g', -1, 64), imagesRule(rows[0], found)+
			", but requests have a whole number; check the columns' units, and that all rows have requests of the same size")
	}
	for i := range rows {
		rows[i].ThroughputRPS /= float64(table.Images)
	}
}

// imagesRule says what tells the number of images of a request.
func imagesRule(r OnlineRow, found float64) string {
	number := strconv.FormatFloat(found, 'g', 4, 64)
	if r.Concurrency > 0 {
		return "throughput x latency / clients is " + number + ", which is taken as the images of a request"
	}
	return "the throughput, which counts images, is " + number + " times the offered rate, which counts requests"
}

// checkImages refuses requests that are larger than batches, or than any are where nothing says how large batches are.
func (t *Table) checkImages(file string) error {
	if len(t.Online) == 0 {
		return nil
	}
	first := t.Online[0]
	fault := scenario.Fault{File: file, Line: first.Line, Rule: imagesRule(first, float64(t.Images))}
	switch most := t.Server.MaxBatch; {
	case most > 0 && t.Images > most:
		fault.Rule += ", more than the " + strconv.Itoa(most) + " of a batch (max_batch), so that Triton would refuse them"
	case most == 0 && t.Images > maxImages:
		fault.Rule += ", more than the " + strconv.Itoa(maxImages) + " that are believed where no max_batch is given"
	default:
		return nil
	}
	fault.Remedy = "check the columns' units (those named _ms are in ms, perf_analyzer's own in us), or give the right --max-batch"
	return &scenario.InputError{Faults: []scenario.Fault{fault}}
}

// leaveOut sets aside the rows that contradict themselves.
func (t *Table) leaveOut() {
	t.Online = slices.DeleteFunc(t.Online, func(r OnlineRow) bool {
		off := math.Abs(r.loadOf()-r.size()) > contradiction*r.size()
		if off {
			t.LeftOut = append(t.LeftOut, r)
		}
		return off
	})
}
