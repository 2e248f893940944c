package running

import (
	"gonum.org/v1/gonum/stat"
)

// transport fits the round trip less the server's own time to the images of a request, by least squares.
func (r *Calibration) transport(bursts []*burst) {
	var images, ns, weights []float64
	for _, b := range bursts {
		if !b.alone() {
			continue
		}
		own := 0.0
		if c := b.Counted[r.Model]; c != nil {
			own = c.Total / float64(c.Requests)
		}
		images, ns, weights = append(images, float64(b.Images)), append(ns, stat.Mean(b.LatencyNs, nil)-own), append(weights, float64(len(b.LatencyNs)))
		if b.Images == 1 && b.ServerCPU > 0 && r.local {
			execute := 0.0
			for _, model := range executing(b) {
				execute += b.Counted[model].executeNs()
			}
			r.Transport.CPUNs = (float64(b.ServerCPU+b.ClientCPU) - execute) / float64(len(b.LatencyNs))
		}
	}
	r.Transport.fit(images, ns, weights)
}

// fit is the line through the times by the number of images, none of whose parts is below 0.
func (t *Transport) fit(images, ns, weights []float64) {
	t.FixedNs, t.PerImageNs = stat.LinearRegression(images, ns, weights, false)
	switch {
	case !(t.PerImageNs >= 0):
		t.FixedNs, t.PerImageNs = max(stat.Mean(ns, weights), 0), 0
	case t.FixedNs < 0:
		_, slope := stat.LinearRegression(images, ns, weights, true)
		t.FixedNs, t.PerImageNs = 0, max(slope, 0)
	}
}
