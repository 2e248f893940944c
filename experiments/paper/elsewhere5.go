package paper

import (
	"context"
	"fmt"
	"slices"

	"vsim/sim"
)

// mostClients is where figure 5 ends: as the paper's on a GPU, and well behind the knee on a CPU.
func (s *Site) mostClients() int {
	if s.Device == "gpu" {
		return 4096
	}
	return 64
}

// siteCurve is figure 5 with one kind of preprocessing.
type siteCurve struct {
	way         string
	clients     []int
	predictions []*sim.Prediction
	live        []*Measurement // nil where nothing ran
}

// figure5At is figure 5 on another machine: its curves, the paper's model where the profile has it.
func figure5At(ctx context.Context, lab *Lab, at *Site) (*Sheet, error) {
	curves, err := at.curves(ctx, lab)
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("%s, %s images", at.Main(), at.Image(at.Ways()[0]))
	rate := Plot{Name: "fig5-throughput", Title: "Throughput: " + what, X: "concurrency", Y: "throughput, images/s", LogX: true}
	latency := Plot{Name: "fig5-latency", Title: "Mean latency: " + what, X: "concurrency", Y: "mean latency, s", LogX: true, LogY: true}
	sheet := &Sheet{Table: Table{Columns: []string{"preprocessing", "concurrency", "throughput_ips", "throughput_low_ips", "throughput_high_ips", "latency_mean_s",
		"queueing_share", "queueing_s", "measured_throughput_ips", "throughput_error", "measured_latency_mean_s", "latency_error"}}}
	for _, c := range curves {
		c.rows(&sheet.Table)
		rate.Series = append(rate.Series, c.series(func(p *sim.Prediction) sim.Estimate { return p.ThroughputRPS }, throughputOf)...)
		latency.Series = append(latency.Series, c.series(func(p *sim.Prediction) sim.Estimate { return p.LatencyS.Mean }, latencyOf)...)
	}
	sheet.Plots = []Plot{rate, latency}
	for _, c := range curves {
		sheet.Plots = append(sheet.Plots, c.shares(what))
	}
	sheet.Outcomes = claims5At(at, curves)
	return sheet, nil
}

func (s *Site) curves(ctx context.Context, lab *Lab) ([]siteCurve, error) {
	var points []Point
	var out []siteCurve
	for _, way := range s.Ways() {
		c := siteCurve{way: way}
		for n := 1; n <= s.mostClients(); n *= 2 {
			p := s.point(s.Main(), s.Image(way), way, n)
			c.clients, points, c.live = append(c.clients, n), append(points, p), append(c.live, lab.measured(p))
		}
		out = append(out, c)
	}
	all, err := lab.Predict(ctx, points...)
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].predictions, all = all[:len(out[i].clients)], all[len(out[i].clients):]
	}
	return out, nil
}

func (c *siteCurve) rows(t *Table) {
	for i, p := range c.predictions {
		rate, rateOff := beside(c.live[i], throughputOf, p.ThroughputRPS)
		latency, latencyOff := beside(c.live[i], latencyOf, p.LatencyS.Mean)
		t.Add(c.way, float64(c.clients[i]), p.ThroughputRPS.Value, p.ThroughputRPS.Low, p.ThroughputRPS.High, p.LatencyS.Mean.Value,
			p.WaitShare.Value, p.WaitShare.Value*p.LatencyS.Mean.Value, rate, rateOff, latency, latencyOff)
	}
}

// series is the predicted curve of a number, and its live points where there are any.
func (c *siteCurve) series(predicted func(*sim.Prediction) sim.Estimate, measured func(*Measurement) float64) []Series {
	line, points := Series{Name: wayName(c.way)}, Series{Name: wayName(c.way) + ", measured"}
	for i, p := range c.predictions {
		line.line(float64(c.clients[i]), predicted(p))
		if m := c.live[i]; m != nil {
			points.live(float64(c.clients[i]), measured(m))
		}
	}
	return drawn(line, points)
}

// shares is what part of the latency is queueing.
func (c *siteCurve) shares(what string) Plot {
	out := Plot{Name: "fig5-shares-" + c.way, Title: "Where the time goes: " + what + ", " + wayName(c.way), X: "concurrency", Y: "share of latency", Kind: Stacked}
	queueing, rest := Series{Name: "queueing"}, Series{Name: "served"}
	for i, p := range c.predictions {
		out.Categories = append(out.Categories, fmt.Sprint(c.clients[i]))
		queueing.Y, rest.Y = append(queueing.Y, p.WaitShare.Value), append(rest.Y, 1-p.WaitShare.Value)
	}
	out.Series = []Series{rest, queueing}
	return out
}

// peak is where the curve is highest.
func (c *siteCurve) peak() int {
	best := 0
	for i, p := range c.predictions {
		if p.ThroughputRPS.Value > c.predictions[best].ThroughputRPS.Value {
			best = i
		}
	}
	return best
}

func claims5At(at *Site, curves []siteCurve) (out []Outcome) {
	var rises []Quantity
	for _, c := range curves {
		first, last, best := c.predictions[0], c.predictions[len(c.predictions)-1], c.predictions[c.peak()]
		rises = append(rises, More(c.way+": throughput at its peak over that of 1 client", RatioOf(best.ThroughputRPS, first.ThroughputRPS)),
			More(fmt.Sprintf("%s: mean latency of %d clients over that of 1", c.way, c.clients[len(c.clients)-1]), RatioOf(last.LatencyS.Mean, first.LatencyS.Mean)))
	}
	out = append(out, onto("5a", at, rises...))
	if len(curves) < 2 {
		return out
	}
	cpu, gpu := curves[0], curves[1]
	i := cpu.peak()
	j := slices.Index(gpu.clients, cpu.clients[i])
	return append(out, onto("5b", at,
		More("throughput, GPU over CPU preprocessing, at the latter's peak", RatioOf(gpu.predictions[j].ThroughputRPS, cpu.predictions[i].ThroughputRPS)),
		Less("mean latency, likewise", RatioOf(gpu.predictions[j].LatencyS.Mean, cpu.predictions[i].LatencyS.Mean))))
}
