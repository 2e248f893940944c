package engine

import (
	"math"
	"slices"
)

// twinBroker is what the twin knows of a pool that sends messages to a broker or fetches them from there.
type twinBroker struct {
	next   int           // sending: the partition of the next message
	lasts  map[int]int   // by partition: the number of its last batch
	clocks map[int]int64 // by partition: when its linger is over; none where no clock runs
	drain  string        // "", "wanted", "wanted twice"
	ends   []int64       // fetching: when each fetch is answered at the latest
	waits  int           // fetches that wait since the last look
	shut   bool          // what it has fetched waits still
}

// eager says that a pool looks at its queue whatever happens.
func (w *twin) eager(pool int) bool {
	b := &w.sys.Pools[pool].Batch
	return b.Send != nil || b.Fetch != nil
}

func newTwinBroker(spec *Pool) *twinBroker {
	b := &twinBroker{lasts: map[int]int{}, clocks: map[int]int64{}}
	if f := spec.Batch.Fetch; f != nil {
		for range spec.Workers {
			b.ends = append(b.ends, b.end(spec, 0))
		}
		b.waits = spec.Workers
	}
	return b
}

// end is when a fetch that is made at a time is answered at the latest.
func (b *twinBroker) end(spec *Pool, made int64) int64 {
	if spec.Batch.Fetch.MaxWait == 0 {
		return math.MaxInt64
	}
	return made + int64(spec.Batch.Fetch.MaxWait)
}

// want has the drain begin, or look once more.
func (b *twinBroker) want() {
	if b.drain == "" {
		b.drain = "wanted"
	} else {
		b.drain = "wanted twice"
	}
}

// strike wants the drain for every clock that has run out.
func (b *twinBroker) strike(now int64) {
	for partition, at := range b.clocks {
		if at <= now {
			delete(b.clocks, partition)
			b.want()
		}
	}
}

// label gives a message that has come to be sent its partition and its batch.
func (w *twin) label(pool int, q *twinRequest) {
	rule, p := w.sys.Pools[pool].Batch.Send, &w.pools[pool]
	b := p.broker
	b.strike(w.now)
	q.partition = b.next
	b.next = (b.next + 1) % max(rule.Partitions, 1)
	mates := w.batch(pool, q.partition, b.lasts[q.partition])
	if len(mates) > 0 && itemsOf(mates)+q.items > max(rule.Max, 1) || len(mates) == 0 {
		b.lasts[q.partition]++
	}
	q.batch = b.lasts[q.partition]
	p.queue = append(p.queue, q)
	w.consider(pool, q.partition)
}

// consider wants the drain if a partition's first batch must go, or starts the partition's clock.
func (w *twin) consider(pool, partition int) {
	rule, b := w.sys.Pools[pool].Batch.Send, w.pools[pool].broker
	batches := map[int]bool{}
	for _, q := range w.pools[pool].queue {
		if q.partition == partition {
			batches[q.batch] = true
		}
	}
	_, runs := b.clocks[partition]
	switch {
	case len(batches) > 1 || len(batches) == 1 && rule.Linger == 0:
		delete(b.clocks, partition)
		b.want()
	case len(batches) == 1 && !runs:
		b.clocks[partition] = w.now + int64(rule.Linger)
	}
}

// batch returns the messages of a batch that wait.
func (w *twin) batch(pool, partition, number int) (out []*twinRequest) {
	for _, q := range w.pools[pool].queue {
		if q.partition == partition && q.batch == number {
			out = append(out, q)
		}
	}
	return out
}

// request takes the oldest batch of every partition out of the queue, partition by partition.
func (w *twin) request(pool int) (out []*twinRequest) {
	p, rule := &w.pools[pool], w.sys.Pools[pool].Batch.Send
	for partition := range max(rule.Partitions, 1) {
		i := slices.IndexFunc(p.queue, func(q *twinRequest) bool { return q.partition == partition })
		if i < 0 {
			continue
		}
		mates := w.batch(pool, partition, p.queue[i].batch)
		p.queue = slices.DeleteFunc(p.queue, func(q *twinRequest) bool { return slices.Contains(mates, q) })
		delete(p.broker.clocks, partition)
		out = append(out, mates...)
	}
	return out
}

// send starts all requests that may start.
func (w *twin) send(pool int) {
	b := w.pools[pool].broker
	b.strike(w.now)
	for b.drain != "" && w.free(pool) {
		if b.drain == "wanted twice" {
			b.drain = "wanted"
		} else {
			b.drain = ""
		}
		batch := w.request(pool)
		for partition := range max(w.sys.Pools[pool].Batch.Send.Partitions, 1) {
			before := b.drain
			w.consider(pool, partition)
			if b.drain != before {
				b.drain = "wanted" // what is left over is looked at once, however much it is
			}
		}
		if len(batch) > 0 {
			w.take(pool, batch)
		}
	}
}

// fetch answers all fetches that may be answered.
func (w *twin) fetch(pool int) {
	p, spec := &w.pools[pool], &w.sys.Pools[pool]
	b, rule := p.broker, spec.Batch.Fetch
	if b.shut = spec.Feeds > 0 && len(w.pools[spec.Feeds-1].queue) > 0; b.shut {
		return
	}
	for len(b.ends) < len(p.idle) {
		b.ends = append(b.ends, b.end(spec, w.now))
	}
	for len(p.queue) > 0 && len(b.ends) > 0 && (itemsOf(p.queue) >= max(rule.Min, 1) || slices.Min(b.ends) <= w.now) {
		n := 1
		for n < len(p.queue) && !p.queue[0].alone && (rule.Max == 0 || itemsOf(p.queue[:n+1]) <= rule.Max) {
			n++
		}
		first := slices.Index(b.ends, slices.Min(b.ends))
		b.ends = slices.Delete(b.ends, first, first+1)
		batch := slices.Clone(p.queue[:n])
		p.queue = p.queue[n:]
		w.take(pool, batch)
	}
	b.waits = len(p.idle)
}

// single has the message that has just come answer a fetch by itself if one waits that no other answers.
func (w *twin) single(pool int) {
	p := &w.pools[pool]
	last := len(p.queue) - 1
	p.queue[last].alone = w.sys.Pools[pool].Batch.Fetch.Single && last < p.broker.waits
}

// again has fetches made again that were answered with nothing before a time.
func (w *twin) again(until int64) {
	for i := range w.pools {
		if p := &w.pools[i]; len(p.queue) == 0 {
			for k := range p.broker.ends {
				for p.broker.ends[k] < until {
					p.broker.ends[k] += int64(w.sys.Pools[i].Batch.Fetch.MaxWait)
				}
			}
		}
	}
}

// deadline is when a pool that sends or fetches does so without anything happening before.
func (w *twin) deadline(pool int) int64 {
	p := &w.pools[pool]
	at := int64(math.MaxInt64)
	for _, clock := range p.broker.clocks {
		at = min(at, clock)
	}
	if len(p.queue) > 0 && !p.broker.shut && len(p.broker.ends) > 0 {
		at = min(at, slices.Min(p.broker.ends))
	}
	return at
}

// opened returns the pools that may fetch again since what they had fetched is taken.
func (w *twin) opened(pool int) (out []int) {
	if len(w.pools[pool].queue) > 0 {
		return nil
	}
	for i := range w.pools {
		if w.sys.Pools[i].Feeds == pool+1 && w.pools[i].broker.shut {
			w.pools[i].broker.shut = false
			out = append(out, i)
		}
	}
	return out
}
