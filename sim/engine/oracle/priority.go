package oracle

// PriorityWaits is the mean wait of each class in M/M/1 with priorities that do not interrupt service,
// the highest first; all classes have service rate mu (Cobham 1954, Operations Research 2(1), 70-76, eq.
// 3): W0 / ((1 - s[k-1]) (1 - s[k])), with s[k] the load of classes 0..k and W0 the rest of the service
// that a newcomer finds, load/mu.
func PriorityWaits(lambdas []float64, mu float64) (waits []float64) {
	total := 0.0
	for _, l := range lambdas {
		total += l / mu
	}
	above := 0.0
	for _, l := range lambdas {
		below := above + l/mu
		waits = append(waits, total/mu/((1-above)*(1-below)))
		above = below
	}
	return waits
}
