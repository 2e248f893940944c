package paper

import (
	"context"
	"fmt"
	"math"
	"slices"

	"vsim/sim"
)

// Unasked is why a figure cannot be asked of a machine other than the paper's, or with an override.
type Unasked struct{ Figure, Machine, Why string }

func (e *Unasked) Error() string {
	if e.Machine == "" {
		return fmt.Sprintf("%s cannot be asked: %s", e.Figure, e.Why)
	}
	return fmt.Sprintf("%s cannot be asked of %s: %s", e.Figure, e.Machine, e.Why)
}

// ExitCode is 2: what was asked cannot be.
func (e *Unasked) ExitCode() int { return 2 }

// run makes a figure's sheet.
type run func(ctx context.Context, lab *Lab) (*Sheet, error)

// elsewhere makes a figure's sheet of a machine other than the paper's.
type elsewhere func(ctx context.Context, lab *Lab, at *Site) (*Sheet, error)

// either is a figure of the paper's machine or of another, as the laboratory has it.
func either(paper run, other elsewhere) run {
	return func(ctx context.Context, lab *Lab) (*Sheet, error) {
		at, err := lab.Site()
		switch {
		case err != nil:
			return nil, err
		case at == nil:
			return paper(ctx, lab)
		}
		return other(ctx, lab, at)
	}
}

// not is a figure that other machines are not asked for.
func not(figure, why string) elsewhere {
	return func(_ context.Context, _ *Lab, at *Site) (*Sheet, error) { return nil, at.unasked(figure, why) }
}

func (s *Site) unasked(figure, why string) error { return &Unasked{figure, s.Name, why} }

// onGPU is the paper's server with GPU preprocessing: a stage of its own, whose results queue in Triton's pool of 64 MiB.
var onGPU = []string{"preprocess.separate=true", "preprocess.instances=2", "preprocess.memory=64MiB", "gpu.memory_full=evict"}

// full is how many clients keep the server busy: the paper's tuned 128 of a GPU, four times the largest batch and more on a CPU.
func (s *Site) full() int {
	if s.Device == "gpu" {
		return 128
	}
	return 32
}

// point is the paper's server on the site's machine.
func (s *Site) point(model, image, preprocessing string, clients int, more ...string) Point {
	set := []string{fmt.Sprintf("pipeline.model=%q", model), fmt.Sprintf("pipeline.image=%q", image), "pipeline.preprocessing=" + preprocessing,
		"pipeline.inference=" + s.Device, fmt.Sprintf("workload.concurrency=%d", clients)}
	if preprocessing == "gpu" {
		set = append(set, onGPU...)
	}
	return At(elsewhereFile, append(set, more...)...)
}

// wayName is how plots call a kind of preprocessing.
func wayName(way string) string {
	return map[string]string{"cpu": "CPU preprocessing", "gpu": "GPU preprocessing", "none": "inference alone"}[way]
}

// line adds a point to a series of a plot.
func (s *Series) line(x float64, e sim.Estimate) {
	s.X, s.Y, s.Low, s.High = append(s.X, x), append(s.Y, e.Value), append(s.Low, e.Low), append(s.High, e.High)
}

// bar adds a value of a category.
func (s *Series) bar(e sim.Estimate) {
	s.Y, s.Low, s.High = append(s.Y, e.Value), append(s.Low, e.Low), append(s.High, e.High)
}

// drawn leaves out the series of which no value is known.
func drawn(all ...Series) []Series {
	return slices.DeleteFunc(all, func(s Series) bool {
		return !slices.ContainsFunc(s.Y, func(y float64) bool { return !math.IsNaN(y) })
	})
}

// onto is an outcome of a claim on another machine, of which the directions alone are asked.
func onto(id string, at *Site, quantities ...Quantity) Outcome {
	return Outcome{ID: id, Quantities: quantities, Why: "on " + at.Name + ": its direction alone"}
}
