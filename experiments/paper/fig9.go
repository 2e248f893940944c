package paper

import (
	"context"
	"fmt"
	"strconv"

	"vsim/sim"
)

const (
	mostGPUs = 4
	notable  = 1.25
)

// line9 is one line of figure 9: a way of preprocessing and a size of image, over the number of GPUs.
type line9 struct {
	name, file string
	set        []string
	clients    int            // of one GPU: concurrency of the tuned server
	served     []sim.Estimate // images/s with 1, 2, ... GPUs
}

// figure9 adds GPUs to the paper's machine, and clients with them.
func figure9(ctx context.Context, lab *Lab) (*Sheet, error) {
	lines := []line9{
		{name: "medium, CPU preprocessing", file: "fig9-cpu.toml", set: []string{"pipeline.image=medium"}},
		{name: "medium, GPU preprocessing", file: "fig9-gpu.toml", set: []string{"pipeline.image=medium"}},
		{name: "large, CPU preprocessing", file: "fig9-cpu.toml", set: []string{"pipeline.image=large"}},
		{name: "large, GPU preprocessing", file: "fig9-gpu.toml", set: []string{"pipeline.image=large"}},
		{name: "inference alone", file: "fig9-inference.toml"},
	}
	if err := predictLines(ctx, lab, lines); err != nil {
		return nil, err
	}
	linear := func(l line9) Quantity { return Near("4 GPUs over 1: "+l.name, "times", mostGPUs, l.over(mostGPUs, 1)) }
	large := lines[3]
	return &Sheet{
		Table: figure9Table(lines),
		Plots: []Plot{
			figure9Plot("fig9-medium", "medium images", lines[0], lines[1], lines[4]),
			figure9Plot("fig9-large", "large images", lines[2], large, lines[4]),
		},
		Outcomes: []Outcome{
			{ID: "9a", Quantities: []Quantity{linear(lines[0]), linear(lines[1])}, Why: "linear: four GPUs serve within 15 % of four times one"},
			{ID: "9b", Quantities: []Quantity{
				ours(AtLeast("2 GPUs over 1", "times", notable, large.over(2, 1))),
				ours(atMost("4 GPUs over 2", "times", notable, large.over(4, 2))),
			}, Why: fmt.Sprintf("notable is taken as %g times at least, marginal as %g times at most, for twice the GPUs", notable, notable)},
			{ID: "9c", Quantities: []Quantity{Near("4 GPUs over 1: "+lines[2].name, "times", 1, lines[2].over(mostGPUs, 1))}, Why: "flat: four GPUs serve within 15 % of one"},
			{ID: "9d", Quantities: []Quantity{linear(lines[4])}, Why: "linear, as 9a"},
		},
		Notes: []string{fmt.Sprintf("The machine is the paper's with 1 to %d GPUs, each with a link of 16 lanes of its own, and %d clients a GPU; its cores, which decode or do nvJPEG's host part for all GPUs, stay the same.", mostGPUs, large.clients)},
	}, nil
}

// predictLines fills in what the lines serve.
func predictLines(ctx context.Context, lab *Lab, lines []line9) error {
	var points []Point
	for i := range lines {
		l := &lines[i]
		one, err := lab.scenario(At(l.file))
		if err != nil {
			return err
		}
		l.clients = one.Workload.Concurrency
		for gpus := 1; gpus <= mostGPUs; gpus++ {
			points = append(points, At(l.file, append([]string{"gpu.count=" + strconv.Itoa(gpus), "workload.concurrency=" + strconv.Itoa(l.clients*gpus)}, l.set...)...))
		}
	}
	p, err := lab.Predict(ctx, points...)
	if err != nil {
		return err
	}
	for i := range p {
		l := &lines[i/mostGPUs]
		l.served = append(l.served, p[i].ThroughputRPS)
	}
	return nil
}

// over is what so many GPUs serve over what others do.
func (l line9) over(gpus, others int) sim.Estimate {
	return RatioOf(l.served[gpus-1], l.served[others-1])
}

// atMost is a bound: it holds where the prediction is no higher.
func atMost(name, unit string, bound float64, e sim.Estimate) Quantity {
	q := quantity(name, unit, e)
	q.Paper, q.Holds = bound, known(e.Value) && e.Value <= bound
	return q
}

func figure9Table(lines []line9) Table {
	t := Table{Columns: []string{"case", "gpus", "throughput_rps", "low_rps", "high_rps", "over_one_gpu"}}
	for _, l := range lines {
		for i, e := range l.served {
			t.Add(l.name, strconv.Itoa(i+1), e.Value, e.Low, e.High, l.over(i+1, 1).Value)
		}
	}
	return t
}

func figure9Plot(name, title string, lines ...line9) Plot {
	plot := Plot{Name: name, Title: title, X: "GPUs", Y: "throughput, images/s", Kind: Lines}
	for _, l := range lines {
		s := series(l.name)
		for i, e := range l.served {
			s.at(float64(i+1), e)
		}
		plot.Series = append(plot.Series, s.Series)
	}
	return plot
}
