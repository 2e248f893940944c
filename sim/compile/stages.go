package compile

import (
	"vsim/sim/engine"
	"vsim/sim/scenario"
	"vsim/sim/topology"
)

// stages makes the pools: for every stage one in each of its places.
func (b *builder) stages() {
	for i := range b.plans {
		p := &b.plans[i]
		b.pools = append(b.pools, nil)
		if len(p.steps) == 0 {
			continue
		}
		top := topology.Stage{Name: p.stage.Name, Broker: queueOf(p.stage), Consumers: consumersOf(p.stage), WorkersKey: p.stage.WorkersKey(p.byName), DelayKey: p.stage.DelayKey(p.byName), BatchKey: p.stage.Blame(p.byName + ".max_batch")}
		var sites []site
		for _, at := range b.sites(p.stage.Per) {
			for n := range consumersOf(p.stage) {
				sites = append(sites, at)
				top.Pools = append(top.Pools, b.pool(p, at))
				b.over(p.stage, consumer{stage: b.origin(i), site: at, n: n}, top.Pools)
			}
		}
		for k := range p.steps {
			top.Steps = append(top.Steps, b.step(p, &p.steps[k], sites, top.Pools))
		}
		b.pools[i] = top.Pools
		b.top.Stages = append(b.top.Stages, top)
	}
}

// pool makes the pool of a stage at a place, as yet without steps.
func (b *builder) pool(p *plan, at site) int {
	pool := engine.Pool{Name: p.stage.Name, Workers: p.stage.Workers, Batch: batch(p.stage), Server: at.server,
		Classes: b.served(p.stage), Take: b.take(p.stage, at), Give: b.give(p.stage, at)}
	if l := p.stage.Leg(); l != nil {
		pool.RestTogether = l.Part == scenario.Sends // over one connection
	}
	if p.stage.Per == "gpu" {
		pool.Place = 1 + b.number(at)
	}
	b.sys.Pools = append(b.sys.Pools, pool)
	return len(b.sys.Pools) - 1
}

// step gives all pools of a stage one step more, and the fixed time before it where it is a transfer.
func (b *builder) step(p *plan, s *plannedStep, sites []site, pools []int) topology.Step {
	support := &support{step: s.shown()}
	b.supports = append(b.supports, support)
	t := b.times(p, s)
	base := engine.Step{Name: s.Name, Service: t.service, Spilled: s.Reload}
	b.pauses(&base, p, s, b.sys.Pools[pools[0]].Batch.Largest(p.items))
	b.spells(&base, p, s)
	top := topology.Step{Name: s.Name, Broker: s.Over(), Times: support.origin()}
	var own []int
	if s.device == nil {
		top.Resource, own = b.own(p, s, sites)
	} else {
		top.Resource = s.device.top
	}
	if t.latency != nil {
		top.Parts = append(top.Parts, len(b.sys.Pools[pools[0]].Steps))
		for _, i := range pools {
			b.add(i, engine.Step{Name: s.Name + " latency", Resource: []int{b.delay()}, Service: *t.latency})
		}
	}
	top.Parts = append(top.Parts, len(b.sys.Pools[pools[0]].Steps))
	for n, i := range pools {
		step := base
		step.Fan = b.fan(s)
		if t.service.PerItem {
			step.Parallel = s.Parallel
			step.Threads = s.Threads
		}
		if own != nil {
			step.Resource = []int{own[n]}
		} else {
			step.Resource, step.Kind, step.Kinds = []int{b.copyAt(s.device, sites[n])}, s.kindAt(sites[n]), s.kinds
		}
		b.add(i, step)
	}
	return top
}

// add gives a pool one step more.
func (b *builder) add(pool int, s engine.Step) {
	p := &b.sys.Pools[pool]
	p.Steps = append(p.Steps, s)
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
	h := &engine.Hold{Memory: b.copyAt(b.devices[st.Take[0].Memory], at), SizeBytes: []float64{float64(st.Take[0].Bytes)}, Batch: st.Take[0].Batch}
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
	if rule, ok := brokerBatch(st.Leg()); ok {
		return rule
	}
	return engine.Batch{Max: st.MaxBatch, Delay: st.MaxQueueDelay.Duration(), Preferred: st.Preferred, Prefetch: st.Prefetch, Closed: st.Formation == "closed",
		Early: st.EarlyWakeups, Queues: queues(&st.QueueRules)}
}

// Batcher is the batching rule of the inference instances of a preset's scenario, which needs no profile.
func Batcher(s *scenario.Scenario) engine.Batch {
	return batch(&scenario.Stage{MaxBatch: s.Batcher.MaxBatch, MaxQueueDelay: s.Batcher.MaxQueueDelay, QueueRules: s.Batcher.QueueRules})
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
