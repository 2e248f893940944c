package scenario

import "slices"

// check looks for contradictions between keys.
func (s *Scenario) check(d *decoder) {
	s.checkHardware(d)
	if s.IsGeneral() {
		s.checkGeneral(d)
	} else {
		s.checkPreset(d)
	}
	s.checkOutages(d)
	s.checkWorkload(d)
	s.checkItems(d)
}

func (s *Scenario) checkHardware(d *decoder) {
	if s.GPU.Count > 0 && s.Link.Bandwidth == 0 && s.sound("link.bandwidth") {
		d.fault("link.bandwidth", nil, "missing; a machine with GPUs needs it, for example link.bandwidth = \"24GB/s\"")
	}
	if s.GPU.Count > 0 && s.Given("servers.gpus") {
		d.fault("servers.gpus", s.Servers.GPUs, "stands beside gpu.count = %d, which says it; remove one of the two", s.GPU.Count)
	}
	if s.Memory.Full != "" && s.Memory.Capacity == 0 {
		d.fault("memory.capacity", nil, "missing; memory.full needs it")
	}
	if o := s.Server; o != nil && o.Copies > 0 && s.Memory.Bandwidth == 0 {
		d.fault("memory.bandwidth", nil, "missing; server.copies needs it, for example memory.bandwidth = \"89.6GB/s\"")
	}
	s.checkPrice(d)
	checkBridge(d, "link", s.Link.GPUsPerBridge, s.GPU.CopyEngines, "gpu.copy_engines", s.Given("link.bridge_bandwidth"))
	d.slowdowns("cpu.slowdown", s.CPU.Slowdown)
	d.slowdowns("gpu.slowdown", s.GPU.Slowdown)
	if gpus := s.Servers.Count * max(s.Servers.GPUs, s.GPU.Count); gpus > MostGPUs && s.sound("servers", "gpu.count") {
		d.fault("servers.count", s.Servers.Count, "makes %d GPUs in all; at most %d are simulated", gpus, MostGPUs)
	}
}

// MostGPUs is the largest number of GPUs over all servers.
const MostGPUs = 4096

// checkBridge checks the keys of links behind bridges.
func checkBridge(d *decoder, table string, gpus, slots int, slotsKey string, bandwidth bool) {
	switch {
	case gpus > 1 && slots > 0:
		d.fault(slotsKey, slots, "is not modelled behind a shared bridge (%s.gpus_per_bridge = %d); remove one of the two", table, gpus)
	case gpus <= 1 && bandwidth:
		d.fault(join(table, "bridge_bandwidth"), nil, "has no effect with one GPU a bridge; set gpus_per_bridge")
	}
}

func (d *decoder) slowdowns(key string, list []Slowdown) {
	for i, s := range list {
		at := join(key, itoa(i))
		for _, before := range list[:i] {
			if before.Stage == s.Stage && before.Beside == s.Beside && before.Batched() != s.Batched() {
				d.fault(at, nil, "of the same stages another slowdown gives a batch and this one does not, or the other way round; give all of them one, or none")
				break
			}
			if before.sameJobs(&s) {
				d.fault(at, nil, "another slowdown is of the same stages and batches; write all neighbours of them in one")
				break
			}
		}
		if len(s.Neighbours) != len(s.Factors) || len(s.Factors) == 0 {
			d.fault(join(at, "factors"), nil, "%d factors and %d neighbours; give as many of both", len(s.Factors), len(s.Neighbours))
			continue
		}
		last := 0.0
		for k, n := range s.Neighbours {
			if !(n > last) {
				d.fault(join(at, "neighbours"), nil, "must ascend from above 0, but %v follows %v", n, last)
			}
			if last = n; !(s.Factors[k] > 0) {
				d.fault(join(at, "factors"), nil, "must be positive, not %v", s.Factors[k])
			}
		}
	}
}

func (s *Scenario) checkOutages(d *decoder) {
	gpus := s.Servers.Count * max(s.Servers.GPUs, s.GPU.Count)
	for i := range s.Outages {
		o, at := &s.Outages[i], join("outage", itoa(i))
		limit := choose(o.Of == "gpu", gpus, s.Servers.Count)
		s.checkBrokerOutage(d, at, o)
		if o.Of != "broker" && o.Number >= limit && s.sound("servers", "gpu.count") {
			d.fault(join(at, "number"), o.Number, "there is no such %s; numbers go from 0 to %d", o.Of, limit-1)
		}
		switch {
		case (o.MTBF != nil || o.MTTR != nil) && (o.At != nil || o.For > 0):
			d.fault(at, nil, "has a schedule and random failures; keep at and for, or mtbf and mttr")
		case o.At == nil && o.MTBF == nil:
			d.fault(at, nil, "never happens; give at and for, or mtbf and mttr")
		case o.At != nil && o.For == 0:
			d.fault(join(at, "for"), nil, "missing; how long is it down each time?")
		case o.MTBF != nil && o.MTTR == nil:
			d.fault(join(at, "mttr"), nil, "missing; how long does a repair take?")
		}
		for k := 1; k < len(o.At); k++ {
			if o.At[k] < o.At[k-1]+o.For {
				d.fault(join(at, "at"), nil, "must ascend by at least for = %v, but %v follows %v", o.For.Duration(), o.At[k].Duration(), o.At[k-1].Duration())
			}
		}
	}
}

// checkRules checks the finer batching rules of a table.
func (d *decoder) checkRules(table string, r *QueueRules, maxBatch int) {
	for i, n := range r.Preferred {
		if n > maxBatch || i > 0 && n <= r.Preferred[i-1] {
			d.fault(join(table, "preferred_batch_sizes"), nil, "must ascend and not exceed max_batch = %d", maxBatch)
			break
		}
	}
	if r.Formation == "closed" && !r.Prefetch {
		d.fault(join(table, "formation"), r.Formation, "has no effect without prefetch = true")
	}
	if r.EarlyWakeups > 0 && !r.Prefetch && r.Preferred == nil && r.PriorityLevels == 0 && r.DefaultPolicy == nil && r.Policies == nil {
		d.fault(join(table, "early_wakeups"), r.EarlyWakeups, "has no effect without prefetch, preferred_batch_sizes, priority_levels or a queue policy")
	}
	levels := max(r.PriorityLevels, 1)
	var seen []int
	for i, p := range r.Policies {
		at := join(join(table, "queue_policies"), itoa(i))
		switch {
		case p.Priority == 0:
			d.fault(join(at, "priority"), nil, "missing; for every level use default_queue_policy")
		case p.Priority > levels:
			d.fault(join(at, "priority"), p.Priority, "is beyond %s = %d", join(table, "priority_levels"), levels)
		case slices.Contains(seen, p.Priority):
			d.fault(join(at, "priority"), p.Priority, "stands twice; give each level one policy")
		}
		seen = append(seen, p.Priority)
	}
	if p := r.DefaultPolicy; p != nil && p.Priority > 0 {
		d.fault(join(table, "default_queue_policy.priority"), p.Priority, "has no effect: it holds for every level without a policy of its own; use queue_policies")
	}
}
