package paper

import (
	"context"
	"fmt"
	"math"

	"vsim/sim"
	"vsim/sim/scenario"
)

// A day's traffic, and what it is held to. How the rate goes over the day and the objective are assumed.
const (
	photosADay = 350e6
	peakOver   = 1.6   // highest rate over the mean; the lowest is as far below
	objectiveS = 0.100 // 99th percentile of latency, in seconds
	dayHalves  = 6     // of the range in which the highest rate of a server is
	dayEvents  = "run.max_events=1000000"
)

const meanRate = photosADay / 86400.0

// fleet is a number of servers of the paper's kind.
type fleet struct {
	name, file string
	set        []string
	low, high  float64 // rates of one server: low holds the objective, high does not
	servers    float64
}

// dayOfPhotos sizes fleets of the paper's server for a day of medium photos, and predicts the day.
func dayOfPhotos(ctx context.Context, lab *Lab, sheet *Sheet) error {
	const question = "a day of 350 million photos"
	fleets := []*fleet{{name: "CPU preprocessing", file: openCPU}, {name: "GPU preprocessing", file: openGPU}, {name: "GPU preprocessing, 7 JPEG engines", file: openGPU, set: cardEngines()[1].set("medium")}}
	if err := sizeFleets(ctx, lab, fleets); err != nil {
		return err
	}
	price, err := lab.price(openGPU)
	if err != nil {
		return err
	}
	days, err := lab.Predict(ctx, dayPoints(fleets)...)
	if err != nil {
		return err
	}
	note := fmt.Sprintf("A day of 350 million photos, medium ones, for ViT-base: %.0f/s on average, %.0f/s at the peak (%.1f times the mean is assumed, as is the objective, p99 at most %.0f ms at the peak).", meanRate, peakOver*meanRate, peakOver, 1000*objectiveS)
	for i, f := range fleets {
		p99 := dividedBy(days[i].LatencyS.P99, 1e-3)
		sheet.add(question, f.name, "servers", exactly(f.servers), "servers")
		sheet.add(question, f.name, "rate of a server at the objective", sim.Estimate{Value: f.low, Low: f.low, High: f.high}, "images/s")
		sheet.add(question, f.name, "p99 of the day", p99, "ms")
		note += fmt.Sprintf(" %s: a server holds it at %.0f/s, so %.0f servers", f.name, f.low, f.servers)
		if price != nil {
			sheet.add(question, f.name, "cost", exactly(f.servers*price.PerHour), price.Currency+"/h")
			note += fmt.Sprintf(", %.2f %s an hour, %.3f a million photos", f.servers*price.PerHour, price.Currency, 1e6*f.servers*price.PerHour*24/photosADay)
		}
		note += fmt.Sprintf("; over the day p99 is %.0f ms.", p99.Value)
	}
	note += " Each server gets its share of the photos as they come; a price of the card with engines is not known, that of the paper's machine stands for it."
	if price != nil {
		note += " The price: " + price.Source + "."
	}
	sheet.Notes = append(sheet.Notes, note)
	return hours(ctx, lab, sheet, question, fleets)
}

// price is what a server of a scenario costs, nil where its machine does not say.
func (l *Lab) price(file string) (*scenario.Price, error) {
	text, err := files.ReadFile(file)
	if err != nil {
		return nil, err
	}
	s, err := scenario.Text(file, text).With(scenario.Options{Set: l.Set, Profile: l.Profile})
	if err != nil {
		return nil, err
	}
	return s.Price, nil
}

// offered is one server of the fleet with so many photos a second.
func (f *fleet) offered(rate float64) Point {
	return At(f.file, append([]string{"workload.arrivals=poisson", fmt.Sprintf("workload.rate=%.6g/s", rate), dayEvents, "run.p99_goal=0.05"}, f.set...)...)
}

// sizeFleets finds by halves the highest rate of a server at the objective, and with it the servers for the peak.
func sizeFleets(ctx context.Context, lab *Lab, fleets []*fleet) error {
	most := make([]Point, len(fleets))
	for i, f := range fleets {
		most[i] = At(f.file, f.set...)
	}
	full, err := lab.Predict(ctx, most...)
	if err != nil {
		return err
	}
	for i, f := range fleets {
		f.high = 1.02 * full[i].ThroughputRPS.Value
	}
	for range dayHalves {
		points := make([]Point, len(fleets))
		for i, f := range fleets {
			points[i] = f.offered((f.low + f.high) / 2)
		}
		got, err := lab.Predict(ctx, points...)
		if err != nil {
			return err
		}
		for i, f := range fleets {
			if holds(got[i], objectiveS) {
				f.low = (f.low + f.high) / 2
			} else {
				f.high = (f.low + f.high) / 2
			}
		}
	}
	for _, f := range fleets {
		if f.low == 0 {
			return fmt.Errorf("%s: a server of %s keeps p99 to %g ms at no rate", f.name, f.file, 1000*objectiveS)
		}
		f.servers = math.Ceil(peakOver * meanRate / f.low)
	}
	return nil
}

// dayPoints are whole days of one server's share.
func dayPoints(fleets []*fleet) []Point {
	var out []Point
	for _, f := range fleets {
		each := meanRate / f.servers
		out = append(out, At(f.file, append([]string{"workload.arrivals=diurnal", fmt.Sprintf("workload.rate=%.6g/s", each), fmt.Sprintf("workload.peak=%.6g/s", peakOver*each), "run.max_events=20000000", "run.p99_goal=0.05"}, f.set...)...))
	}
	return out
}

// hours draws p99 over the day, each hour as if its rate had always been.
func hours(ctx context.Context, lab *Lab, sheet *Sheet, question string, fleets []*fleet) error {
	const step = 2
	var points []Point
	for _, f := range fleets {
		for h := 0; h <= 24; h += step {
			points = append(points, f.offered(meanRate/f.servers*(1-(peakOver-1)*math.Cos(2*math.Pi*float64(h)/24))))
		}
	}
	got, err := lab.Predict(ctx, points...)
	if err != nil {
		return err
	}
	plot := Plot{Name: "open-day", Title: "A day of 350 million photos", X: "hours since the quietest", Y: "99th percentile of latency (ms)"}
	for _, f := range fleets {
		s := Series{Name: fmt.Sprintf("%s, %.0f servers", f.name, f.servers)}
		for h := 0; h <= 24; h += step {
			e := dividedBy(got[0].LatencyS.P99, 1e-3)
			s.join(float64(h), e)
			sheet.add(question, f.name+", p99", float64(h), e, "ms")
			got = got[1:]
		}
		plot.Series = append(plot.Series, s)
	}
	plot.Series = append(plot.Series, Series{Name: "objective", X: []float64{0, 24}, Y: []float64{1000 * objectiveS, 1000 * objectiveS}})
	sheet.Plots = append(sheet.Plots, plot)
	return nil
}
