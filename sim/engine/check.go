package engine

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
	"vsim/sim/engine/random"
)

// check finds contradictions in a system. Scenarios are checked where they are read, with the words of
// the file; this is the last line of defence against a program's mistakes.
func check(sys *System) error {
	var faults []error
	add := func(format string, args ...any) { faults = append(faults, fmt.Errorf("engine: "+format, args...)) }
	if len(sys.Route) == 0 || len(sys.Classes) == 0 {
		add("a system needs a route and at least one class")
	}
	total := 0.0
	for _, c := range sys.Classes {
		if !(c.Weight >= 0) {
			add("class %q: weight %v is negative", c.Name, c.Weight)
		}
		if c.Items != nil && c.Items.Min() < 1 {
			add("class %q: a request may have %d items; the least is 1", c.Name, c.Items.Min())
		}
		total += c.Weight
	}
	if !(total > 0) {
		add("the weights of the classes add up to %v", total)
	}
	if sources := given(sys.Source.Clients > 0) + given(sys.Source.Gap != nil) + given(sys.Source.Arrivals != nil); sources != 1 {
		add("a source has clients, gaps or arrivals, one of them: %d clients, gap given: %v, arrivals given: %v",
			sys.Source.Clients, sys.Source.Gap != nil, sys.Source.Arrivals != nil)
	}
	if g := sys.Source.Gap; g != nil && !(g.Mean() > 0) {
		add("the mean gap between arrivals is %v ns", g.Mean())
	}
	if a := sys.Source.Arrivals; a != nil && !(a.MeanRate() > 0) {
		add("the mean rate of the arrivals is %v/s", a.MeanRate())
	}
	wrong, most := checkRoute(sys)
	faults = append(faults, wrong...)
	for i := range sys.Pools {
		items := 1
		if most != nil {
			items = most[i]
		}
		if err := checkPool(sys, &sys.Pools[i], items); err != nil {
			add("pool %q: %w", sys.Pools[i].Name, err)
		}
	}
	for i := range sys.Resources {
		if err := checkResource(&sys.Resources[i]); err != nil {
			add("resource %q: %w", sys.Resources[i].Name, err)
		}
	}
	for i := range sys.Memories {
		if m := &sys.Memories[i]; !(m.SizeBytes > 0) {
			add("memory %q: size %v", m.Name, m.SizeBytes)
		}
	}
	for i := range sys.Outages {
		if err := checkOutage(sys, &sys.Outages[i]); err != nil {
			add("outage %q: %w", sys.Outages[i].Name, err)
		}
	}
	return errors.Join(faults...)
}

func given(b bool) int {
	if b {
		return 1
	}
	return 0
}

func checkOutage(sys *System, o *Outage) error {
	for _, p := range slices.Concat(o.Pools, o.Waiting) {
		if p < 0 || p >= len(sys.Pools) {
			return fmt.Errorf("there is no pool %d", p)
		}
	}
	if (o.Up == nil) != (o.Down == nil) || (o.Up == nil) == (o.Schedule == nil) {
		return errors.New("want a schedule, or times up and down")
	}
	if o.Up != nil && !(o.Up.Mean()+o.Down.Mean() > 0) {
		return errors.New("it goes up and down in no time")
	}
	at := time.Duration(0)
	for _, s := range o.Schedule {
		if s.From < at || s.To <= s.From {
			return fmt.Errorf("from %v to %v after %v", s.From, s.To, at)
		}
		at = s.To
	}
	return nil
}

