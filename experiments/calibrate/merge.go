package calibrate

// merge makes one row of those that are runs of one load: each load is fitted or judged, and none is both.
func (t *Table) merge() {
	before := len(t.Online)
	t.Online = merged(t.Online, func(a, b OnlineRow) bool { return a.Concurrency == b.Concurrency && a.RateRPS == b.RateRPS }, meanOnline)
	t.Merged += before - len(t.Online)
	t.Static = merged(t.Static, func(a, b StaticRow) bool { return a.Batch == b.Batch }, meanStatic)
	for i := range t.Setups {
		s := &t.Setups[i]
		before := len(s.Rows)
		s.Rows = merged(s.Rows, func(a, b PlainRow) bool { return a.Clients == b.Clients }, meanPlain)
		t.Merged += before - len(s.Rows)
	}
}

// merged replaces neighbours that are the same by their mean.
func merged[Row any](rows []Row, same func(a, b Row) bool, mean func(runs []Row) Row) (out []Row) {
	for i := 0; i < len(rows); {
		n := i + 1
		for n < len(rows) && same(rows[i], rows[n]) {
			n++
		}
		row := rows[i]
		if n > i+1 {
			row = mean(rows[i:n])
		}
		out, i = append(out, row), n
	}
	return out
}

// meanOnline is the mean of runs. Times are means over requests, of which a run has as many as its throughput says.
func meanOnline(runs []OnlineRow) OnlineRow {
	out := runs[0]
	for _, r := range runs[1:] {
		out.ThroughputRPS += r.ThroughputRPS
	}
	over := func(of func(r OnlineRow) float64) (sum float64) {
		for _, r := range runs {
			sum += of(r) * r.ThroughputRPS / out.ThroughputRPS
		}
		return sum
	}
	out.ClientSendS = over(func(r OnlineRow) float64 { return r.ClientSendS })
	out.NetworkServerS = over(func(r OnlineRow) float64 { return r.NetworkServerS })
	out.QueueS = over(func(r OnlineRow) float64 { return r.QueueS })
	out.InputS = over(func(r OnlineRow) float64 { return r.InputS })
	out.InferS = over(func(r OnlineRow) float64 { return r.InferS })
	out.OutputS = over(func(r OnlineRow) float64 { return r.OutputS })
	out.AvgS = over(func(r OnlineRow) float64 { return r.AvgS })
	out.P99S = meanOfKnown(runs, func(r OnlineRow) float64 { return r.P99S })
	out.ThroughputRPS /= float64(len(runs))
	return out
}

func meanStatic(runs []StaticRow) StaticRow {
	out := runs[0]
	out.AvgS = meanOfKnown(runs, func(r StaticRow) float64 { return r.AvgS })
	out.InferS = meanOfKnown(runs, func(r StaticRow) float64 { return r.InferS })
	out.P99S = meanOfKnown(runs, func(r StaticRow) float64 { return r.P99S })
	return out
}

func meanPlain(runs []PlainRow) PlainRow {
	out := runs[0]
	out.ThroughputRPS = meanOfKnown(runs, func(r PlainRow) float64 { return r.ThroughputRPS })
	out.LatencyS = meanOfKnown(runs, func(r PlainRow) float64 { return r.LatencyS })
	return out
}

// meanOfKnown is the mean of what is above 0; 0 where nothing is.
func meanOfKnown[Row any](runs []Row, of func(r Row) float64) float64 {
	var known mean
	for _, r := range runs {
		if x := of(r); x > 0 {
			known.add(x)
		}
	}
	return known.value()
}
