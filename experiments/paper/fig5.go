package paper

import (
	"context"
	"fmt"
	"slices"

	"vsim/sim"
)

// clients are the concurrencies of figure 5, powers of two from 1 to 4096.
var clients = func() (out []int) {
	for n := 1; n <= 4096; n *= 2 {
		out = append(out, n)
	}
	return out
}()

// curve is one half of figure 5: a prediction for each of clients.
type curve struct {
	name string // where images are preprocessed
	at   []*sim.Prediction
}

func figure5(ctx context.Context, lab *Lab) (*Sheet, error) {
	halves := []struct{ file, name string }{{"fig5-cpu.toml", "CPU preprocessing"}, {"fig5-gpu.toml", "GPU preprocessing"}}
	var points []Point
	for _, h := range halves {
		for _, n := range clients {
			points = append(points, At(h.file, fmt.Sprintf("workload.concurrency=%d", n)))
		}
	}
	got, err := lab.Predict(ctx, points...)
	if err != nil {
		return nil, err
	}
	cpu, gpu := curve{halves[0].name, got[:len(clients)]}, curve{halves[1].name, got[len(clients):]}
	return &Sheet{Table: concurrencyTable(cpu, gpu), Plots: concurrencyPlots(cpu, gpu), Outcomes: concurrencyOutcomes(cpu, gpu), Notes: []string{
		"Closed loops without think time, ViT-base with TensorRT, medium images, on the tuned server of figure 3. Queueing is all the time that a request waits for a worker, a slot or a " +
			"fuller batch, before preprocessing and before inference; what others add to the work itself is counted with the work.",
	}}, nil
}

// index is where a number of clients stands.
func index(n int) int { return slices.Index(clients, n) }

func (c curve) rate(i int) sim.Estimate    { return images(c.at[i]) }
func (c curve) latency(i int) sim.Estimate { return c.at[i].LatencyS.Mean }
func (c curve) share(n int) sim.Estimate   { return c.at[index(n)].WaitShare }

// queueing is the mean time that a request waits, s.
func (c curve) queueing(i int) sim.Estimate {
	share, mean := c.at[i].WaitShare, c.latency(i)
	return sim.Estimate{Value: share.Value * mean.Value, Low: share.Low * mean.Low, High: share.High * mean.High}
}

// peak is where throughput is largest.
func (c curve) peak() int {
	best := 0
	for i := range c.at {
		if c.rate(i).Value > c.rate(best).Value {
			best = i
		}
	}
	return best
}

// leastStep is the smallest ratio of throughputs from one number of clients to twice as many, up to the peak.
func (c curve) leastStep() sim.Estimate {
	least := RatioOf(c.rate(1), c.rate(0))
	for i := 2; i <= c.peak(); i++ {
		if r := RatioOf(c.rate(i), c.rate(i-1)); r.Value < least.Value {
			least = r
		}
	}
	return least
}

func concurrencyTable(curves ...curve) Table {
	t := Table{Columns: []string{"preprocessing", "concurrency", "throughput_images_per_s", "throughput_low_images_per_s", "throughput_high_images_per_s", "latency_mean_s",
		"queueing_share", "queueing_low_share", "queueing_high_share", "queueing_s", "evicted_per_s", "bottleneck"}}
	for _, c := range curves {
		for i, n := range clients {
			x, share := c.rate(i), c.at[i].WaitShare
			t.Add(c.name, float64(n), x.Value, x.Low, x.High, c.latency(i).Value, share.Value, share.Low, share.High, c.queueing(i).Value, c.at[i].EvictedRPS.Value, c.at[i].Bottleneck)
		}
	}
	return t
}

func concurrencyPlots(cpu, gpu curve) []Plot {
	const x = "requests in flight"
	lines := func(name, title, y string, logY bool, scale float64, of func(curve, int) sim.Estimate) Plot {
		p := Plot{Name: name, Title: title, X: x, Y: y, LogX: true, LogY: logY, Kind: Lines}
		for _, c := range []curve{cpu, gpu} {
			s := Series{Name: c.name}
			for i, n := range clients {
				s.add(float64(n), of(c, i), scale)
			}
			p.Series = append(p.Series, s)
		}
		return p
	}
	return []Plot{
		lines("fig5-throughput", "Throughput against concurrency: ViT-base, medium images", "throughput, images/s", false, 1, curve.rate),
		lines("fig5-latency", "Latency against concurrency", "mean latency, ms", true, 1e3, curve.latency),
		lines("fig5-queueing", "Time in queues against concurrency", "queueing, ms", true, 1e3, curve.queueing),
		sharesPlot("fig5-shares-cpu", cpu), sharesPlot("fig5-shares-gpu", gpu),
	}
}

// parts of a request's time, as figure 5 stacks them; what belongs to none of them is the rest.
var stackedParts = []struct {
	name  string
	steps []string
}{
	{"preprocessing", []string{"dispatch", "huffman", "decode", "resize", "forward"}},
	{"transfers", []string{"staging", "h2d", "reload", "copy", "d2h"}},
	{"inference", []string{"launch", "infer"}},
}

