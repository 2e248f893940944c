package triton

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"vsim/sim/scenario"
)

// What the scenario language and the simulator take at most.
const (
	maxBatchSize  = 32768
	maxLevels     = 64
	maxDelayUs    = uint64(100 * 24 * time.Hour / time.Microsecond)
	microsecondNs = scenario.Duration(time.Microsecond)
)

// batching is how a model's requests are batched, in the scenario's terms, and which lines say so.
type batching struct {
	maxBatch     int
	delay        scenario.Duration
	rules        scenario.QueueRules
	defaultLevel int // of requests that name no priority; 0 without levels
	from         map[string]string
}

// batching reads what a configuration says of batches, as the server completes it. Without dynamic_batching requests
// are not put together, whatever max_batch_size is (TritonModel::SetConfiguredScheduler, backend_model.cc); a client's
// own batches are not simulated.
func (im *importer) batching(c *modelConfig) *batching {
	maxBatch, from := im.maxBatch(c)
	b := &batching{maxBatch: 1, from: map[string]string{}}
	d := im.scheduler(c, maxBatch)
	if d == nil {
		b.from["max_batch"] = "no dynamic_batching: requests are not put together"
		return b
	}
	b.maxBatch, b.from["max_batch"] = maxBatch, from
	b.delay = im.microseconds(&d.place, "max_queue_delay_microseconds", d.MaxQueueDelayUs)
	b.from["max_queue_delay"] = d.at("max_queue_delay_microseconds", "")
	im.preferred(c, d, b)
	im.priorities(d, b)
	im.policies(d, b)
	b.rules.Prefetch = d.prefetches()
	b.from["prefetch"] = "Triton's rule without priorities and queue policies"
	return b
}

// at says where a field stands; or, where it does not, what holds instead.
func (p *place) at(field, missing string) string {
	if line, ok := p.lines[field]; ok {
		return fmt.Sprintf("line %d, %s", line, field)
	}
	return missing
}

// microseconds converts a time, which must not be longer than what is simulated.
func (im *importer) microseconds(p *place, field string, us uint64) scenario.Duration {
	if us > maxDelayUs {
		im.fault(p.fault(field, us, fmt.Sprintf("must be at most %d, 100 days", maxDelayUs), ""))
		return 0
	}
	return scenario.Duration(us) * microsecondNs
}

// preferred reads the preferred sizes; by default, the largest batch is the only one
// (NormalizeModelConfig, model_config_utils.cc).
func (im *importer) preferred(c *modelConfig, d *dynamicBatching, b *batching) {
	for _, n := range d.PreferredBatchSize {
		if n < 1 || int(n) > b.maxBatch {
			im.fault(d.fault("preferred_batch_size", n, fmt.Sprintf("must be from 1 to max_batch_size = %d", b.maxBatch), ""))
			return
		}
		b.rules.Preferred = append(b.rules.Preferred, int(n))
	}
	slices.Sort(b.rules.Preferred)
	b.rules.Preferred = slices.Compact(b.rules.Preferred)
	b.from["preferred_batch_sizes"] = d.at("preferred_batch_size", "")
}

func (im *importer) priorities(d *dynamicBatching, b *batching) {
	if d.PriorityLevels == 0 {
		for _, field := range []string{"default_priority_level", "priority_queue_policy"} {
			if d.lines[field] > 0 {
				im.warn(d.fault(field, nil, "has no effect without priority_levels, as in Triton", ""))
			}
		}
		return
	}
	switch levels, first := d.PriorityLevels, d.DefaultPriorityLevel; {
	case levels > maxLevels:
		im.fault(d.fault("priority_levels", levels, fmt.Sprintf("at most %d are simulated", maxLevels), ""))
	case first == 0 || first > levels:
		im.fault(d.fault("default_priority_level", first, fmt.Sprintf("must be from 1 to priority_levels = %d", levels), "it is the level of requests that name none"))
	default:
		b.rules.PriorityLevels, b.defaultLevel = int(levels), int(first)
		b.from["priority_levels"] = d.at("priority_levels", "")
	}
}

// policies reads the queue policies. That of a level replaces the default one as a whole.
func (im *importer) policies(d *dynamicBatching, b *batching) {
	b.from["default_queue_policy"], b.from["queue_policies"] = d.at("default_queue_policy", ""), d.at("priority_queue_policy", "")
	if p := d.DefaultQueuePolicy; p != nil {
		if q := im.policy(d, p); q != (scenario.QueuePolicy{}) {
			b.rules.DefaultPolicy = &q
		}
	}
	if d.PriorityLevels == 0 {
		return
	}
	for _, level := range slices.Sorted(maps.Keys(d.PriorityQueuePolicy)) {
		p := d.PriorityQueuePolicy[level]
		if level == 0 || level > d.PriorityLevels {
			im.fault(d.fault("priority_queue_policy", level, fmt.Sprintf("its key must be from 1 to priority_levels = %d", d.PriorityLevels), ""))
			continue
		}
		q := im.policy(d, &p)
		if q == (scenario.QueuePolicy{}) && b.rules.DefaultPolicy == nil {
			continue // says what holds anyway
		}
		q.Priority = int(level)
		b.rules.Policies = append(b.rules.Policies, q)
	}
}

func (im *importer) policy(d *dynamicBatching, p *queuePolicy) scenario.QueuePolicy {
	q := scenario.QueuePolicy{MaxQueueSize: int(p.MaxQueueSize), Timeout: im.microseconds(&p.place, "default_timeout_microseconds", p.DefaultTimeoutUs)}
	if q.Timeout > 0 && p.TimeoutAction == "DELAY" {
		q.TimeoutAction = "delay"
		if d.PreserveOrdering {
			im.fault(p.fault("timeout_action", p.TimeoutAction, "contradicts preserve_ordering, as in Triton", "take REJECT or drop preserve_ordering"))
		}
	}
	return q
}

// prefetches says whether batches are made up ahead of instances: only without priorities, and with a
// default policy that does not limit the queue (PriorityQueue::PriorityQueue, scheduler_utils.cc).
func (d *dynamicBatching) prefetches() bool {
	p := d.DefaultQueuePolicy
	return d.PriorityLevels == 0 && (p == nil || p.DefaultTimeoutUs == 0 && !p.AllowTimeoutOverride && p.MaxQueueSize == 0)
}

// ordering warns of responses that wait for earlier ones, which instances finish in another order.
func (im *importer) ordering(c *modelConfig, workers int) {
	d := c.DynamicBatching
	switch {
	case d == nil || !d.PreserveOrdering:
	case d.PriorityLevels > 1:
		im.fault(d.fault("preserve_ordering", true, "contradicts priority_levels above 1, as in Triton", "drop one of the two"))
	case workers > 1:
		im.warn(d.fault("preserve_ordering", true, "left out", fmt.Sprintf("a response of one of the %d instances does not wait for earlier requests", workers)))
	}
}