// checkHold checks what a pool's requests, of so many items at most, take of a memory.
func checkHold(sys *System, p *Pool, items int) error {
	for _, m := range p.Give {
		if m < 0 || m >= len(sys.Memories) {
			return fmt.Errorf("there is no memory %d to give back", m)
		}
	}
	h := p.Take
	if h == nil {
		return nil
	}
	if h.Memory < 0 || h.Memory >= len(sys.Memories) {
		return fmt.Errorf("there is no memory %d to take", h.Memory)
	}
	if n := len(h.SizeBytes); n != 1 && n != len(sys.Classes) {
		return fmt.Errorf("it takes memory for %d classes of %d", n, len(sys.Classes))
	}
	for _, bytes := range h.SizeBytes {
		if !finite(bytes) {
			return fmt.Errorf("it takes %v bytes", bytes)
		}
		if h.Batch {
			if m := &sys.Memories[h.Memory]; m.Full != Wait || bytes > m.SizeBytes {
				return fmt.Errorf("a batch takes %v bytes of memory %q, which has %v and must have it wait", bytes, m.Name, m.SizeBytes)
			}
			continue
		}
		if m, full := &sys.Memories[h.Memory], bytes*float64(p.Batch.Largest(items)); m.Full == Wait && (full > m.SizeBytes || full == 0 && bytes > 0) {
			return fmt.Errorf("a full batch takes %v bytes of memory %q, which has %v", full, m.Name, m.SizeBytes)
		}
	}
	return nil
}

func checkResource(res *Resource) error {
	if len(res.Kinds) == 0 || !finite(res.Capacity) || res.Slots < 0 || !finite(res.Speed) || !finite(res.IdleWatts) {
		return fmt.Errorf("capacity %v, %d kinds, %d slots, speed %v, %v W idle", res.Capacity, len(res.Kinds), res.Slots, res.Speed, res.IdleWatts)
	}
	if !(res.Others >= 0) || res.Others > 0 && res.Others >= res.Capacity {
		return fmt.Errorf("others use %v of a capacity of %v", res.Others, res.Capacity)
	}
	if n := res.Capacity; res.PerCore && (n < 1 || n != math.Trunc(n) || n > maxCores || res.Slots > 0) {
		return fmt.Errorf("%v cores with run queues, %d slots: a whole number up to %d, and no slots", n, res.Slots, maxCores)
	}
	for _, k := range res.Kinds {
		if res.PerCore && (k.Width > 1 || k.Limit > 0) {
			return fmt.Errorf("kind %q: width %v and limit %v on cores with run queues", k.Name, k.Width, k.Limit)
		}
		if k.Thread && !res.PerCore {
			return fmt.Errorf("kind %q has a thread of its own on no cores with run queues", k.Name)
		}
		if !finite(k.Width) || !finite(k.Limit) || !finite(k.Watts) {
			return fmt.Errorf("kind %q: width %v, limit %v, %v W", k.Name, k.Width, k.Limit, k.Watts)
		}
		if k.Limit > 0 && len(res.Kinds) > maxKinds {
			return fmt.Errorf("kind %q has a limit, one of %d kinds; at most %d may differ", k.Name, len(res.Kinds), maxKinds)
		}
	}
	if err := checkTurns(res); err != nil {
		return err
	}
	if n := len(res.Excess); n == 0 {
		return nil
	} else if n != len(res.Kinds) || n > maxKinds {
		return fmt.Errorf("excess for %d kinds of %d; at most %d may differ", n, len(res.Kinds), maxKinds)
	}
	for i, row := range res.Excess {
		if len(row) > len(res.Kinds) {
			return fmt.Errorf("excess of kind %d beside %d kinds of %d", i, len(row), len(res.Kinds))
		}
		for j, c := range row {
			at := 0.0
			for _, p := range c {
				if !(p.Neighbours > at) || math.IsNaN(p.Excess) || math.IsInf(p.Excess, 0) {
					return fmt.Errorf("excess of kind %d beside kind %d: point %v after %v neighbours", i, j, p, at)
				}
				at = p.Neighbours
			}
		}
	}
	return nil
}

