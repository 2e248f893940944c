package predict

import (
	"slices"

	"vsim/sim/engine"
	"vsim/sim/topology"
)

// group is a stage of the topology with what its sums need.
type group struct {
	*topology.Stage
	first   []int   // index in Window.Steps of each pool's first step
	workers float64 // of all pools; 0 means unlimited
}

// groups lists the stages.
func groups(sys *engine.System, top *topology.Topology) (out []*group) {
	base := make([]int, len(sys.Pools))
	for i := 1; i < len(base); i++ {
		base[i] = base[i-1] + len(sys.Pools[i-1].Steps)
	}
	for i := range top.Stages {
		g := &group{Stage: &top.Stages[i]}
		for _, p := range g.Pools {
			g.first = append(g.first, base[p])
			g.workers += float64(sys.Pools[p].Workers)
		}
		out = append(out, g)
	}
	return out
}

func (g *group) queue(w *engine.Window) (sum engine.PoolSums) {
	for _, p := range g.Pools {
		sum.Batches += w.Pools[p].Batches
		sum.Requests += w.Pools[p].Requests
		sum.Items += w.Pools[p].Items
		sum.WaitNs += w.Pools[p].WaitNs
		sum.FillNs += w.Pools[p].FillNs
	}
	return sum
}

// step sums up a step of the scenario.
func (g *group) step(w *engine.Window, s *topology.Step) (sum engine.StepSums) {
	for _, first := range g.first {
		for _, k := range s.Parts {
			part := &w.Steps[first+k]
			sum.WorkerNs += part.WorkerNs
			sum.RequestNs += part.RequestNs
			sum.AloneNs += part.AloneNs
			sum.WaitNs += part.WaitNs
		}
	}
	return sum
}

// sharingNs is what others on the resource added.
func sharingNs(s engine.StepSums) int64 { return s.RequestNs - s.AloneNs - s.WaitNs }

// all sums up the steps.
func (g *group) all(w *engine.Window) (sum engine.StepSums) {
	for i := range g.Steps {
		s := g.step(w, &g.Steps[i])
		sum.WorkerNs += s.WorkerNs
		sum.RequestNs += s.RequestNs
		sum.AloneNs += s.AloneNs
		sum.WaitNs += s.WaitNs
	}
	return sum
}

func (g *group) visits(w *engine.Window) float64 { return over(g.queue(w).Requests, w.Completed) }

// share is the part that ns in all, of all visits, have in the latency. See Stage.
func (g *group) share(w *engine.Window, ns int64) float64 {
	return over(ns, w.Latency.Sum()) / max(g.visits(w), 1)
}

// busy is the part of the workers' time that ns of it are.
func (g *group) busy(w *engine.Window, ns int64) float64 {
	if g.workers == 0 {
		return 0
	}
	return float64(ns) / (g.workers * float64(w.Span))
}

// over is a/b, and 0 where nothing happened.
func over(a, b int64) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// stages are the stages with their queues and steps.
func (s *study) stages() (out []Stage) {
	for _, g := range groups(s.sys, s.top) {
		st := Stage{
			Name: g.Name, Broker: g.Broker, Queue: s.queue(g), Visits: s.mean(g.visits),
			MeanBatch:   s.mean(func(w *engine.Window) float64 { q := g.queue(w); return over(q.Items, q.Batches) }),
			Utilization: s.mean(func(w *engine.Window) float64 { return g.busy(w, g.all(w).WorkerNs) }),
		}
		for i := range g.Steps {
			st.Steps = append(st.Steps, s.step(g, &g.Steps[i]))
		}
		out = append(out, st)
	}
	return out
}

func (s *study) queue(g *group) Queue {
	perVisit := func(ns func(engine.PoolSums) int64) Estimate {
		return s.mean(func(w *engine.Window) float64 { q := g.queue(w); return 1e-9 * over(ns(q), q.Requests) })
	}
	return Queue{
		WaitS: perVisit(func(q engine.PoolSums) int64 { return q.WaitNs }),
		FillS: perVisit(func(q engine.PoolSums) int64 { return q.FillNs }),
		Share: s.mean(func(w *engine.Window) float64 { return g.share(w, g.queue(w).WaitNs) }),
	}
}

func (s *study) step(g *group, step *topology.Step) Step {
	perVisit := func(ns func(engine.StepSums) int64) Estimate {
		return s.mean(func(w *engine.Window) float64 { return 1e-9 * over(ns(g.step(w, step)), g.queue(w).Requests) })
	}
	r := &s.top.Resources[step.Resource]
	out := Step{
		Name: step.Name, Broker: step.Broker, Resource: r.Name, Type: r.Type, Times: step.Times,
		WaitS:       perVisit(func(s engine.StepSums) int64 { return s.WaitNs }),
		AloneS:      perVisit(func(s engine.StepSums) int64 { return s.AloneNs }),
		SharingS:    perVisit(sharingNs),
		Share:       s.mean(func(w *engine.Window) float64 { return g.share(w, g.step(w, step).RequestNs) }),
		Utilization: s.mean(func(w *engine.Window) float64 { return g.busy(w, g.step(w, step).WorkerNs) }),
	}
	if r.Type == topology.Own {
		out.Resource = ""
	}
	return out
}

// parts are the parts of a request's time.
type parts struct{ wait, fill, sharing float64 }

// parts sums up what a request's time consists of. It waits, in lines, or for something that is down, whenever
// it is not served. Where children are side by side, parts are those of all their times, since nobody knows
// which of them the parent waits for.
func (s *study) parts(w *engine.Window) (p parts) {
	served := 0.0
	for _, g := range groups(s.sys, s.top) {
		q, all := g.queue(w), g.all(w)
		p.wait += g.share(w, q.WaitNs+all.WaitNs)
		p.fill += g.share(w, q.FillNs)
		p.sharing += g.share(w, sharingNs(all))
		served += g.share(w, all.RequestNs-all.WaitNs)
	}
	if slices.ContainsFunc(s.sys.Route, func(n engine.Node) bool { return n.Fork != nil }) {
		total := p.wait + served
		return parts{p.wait / total, p.fill / total, p.sharing / total}
	}
	if w.Latency.Sum() > 0 { // else nothing takes any time, and nobody waits
		p.wait = max(1-served, 0)
	}
	return p
}
