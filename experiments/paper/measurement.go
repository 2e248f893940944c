package paper

import (
	"math"
	"slices"

	"vsim/sim"
)

// Measurement is what live runs of one configuration of the server showed, the mean of several.
type Measurement struct {
	Model         string
	Image         string
	Preprocessing string // "none": clients send tensors
	Inference     string
	Clients       int // of a closed loop without thinking
	Workers       int // of preprocessing on the CPU; 0 where there are none
	Instances     int
	Threads       int // of an inference on the CPU; 0 on a GPU
	MaxBatch      int

	Runs          int
	ThroughputRPS float64
	LatencyS      float64            // mean
	Parts         map[string]float64 // mean time of a request in each part, s: "decode", "inference queue"
}

// measured finds the live runs of what a prediction is of; nil where there are none.
func (l *Lab) measured(p Point) *Measurement {
	if len(l.Live) == 0 {
		return nil
	}
	s, err := l.scenario(p)
	if err != nil || len(s.Pipeline.Images) != 1 {
		return nil
	}
	workers := 0
	if s.Pipeline.Preprocessing == "cpu" {
		workers = s.Preprocess.Workers
	}
	if s.Pipeline.Preprocessing == "gpu" && s.Preprocess != nil && s.Preprocess.Separate {
		return nil // a live server has no such stage
	}
	i := slices.IndexFunc(l.Live, func(m Measurement) bool {
		return m.Model == s.Pipeline.Model && (m.Image == s.Pipeline.Images[0].Size || m.Preprocessing == "none") && m.Preprocessing == s.Pipeline.Preprocessing &&
			m.Inference == s.Pipeline.Inference && m.Clients == s.Workload.Concurrency && m.Workers == workers &&
			m.Instances == s.Inference.Instances && m.Threads == s.Inference.IntraOpThreads && m.MaxBatch == s.Batcher.MaxBatch
	})
	if i < 0 {
		return nil
	}
	return &l.Live[i]
}

// live adds what was measured to a series of points.
func (s *Series) live(x float64, value float64) {
	s.Live = true
	s.X, s.Y = append(s.X, x), append(s.Y, value)
}

// beside are cells of a table: a measured value, and how far the prediction is off, relative; NaN where nothing was measured.
func beside(m *Measurement, of func(*Measurement) float64, e sim.Estimate) (measured, off float64) {
	if m == nil {
		return math.NaN(), math.NaN()
	}
	return of(m), e.Value/of(m) - 1
}

func throughputOf(m *Measurement) float64 { return m.ThroughputRPS }

func latencyOf(m *Measurement) float64 { return m.LatencyS }