// sharesPlot stacks what a request's time is made of, in percent.
func sharesPlot(name string, c curve) Plot {
	p := Plot{Name: name, Title: "Where the time goes: " + c.name, X: "requests in flight", Y: "share of mean latency, %", Kind: Stacked}
	queue, rest := Series{Name: "queueing"}, Series{Name: "rest"}
	series := make([]Series, len(stackedParts))
	for i, n := range clients {
		p.Categories = append(p.Categories, fmt.Sprint(n))
		queue.add(float64(n), c.at[i].WaitShare, 100)
		left := 1 - c.at[i].WaitShare.Value
		for k, part := range stackedParts {
			share := worked(c.at[i], part.steps)
			series[k].Name, series[k].X, series[k].Y = part.name, append(series[k].X, float64(n)), append(series[k].Y, 100*share)
			left -= share
		}
		rest.X, rest.Y = append(rest.X, float64(n)), append(rest.Y, 100*max(left, 0))
	}
	queue.Low, queue.High = nil, nil // whiskers inside a stack say nothing
	p.Series = append(append([]Series{queue}, series...), rest)
	return p
}

// worked is the part of the mean latency for which steps of these names work, alone or beside others.
func worked(p *sim.Prediction, names []string) (share float64) {
	for i := range p.Stages {
		st := &p.Stages[i]
		for k := range st.Steps {
			if s := &st.Steps[k]; slices.Contains(names, s.Name) {
				share += (s.AloneS.Value + s.SharingS.Value) / p.LatencyS.Mean.Value
			}
		}
	}
	return share
}

func concurrencyOutcomes(cpu, gpu curve) []Outcome {
	last, peak := len(clients)-1, gpu.peak()
	return []Outcome{
		{"5a", []Quantity{notLess("CPU preprocessing: least throughput over that of half the clients, up to the peak", cpu.leastStep()),
			notLess("GPU preprocessing: the same", gpu.leastStep()),
			More("CPU preprocessing: largest throughput over that of one client", RatioOf(cpu.rate(cpu.peak()), cpu.rate(0))),
			More("GPU preprocessing: the same", RatioOf(gpu.rate(peak), gpu.rate(0))),
			More("CPU preprocessing: mean latency of 4096 clients over that of one", RatioOf(cpu.latency(last), cpu.latency(0))),
			More("GPU preprocessing: the same", RatioOf(gpu.latency(last), gpu.latency(0)))},
			"no doubling of the clients up to the peak lowers throughput by more than its interval, and mean latency rises from 1 to 4096 clients"},
		betterOnGPU(cpu, gpu),
		{"5c", []Quantity{Less("GPU preprocessing: throughput of 4096 clients over the peak", RatioOf(gpu.rate(last), gpu.rate(peak))),
			flat("CPU preprocessing: throughput of 4096 clients over that of 512", 0.02, RatioOf(cpu.rate(last), cpu.rate(index(512))))},
			fmt.Sprintf("with GPU preprocessing the peak is at %d clients, and %.0f inputs/s are evicted with 4096; flat is within 2 %%", clients[peak], gpu.at[last].EvictedRPS.Value)},
		{"5d", []Quantity{Near("share with 64 clients", "1", 0.34, gpu.share(64)), Near("share with 512 clients", "1", 0.91, gpu.share(512))}, "GPU preprocessing"},
		{"5e", []Quantity{Near("queueing time with 4096 clients", "s", 3, gpu.queueing(last))}, "GPU preprocessing"},
		{"5f", []Quantity{Near("mean share of 64, 128, 256 and 512 clients", "1", 0.6, meanOf([]sim.Estimate{gpu.share(64), gpu.share(128), gpu.share(256), gpu.share(512)}))},
			"GPU preprocessing; high concurrency is taken for the range of 5d"},
	}
}

// betterOnGPU asks claim 5b of every concurrency from 8 to 1024.
func betterOnGPU(cpu, gpu curve) Outcome {
	first, last := index(8), index(1024)
	var faster, sooner float64
	for i := first; i <= last; i++ {
		if RatioOf(gpu.rate(i), cpu.rate(i)).Low > 1 {
			faster++
		}
		if RatioOf(gpu.latency(i), cpu.latency(i)).High < 1 {
			sooner++
		}
	}
	all := float64(last - first + 1)
	return Outcome{"5b", []Quantity{More("largest throughput, GPU over CPU preprocessing", RatioOf(gpu.rate(gpu.peak()), cpu.rate(cpu.peak()))),
		AtLeast("concurrencies from 8 to 1024 with more throughput", "points", all, exactly(faster)), AtLeast("the same with less latency", "points", all, exactly(sooner))},
		fmt.Sprintf("of %.0f concurrencies from 8 to 1024, %.0f have more throughput with GPU preprocessing and %.0f less mean latency", all, faster, sooner)}
}

// notLess is a direction that allows for no change: it holds where the interval of the ratio reaches 1.
func notLess(name string, ratio sim.Estimate) Quantity {
	q := quantity(name, "times", ratio)
	q.Holds = ratio.High >= 1 && known(ratio.Value) && known(ratio.High)
	return q
}

// flat holds where a ratio is 1 within a part of it.
func flat(name string, part float64, ratio sim.Estimate) Quantity {
	q := quantity(name, "times", ratio)
	q.Holds = ratio.Value >= 1-part && ratio.Value <= 1+part
	return q
}
