package paper

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"vsim/model"
	"vsim/sim"
)

// served is a model of figure 4 on another machine.
type served struct {
	model  string
	gflops float64           // of an image, a multiply-accumulate counted as two; NaN for models that the catalogue does not have
	full   []*sim.Prediction // by way: under full load
	idle   []*sim.Prediction // by way: a single client
	alone  *sim.Prediction   // inference alone, under full load
	live   []*Measurement    // by way, of full
}

// variants end the names of models that are another's network run in another way.
var variants = []string{"-graph", "-tf32"}

// zoo are the models of the profile, small ones first, each network once.
func (s *Site) zoo() (out []served) {
	for _, name := range s.Models {
		if slices.ContainsFunc(variants, func(v string) bool { return strings.HasSuffix(name, v) }) || slices.Contains(s.Models, name+"-fp16") {
			continue
		}
		m := served{model: name, gflops: math.NaN()}
		network, _ := model.SplitPrecision(name)
		if spec, err := model.Lookup(network); err == nil {
			m.gflops = 2 * float64(spec.MACs) / 1e9
		}
		out = append(out, m)
	}
	slices.SortStableFunc(out, func(a, b served) int {
		if a.gflops < b.gflops {
			return -1
		}
		return 1
	})
	return out
}

// figure4At is figure 4 on another machine, of the models that its profile has.
func figure4At(ctx context.Context, lab *Lab, at *Site) (*Sheet, error) {
	zoo, err := at.predictZoo(ctx, lab)
	if err != nil {
		return nil, err
	}
	sheet := &Sheet{Table: Table{Columns: []string{"model", "gflops", "preprocessing", "throughput_ips", "throughput_low_ips", "throughput_high_ips",
		"inference_alone_ips", "gain_over_cpu", "not_inference_share", "measured_throughput_ips", "throughput_error"}}}
	rate := Plot{Name: "fig4-throughput", Title: "Throughput of models under full load, " + at.Image(at.Ways()[0]) + " images", Y: "throughput, images/s", Kind: Bars}
	share := Plot{Name: "fig4-share", Title: "Share of latency that is not inference, at zero load", Y: "share of latency", Kind: Bars}
	for w, way := range at.Ways() {
		rates, shares, live := Series{Name: wayName(way)}, Series{Name: wayName(way)}, Series{Name: wayName(way) + ", measured", Live: true}
		for _, m := range zoo {
			rates.bar(m.full[w].ThroughputRPS)
			shares.Y = append(shares.Y, besideInference(m.idle[w]))
			measured, off := beside(m.live[w], throughputOf, m.full[w].ThroughputRPS)
			live.Y = append(live.Y, measured)
			t := m.full[w].ThroughputRPS
			sheet.Table.Add(m.model, m.gflops, way, t.Value, t.Low, t.High, m.alone.ThroughputRPS.Value, gain(m.full[0], m.full[w], w > 0), besideInference(m.idle[w]), measured, off)
		}
		rate.Series = append(rate.Series, drawn(rates, live)...)
		share.Series = append(share.Series, shares)
	}
	alone := Series{Name: wayName("none")}
	for _, m := range zoo {
		alone.bar(m.alone.ThroughputRPS)
		rate.Categories = append(rate.Categories, m.model)
	}
	rate.Series, share.Categories = append(rate.Series, alone), rate.Categories
	sheet.Plots = []Plot{rate, share}
	return sheet, nil
}

// predictZoo predicts all that figure 4 has.
func (s *Site) predictZoo(ctx context.Context, lab *Lab) ([]served, error) {
	zoo := s.zoo()
	var points []Point
	for i := range zoo {
		m := &zoo[i]
		for _, way := range s.Ways() {
			full := s.point(m.model, s.Image(way), way, s.full())
			points = append(points, full, s.point(m.model, s.Image(way), way, 1))
			m.live = append(m.live, lab.measured(full))
		}
		points = append(points, s.point(m.model, s.Image(s.Ways()[0]), "none", s.full()))
	}
	all, err := lab.Predict(ctx, points...)
	if err != nil {
		return nil, fmt.Errorf("models of the profile: %w", err)
	}
	for i := range zoo {
		m := &zoo[i]
		for range s.Ways() {
			m.full, m.idle, all = append(m.full, all[0]), append(m.idle, all[1]), all[2:]
		}
		m.alone, all = all[0], all[1:]
	}
	return zoo, nil
}

// besideInference is the part of the mean latency during which no model runs.
func besideInference(p *sim.Prediction) float64 {
	infer := 0.0
	for _, part := range p.Parts() {
		if part.Name == "infer" || part.Name == "launch" {
			infer += part.MeanS
		}
	}
	return 1 - infer/p.LatencyS.Mean.Value
}

// gain is what a server serves more than another, relative; NaN where there is no other.
func gain(of, with *sim.Prediction, other bool) float64 {
	if !other {
		return math.NaN()
	}
	return with.ThroughputRPS.Value/of.ThroughputRPS.Value - 1
}