func checkTurns(res *Resource) error {
	if n := len(res.Turns); n > 0 && (n != len(res.Kinds) || !res.PerCore) {
		return fmt.Errorf("turns for %d kinds of %d, on cores with run queues: %v", n, len(res.Kinds), res.PerCore)
	}
	for i, row := range res.Turns {
		if len(row) != len(res.Kinds) {
			return fmt.Errorf("turns of kind %d with %d kinds of %d", i, len(row), len(res.Kinds))
		}
		for j, extra := range row {
			if !(extra > -1) || math.IsInf(extra, 1) {
				return fmt.Errorf("turns of kind %d with kind %d take %v times longer", i, j, extra)
			}
		}
	}
	return nil
}

func checkRest(sys *System, p *Pool, rest []Rest) error {
	if n := len(rest); n > 0 && (p.Workers == 0 || n > 1 && n != len(sys.Classes)) {
		return fmt.Errorf("%d rests for %d classes and %d workers", n, len(sys.Classes), p.Workers)
	}
	for _, points := range rest {
		at := -1.0
		for _, p := range points {
			if !(p.IdleNs > at) || p.IdleNs < 0 || !(math.Abs(p.ExtraNs) < longest) {
				return fmt.Errorf("%v ns more after %v ns of rest, which must be more than %v", p.ExtraNs, p.IdleNs, at)
			}
			at = p.IdleNs
		}
	}
	return nil
}

// finite says that x is neither negative nor beyond all bounds.
func finite(x float64) bool { return x >= 0 && !math.IsInf(x, 1) }

// checkThreads checks a step of which several threads work on a batch.
func checkThreads(sys *System, s *Step) error {
	if s.Threads < 0 || s.Threads > 1 && (s.Parallel > 1 || !s.Service.PerItem) {
		return fmt.Errorf("%d threads, %d at once, per item: %v", s.Threads, s.Parallel, s.Service.PerItem)
	}
	for _, i := range s.Resource {
		if s.Threads > 1 && i >= 0 && i < len(sys.Resources) && (sys.Resources[i].Slots > 0 || sys.Resources[i].PerCore) {
			return fmt.Errorf("%d threads on resource %q with slots or run queues", s.Threads, sys.Resources[i].Name)
		}
	}
	return nil
}

