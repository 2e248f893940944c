package predict

import (
	"slices"
	"strings"

	"vsim/sim/engine"
)

// group is pools that are one stage: of one node, of the same name and with the same steps, on several
// devices or servers.
type group struct {
	spec    *engine.Pool // the first
	pools   []int
	first   []int   // index in Window.Steps of each pool's first step
	workers float64 // of all pools; 0 means unlimited
}

// groups lists the stages in the order in which the route comes to them.
func groups(sys *engine.System) (out []*group) {
	base := make([]int, len(sys.Pools))
	for i := 1; i < len(base); i++ {
		base[i] = base[i-1] + len(sys.Pools[i-1].Steps)
	}
	listed := make([]bool, len(sys.Pools))
	for _, node := range sys.Route {
		known := map[string]*group{}
		for _, i := range node.Pools {
			p := &sys.Pools[i]
			if listed[i] {
				continue
			}
			listed[i] = true
			g := known[signature(p)]
			if g == nil {
				g = &group{spec: p}
				known[signature(p)] = g
				out = append(out, g)
			}
			g.pools = append(g.pools, i)
			g.first = append(g.first, base[i])
			g.workers += float64(p.Workers)
		}
	}
	return out
}

func signature(p *engine.Pool) string {
	names := []string{p.Name}
	for i := range p.Steps {
		names = append(names, p.Steps[i].Name)
	}
	return strings.Join(names, "\x00")
}

func (g *group) queue(w *engine.Window) (sum engine.PoolSums) {
	for _, p := range g.pools {
		sum.Batches += w.Pools[p].Batches
		sum.Requests += w.Pools[p].Requests
		sum.WaitNs += w.Pools[p].WaitNs
	}
	return sum
}

func (g *group) step(w *engine.Window, k int) (sum engine.StepSums) {
	for _, first := range g.first {
		sum.WorkerNs += w.Steps[first+k].WorkerNs
		sum.RequestNs += w.Steps[first+k].RequestNs
	}
	return sum
}

func (g *group) visits(w *engine.Window) float64 { return over(g.queue(w).Requests, w.Completed) }

// share is the part that ns in all, of all visits, have in the latency. See Stage.Share.
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

// stages lists, for each stage of the route, its queue and then its steps.
func (s *study) stages() (out []Stage) {
	for _, g := range groups(s.sys) {
		visits := s.mean(g.visits)
		batch := s.mean(func(w *engine.Window) float64 { q := g.queue(w); return over(q.Requests, q.Batches) })
		out = append(out, Stage{
			Name:  g.spec.Name + " queue",
			WaitS: s.mean(func(w *engine.Window) float64 { q := g.queue(w); return 1e-9 * over(q.WaitNs, q.Requests) }),
			Share: s.mean(func(w *engine.Window) float64 { return g.share(w, g.queue(w).WaitNs) }),
			Utilization: s.mean(func(w *engine.Window) (sum float64) {
				for k := range g.spec.Steps {
					sum += g.busy(w, g.step(w, k).WorkerNs)
				}
				return sum
			}),
			MeanBatch: batch, Visits: visits,
		})
		for k := range g.spec.Steps {
			step := &g.spec.Steps[k]
			out = append(out, Stage{
				Name: step.Name, Resource: string(s.sys.Resources[step.Resource[0]].Type),
				ServiceS:    s.mean(func(w *engine.Window) float64 { return 1e-9 * over(g.step(w, k).RequestNs, g.queue(w).Requests) }),
				Share:       s.mean(func(w *engine.Window) float64 { return g.share(w, g.step(w, k).RequestNs) }),
				Utilization: s.mean(func(w *engine.Window) float64 { return g.busy(w, g.step(w, k).WorkerNs) }),
				MeanBatch:   batch, Visits: visits,
			})
		}
	}
	return out
}

// waiting is the part of its time that a request waits, in queues or for something that is down: what it is
// not served. Where children are side by side it is the queues' part of all their times, since nobody
// knows which of them the parent waits for.
func (s *study) waiting(w *engine.Window) float64 {
	queued, served := 0.0, 0.0
	for _, g := range groups(s.sys) {
		queued += g.share(w, g.queue(w).WaitNs)
		for k := range g.spec.Steps {
			served += g.share(w, g.step(w, k).RequestNs)
		}
	}
	if slices.ContainsFunc(s.sys.Route, func(n engine.Node) bool { return n.Fork != nil }) {
		return queued / (queued + served)
	}
	return max(1-served, 0)
}
