package predict

import (
	"vsim/sim"
	"vsim/sim/stats"
)

// prediction sums up what the replications have shown since the warm-up.
func (s *study) prediction() *Prediction {
	var means []float64
	var latency []*stats.Histogram
	total := total(s.windows)
	for i := range s.windows {
		latency = append(latency, &s.windows[i].Latency)
		means = append(means, s.windows[i].Latency.Mean()*1e-9)
	}
	quantile := func(p float64) Estimate { return estimate(stats.QuantileInterval(latency, p, level), 1e-9) }
	p := &Prediction{
		ThroughputRPS: estimate(s.throughput, 1),
		LatencyS: Latency{
			Mean: estimate(stats.MeanInterval(means, level), 1),
			P50:  quantile(0.5), P90: quantile(0.9), P95: quantile(0.95), P99: quantile(0.99), P999: quantile(0.999),
		},
		Stages:    stages(s.sys, &total),
		Resources: resources(s.sys, &total),
		Warnings:  []string{},
		Run:       RunInfo{Seed: s.sys.Seed, Replications: len(s.runs), Events: s.events()},
	}
	p.Bottleneck = bottleneck(s.sys, p, &total)
	if s.verdict != "" {
		p.Warnings = append(p.Warnings, s.verdict)
	}
	for _, r := range s.runs {
		p.Run.Requests += r.Completed()
		p.Run.SimS += float64(r.Now()) * 1e-9
	}
	return p
}

func estimate(i stats.Interval, unit float64) Estimate {
	return Estimate{Value: i.Value * unit, CI95: [2]float64{i.Low * unit, i.High * unit}}
}

// total adds up the windows of all replications; Busy becomes their mean.
func total(windows []sim.Window) sim.Window {
	var t sim.Window
	for i := range windows {
		w := &windows[i]
		if i == 0 {
			t.Steps = make([]sim.StepSums, len(w.Steps))
			t.Pools = make([]sim.PoolSums, len(w.Pools))
			t.Busy = make([]float64, len(w.Busy))
		}
		t.Span += w.Span
		t.Completed += w.Completed
		t.Latency.Merge(&w.Latency)
		for k := range w.Steps {
			t.Steps[k].WorkerNs += w.Steps[k].WorkerNs
			t.Steps[k].RequestNs += w.Steps[k].RequestNs
		}
		for k := range w.Pools {
			t.Pools[k].Batches += w.Pools[k].Batches
			t.Pools[k].Requests += w.Pools[k].Requests
			t.Pools[k].WaitNs += w.Pools[k].WaitNs
		}
		for k := range w.Busy {
			t.Busy[k] += w.Busy[k] / float64(len(windows))
		}
	}
	return t
}

// stages lists, for each node of the route, the queue and then the steps of its pools taken together.
func stages(sys *sim.System, t *sim.Window) []Stage {
	base := make([]int, len(sys.Pools)) // index of each pool's first step in t.Steps
	for i := 1; i < len(base); i++ {
		base[i] = base[i-1] + len(sys.Pools[i-1].Steps)
	}
	var out []Stage
	requests := max(float64(t.Completed), 1)
	sojourn := max(float64(t.Latency.Sum()), 1)
	for _, node := range sys.Route {
		first := &sys.Pools[node.Pools[0]]
		var sums sim.PoolSums
		workers := 0.0
		for _, p := range node.Pools {
			sums.Batches += t.Pools[p].Batches
			sums.Requests += t.Pools[p].Requests
			sums.WaitNs += t.Pools[p].WaitNs
			workers += float64(sys.Pools[p].Workers)
		}
		batch := float64(sums.Requests) / max(float64(sums.Batches), 1)
		queue := Stage{
			Name: first.Name + " queue", WaitS: float64(sums.WaitNs) * 1e-9 / requests,
			Share: float64(sums.WaitNs) / sojourn, MeanBatch: batch,
		}
		at := len(out)
		out = append(out, queue)
		for k := range first.Steps {
			var step sim.StepSums
			for _, p := range node.Pools {
				step.WorkerNs += t.Steps[base[p]+k].WorkerNs
				step.RequestNs += t.Steps[base[p]+k].RequestNs
			}
			s := Stage{
				Name: first.Steps[k].Name, Resource: string(sys.Resources[first.Steps[k].Resource[0]].Type),
				ServiceS: float64(step.RequestNs) * 1e-9 / requests, Share: float64(step.RequestNs) / sojourn, MeanBatch: batch,
			}
			if workers > 0 {
				s.Utilization = float64(step.WorkerNs) / (workers * float64(t.Span))
			}
			out[at].Utilization += s.Utilization
			out = append(out, s)
		}
	}
	return out
}

func resources(sys *sim.System, t *sim.Window) []Resource {
	var out []Resource
	for i, r := range sys.Resources {
		out = append(out, Resource{Name: r.Name, Utilization: t.Busy[i]})
	}
	return out
}

// bottleneck names what is busiest: a type of resource, or a pool whose workers are all busy while no
// resource is.
func bottleneck(sys *sim.System, p *Prediction, t *sim.Window) string {
	name, most := "", 0.0
	for i, r := range sys.Resources {
		if (r.Capacity > 0 || r.Type == sim.GPU) && t.Busy[i] > most {
			name, most = string(r.Type), t.Busy[i]
		}
	}
	stage := 0
	for _, node := range sys.Route {
		pool := &sys.Pools[node.Pools[0]]
		if u := p.Stages[stage].Utilization; u > most+0.05 {
			name, most = pool.Name, u
		}
		stage += 1 + len(pool.Steps)
	}
	return name
}