// checkPool checks a pool to which requests of so many items come.
func checkPool(sys *System, p *Pool, items int) error {
	if p.Workers < 0 || p.Batch.Max < 0 || p.Batch.Delay < 0 || len(p.Steps) == 0 {
		return fmt.Errorf("%d workers, batches of %d, delay %v, %d steps", p.Workers, p.Batch.Max, p.Batch.Delay, len(p.Steps))
	}
	if p.Server < 0 || p.Server >= servers(sys) || p.Place < 0 {
		return fmt.Errorf("server %d of %d, place %d", p.Server, servers(sys), p.Place)
	}
	if p.Steps[len(p.Steps)-1].Spilled {
		return fmt.Errorf("its last step is one for spilled requests only")
	}
	if _, err := newPoolQueue(p, false, random.Stream{}); err != nil {
		return err
	}
	if err := checkFeeds(sys, p); err != nil {
		return err
	}
	if err := checkHold(sys, p, items); err != nil {
		return err
	}
	for _, s := range p.Steps {
		if !(s.Jitter >= 0 && s.Jitter <= 0.5) {
			return fmt.Errorf("step %q has a jitter of %v: want 0 to 0.5", s.Name, s.Jitter)
		}
		if s.Parallel < 0 || (s.Spilled || s.Parallel > 1) && !s.Service.PerItem {
			return fmt.Errorf("step %q works on %d at once, spilled only: %v, per item: %v", s.Name, s.Parallel, s.Spilled, s.Service.PerItem)
		}
		if err := checkThreads(sys, &s); err != nil {
			return fmt.Errorf("step %q: %w", s.Name, err)
		}
		if s.Fan != nil && (s.Kinds != nil || s.Spilled) {
			return fmt.Errorf("step %q fans out, and tells batches by size or by what is spilled", s.Name)
		}
		if h := s.RestHalfNs; !(h >= 0 && h < longest) || h > 0 && (len(s.Rest) == 0 || p.RestTogether) {
			return fmt.Errorf("step %q: half of %d rests is left after %v ns", s.Name, len(s.Rest), h)
		}
		if slices.ContainsFunc(s.Change, func(ns float64) bool { return !(ns >= 0 && ns < longest) }) || len(s.Change) > 0 && len(s.Rest) == 0 {
			return fmt.Errorf("step %q: changes %v with %d rests", s.Name, s.Change, len(s.Rest))
		}
		if len(s.RestBeside) > 0 && len(s.RestBeside) != len(s.Rest) {
			return fmt.Errorf("step %q: %d rests beside others, of %d", s.Name, len(s.RestBeside), len(s.Rest))
		}
		if s.RestVaries != nil && len(s.Rest) == 0 || len(s.Wake) > 0 && len(s.Wake) != len(s.Rest) {
			return fmt.Errorf("step %q: %d rests that vary: %v, and %d that wake", s.Name, len(s.Rest), s.RestVaries != nil, len(s.Wake))
		}
		if s.Spells != nil && (s.Spells.Lasts == nil || s.Spells.Factor == nil) {
			return fmt.Errorf("step %q: spells without length or factor", s.Name)
		}
		for _, w := range s.Wake {
			for _, cost := range []Extra{w.Beside, w.Interrupted} {
				if !(cost.Ns >= 0 && cost.Ns < longest && cost.Idle >= 0 && cost.Idle <= 1) {
					return fmt.Errorf("step %q: waking up costs %v ns where others are idle for %v of the time", s.Name, cost.Ns, cost.Idle)
				}
			}
		}
		if err := cmp.Or(checkRest(sys, p, s.Rest), checkRest(sys, p, s.RestBeside)); err != nil {
			return fmt.Errorf("step %q: %w", s.Name, err)
		}
		for _, i := range s.Resource {
			if p.Workers == 0 && i >= 0 && i < len(sys.Resources) && sys.Resources[i].PerCore {
				return fmt.Errorf("step %q: a pool with a worker for everybody on cores with run queues", s.Name)
			}
		}
		if len(s.Resource) != 1 && len(s.Resource) != p.Workers {
			return fmt.Errorf("step %q names %d resources for %d workers", s.Name, len(s.Resource), p.Workers)
		}
		for _, res := range s.Resource {
			for _, kind := range append([]int{s.Kind}, s.Kinds...) {
				if res < 0 || res >= len(sys.Resources) || kind < 0 || kind >= len(sys.Resources[res].Kinds) {
					return fmt.Errorf("step %q: there is no kind %d on resource %d", s.Name, kind, res)
				}
			}
		}
		largest := p.Batch.Largest(items)
		if largest == 0 && (s.Kinds != nil || !s.Service.PerItem && s.Fan == nil) {
			return fmt.Errorf("step %q tells batches by size, of which a fetch has no limit", s.Name)
		}
		if s.Kinds != nil && len(s.Kinds) < largest {
			return fmt.Errorf("step %q has kinds for batches up to %d of %d", s.Name, len(s.Kinds), largest)
		}
		sizes := 1
		if !s.Service.PerItem && s.Fan == nil {
			sizes = largest
		}
		if n := len(s.Service.At); n != 1 && n != len(sys.Classes) {
			return fmt.Errorf("step %q has times for %d classes of %d", s.Name, n, len(sys.Classes))
		}
		for _, row := range s.Service.At {
			if len(row) != len(s.Service.At[0]) {
				return fmt.Errorf("step %q has times for batches up to %d of one class and up to %d of another", s.Name, len(s.Service.At[0]), len(row))
			}
			if len(row) < sizes {
				return fmt.Errorf("step %q has times for batches up to %d of %d", s.Name, len(row), sizes)
			}
		}
	}
	return nil
}
