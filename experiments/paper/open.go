package paper

import (
	"context"
	"fmt"

	"vsim/sim"
)

// The scenarios of what the paper leaves open: its server, with the server of figures 7 and 9.
const (
	openGPU       = "open-gpu.toml"
	openCPU       = "open-cpu.toml"
	openInference = "open-inference.toml"
)

// ways are the two ways to preprocess.
var ways = []struct{ name, file string }{{"CPU preprocessing", openCPU}, {"GPU preprocessing", openGPU}}

// sizes are the paper's images.
var sizes = []string{"small", "medium", "large"}

// nearly is the part of what could be had that counts as all of it.
const nearly = 0.95

// leftOpen asks what the paper leaves open, a paragraph and a plot each.
func leftOpen(ctx context.Context, lab *Lab) (*Sheet, error) {
	sheet := &Sheet{Table: Table{Columns: []string{"question", "series", "x", "value", "low", "high", "unit"}}}
	for _, ask := range []func(context.Context, *Lab, *Sheet) error{jpegEngines, pcieGenerations, coresForBalance, gpusOfOneCPU, dayOfPhotos} {
		if err := ask(ctx, lab, sheet); err != nil {
			return nil, err
		}
	}
	return sheet, nil
}

// add puts a prediction in the table.
func (s *Sheet) add(question, series string, x any, e sim.Estimate, unit string) {
	s.Table.Add(question, series, x, e.Value, e.Low, e.High, unit)
}

// join appends a point with its interval to a series.
func (s *Series) join(x float64, e sim.Estimate) {
	s.X, s.Y = append(s.X, x), append(s.Y, e.Value)
	s.Low, s.High = append(s.Low, e.Low), append(s.High, e.High)
}

// dividedBy is a over a number.
func dividedBy(e sim.Estimate, of float64) sim.Estimate {
	return sim.Estimate{Value: e.Value / of, Low: e.Low / of, High: e.High / of}
}

// set writes an override.
func set(key string, value any) string { return fmt.Sprintf("%s=%v", key, value) }
