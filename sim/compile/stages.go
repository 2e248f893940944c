package compile

import (
	"fmt"

	"vsim/sim/engine"
	"vsim/sim/scenario"
)

// stages makes the pools: for every stage one in each of its places.
func (b *builder) stages() {
	for i := range b.plans {
		p := &b.plans[i]
		b.pools = append(b.pools, nil)
		if len(p.steps) == 0 {
			continue
		}
		services := b.services(p)
		sites := b.sites(p.stage.Per)
		for n, at := range sites {
			pool := engine.Pool{Name: p.stage.Name, Workers: p.stage.Workers, Batch: batch(p.stage), Server: at.server,
				Classes: b.served(p.stage), Take: b.take(p.stage, at), Give: b.give(p.stage, at)}
			if p.stage.Per == "gpu" {
				pool.Place = 1 + b.number(at)
			}
			for k := range p.steps {
				pool.Steps = append(pool.Steps, b.steps(p, k, services[k], at, n, len(sites))...)
			}
			b.pools[i] = append(b.pools[i], len(b.sys.Pools))
			b.sys.Pools = append(b.sys.Pools, pool)
		}
	}
}

// steps makes a step at a place, and the fixed time before it where it is a transfer.
func (b *builder) steps(p *plan, k int, t times, at site, n, sites int) (out []engine.Step) {
	s := &p.steps[k]
	step := engine.Step{Name: s.Name, Service: t.service, Spilled: s.Reload}
	if t.service.PerItem {
		step.Parallel = s.Parallel
	}
	if s.device == nil { // on which the stage's workers do not slow each other down
		name := s.Name
		if sites > 1 {
			name = fmt.Sprintf("%s %d", name, n)
		}
		step.Resource = []int{b.resource(engine.Resource{Name: name, Type: engine.ResourceType(p.stage.Name),
			Capacity: float64(p.stage.Workers), Kinds: []engine.Kind{{Name: "job"}}})}
		return []engine.Step{step}
	}
	if t.latency != nil {
		out = append(out, engine.Step{Name: s.Name + " latency", Resource: []int{b.delay()}, Service: *t.latency})
	}
	step.Resource, step.Kind = []int{b.copyAt(s.device, at)}, s.kindAt(at)
	return append(out, step)
}

// delay is the resource on which transfers spend their fixed time, beside each other.
func (b *builder) delay() int {
	if b.latency == 0 {
		b.latency = 1 + b.resource(engine.Resource{Name: "latency", Type: engine.Delay, Kinds: []engine.Kind{{Name: "call"}}})
	}
	return b.latency - 1
}

// served lists the classes that a stage serves, ascending; nil when it serves all.
func (b *builder) served(st *scenario.Stage) (out []int) {
	for i, c := range b.sys.Classes {
		for _, name := range st.Classes {
			if c.Name == name {
				out = append(out, i)
				break
			}
		}
	}
	return out
}

// take is the memory that a request takes at a stage.
func (b *builder) take(st *scenario.Stage, at site) *engine.Hold {
	if len(st.Take) == 0 {
		return nil
	}
	h := &engine.Hold{Memory: b.copyAt(b.devices[st.Take[0].Memory], at), SizeBytes: []float64{float64(st.Take[0].Bytes)}}
	if st.Take[0].Class == "" {
		return h
	}
	h.SizeBytes = make([]float64, len(b.sys.Classes))
	for _, t := range st.Take {
		h.SizeBytes[b.class(t.Class)] = float64(t.Bytes)
	}
	return h
}

func (b *builder) give(st *scenario.Stage, at site) (out []int) {
	for _, name := range st.Give {
		out = append(out, b.copyAt(b.devices[name], at))
	}
	return out
}

// batch is the batching rule of a stage.
func batch(st *scenario.Stage) engine.Batch {
	return engine.Batch{Max: st.MaxBatch, Delay: st.MaxQueueDelay.Duration(), Preferred: st.Preferred, Prefetch: st.Prefetch, Queues: queues(&st.QueueRules)}
}

// queues are the policies of a stage's queues by priority, nil when it has a single one that takes all.
func queues(r *scenario.QueueRules) []engine.Queue {
	if r.PriorityLevels <= 1 && r.DefaultPolicy == nil && len(r.Policies) == 0 {
		return nil
	}
	out := make([]engine.Queue, max(r.PriorityLevels, 1))
	for i := range out {
		if r.DefaultPolicy != nil {
			out[i] = queue(r.DefaultPolicy)
		}
	}
	for i := range r.Policies {
		out[r.Policies[i].Priority-1] = queue(&r.Policies[i])
	}
	return out
}

func queue(p *scenario.QueuePolicy) engine.Queue {
	return engine.Queue{Limit: p.MaxQueueSize, Timeout: p.Timeout.Duration(), Defer: p.TimeoutAction == "delay"}
}
