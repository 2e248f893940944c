package explain

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"vsim/sim/engine"
	"vsim/sim/engine/random"
	"vsim/sim/report"
	"vsim/sim/scenario"
	"vsim/sim/topology"
)

// Kind is what kind of thing varies.
type Kind string

// Kinds.
const (
	ServiceTime Kind = "service time" // of a stage
	Speed       Kind = "speed"        // of a resource
	Knob        Kind = "knob"         // a key of the scenario
)

// step is the relative change of what varies; whole numbers change by at least 1.
const step = 0.1

// lever is one thing that varies: its value now, and below and above it.
type lever struct {
	of    string // for people
	key   string // where it is set
	kind  Kind
	value float64
	write func(value float64) string
	tries []try // the lower one first; a whole number has no lower one at 1
}

// try is a lever at another value.
type try struct {
	value float64
	variant
}

// levers lists all that varies: the service times of stages, the speeds of resources, and the numbers in the scenario.
func (l *lab) levers() (out []lever) {
	top := l.built.Topology
	for i := range top.Stages {
		st := &top.Stages[i]
		out = append(out, factor(lever{of: "service time of " + st.Name, key: "stage " + st.Name, kind: ServiceTime}, slower(st)))
	}
	for i := range top.Resources {
		if r := &top.Resources[i]; r.Type != topology.Own && r.Type != topology.Delay {
			out = append(out, factor(lever{of: "speed of " + r.Name, key: r.Key, kind: Speed}, faster(r)))
		}
	}
	return append(out, l.knobs()...)
}

// factor completes a lever whose value is a factor, 1 now.
func factor(of lever, change func(factor float64) func(*engine.System, *topology.Topology) error) lever {
	of.value = 1
	of.write = func(x float64) string { return fmt.Sprintf("%+.0f %%", 100*(x-1)) }
	for _, x := range []float64{1 - step, 1 + step} {
		of.tries = append(of.tries, try{x, variant{change: change(x)}})
	}
	return of
}

// slower makes all steps of a stage take so many times as long.
func slower(st *topology.Stage) func(factor float64) func(*engine.System, *topology.Topology) error {
	return func(factor float64) func(*engine.System, *topology.Topology) error {
		return func(sys *engine.System, _ *topology.Topology) error {
			made := map[*random.Sampler]*random.Sampler{}
			for _, p := range st.Pools {
				for k := range sys.Pools[p].Steps {
					service := &sys.Pools[p].Steps[k].Service
					at, err := scaled(service.At, factor, made)
					if err != nil {
						return err
					}
					service.At = at
				}
			}
			return nil
		}
	}
}

// scaled copies a table of times, all of them so many times as long.
func scaled(at [][]*random.Sampler, factor float64, made map[*random.Sampler]*random.Sampler) ([][]*random.Sampler, error) {
	out := make([][]*random.Sampler, len(at))
	for i, row := range at {
		for _, s := range row {
			if made[s] == nil && s != nil {
				longer, err := s.Scaled(factor)
				if err != nil {
					return nil, scenario.BadInput("vsim explain", "%v", err)
				}
				made[s] = longer
			}
			out[i] = append(out[i], made[s])
		}
	}
	return out, nil
}

// faster gives all copies of a resource so many times their speed.
func faster(r *topology.Resource) func(factor float64) func(*engine.System, *topology.Topology) error {
	return func(factor float64) func(*engine.System, *topology.Topology) error {
		return func(sys *engine.System, _ *topology.Topology) error {
			for _, c := range r.Copies {
				of := &sys.Resources[c.Index]
				of.Speed = factor * cmp.Or(of.Speed, 1)
			}
			return nil
		}
	}
}

// knobs are the numbers in the scenario that people turn.
func (l *lab) knobs() (out []lever) {
	seen := map[string]bool{}
	add := func(k lever, ok bool) {
		if ok && !seen[k.key] {
			seen[k.key] = true
			out = append(out, k)
		}
	}
	for i := range l.built.Topology.Stages {
		st := &l.built.Topology.Stages[i]
		pool := &l.built.System.Pools[st.Pools[0]]
		add(whole(st.WorkersKey, float64(l.workers(st))))
		if pool.Batch.Max > 1 { // else nobody has said what a batch takes
			add(whole(st.BatchKey, float64(pool.Batch.Max)))
		}
		add(span(st.DelayKey, pool.Batch.Delay))
	}
	if pre := l.s.Preprocess; pre != nil {
		add(whole("preprocess.threads", float64(pre.Threads)))
	}
	gpus := "gpu.count"
	if l.s.GPU.Count == 0 {
		gpus = "servers.gpus"
	}
	add(whole(gpus, float64(cmp.Or(l.s.GPU.Count, l.s.Servers.GPUs))))
	add(whole("servers.count", float64(l.s.Servers.Count)))
	add(whole("cpu.cores", float64(l.s.CPU.Cores)))
	for i := range l.s.Resources {
		r := &l.s.Resources[i]
		name := r.Name
		if strings.ContainsAny(name, ".=") {
			name = strconv.Itoa(i)
		}
		if r.Type != "memory" && r.Capacity > 1 {
			add(number("resource."+name+".capacity", r.Capacity))
		}
		add(whole("resource."+name+".slots", float64(r.Slots)))
	}
	return out
}

// whole is a knob with a whole number, which there is not where it is 0: no limit, or no such thing.
func whole(key string, now float64) (lever, bool) {
	k := lever{of: key, key: key, kind: Knob, value: now, write: func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }}
	by := max(1, math.Round(step*now))
	for _, x := range []float64{now - by, now + by} {
		if x >= 1 {
			k.tries = append(k.tries, try{x, variant{set: []scenario.Override{{Key: key, Value: int(x)}}}})
		}
	}
	return k, key != "" && now >= 1
}

// number is a knob with any number.
func number(key string, now float64) (lever, bool) {
	if now == math.Trunc(now) {
		k, ok := whole(key, now)
		for i := range k.tries { // the language wants a number with a point where it takes one
			k.tries[i].set[0].Value = k.tries[i].value
		}
		return k, ok
	}
	k := lever{of: key, key: key, kind: Knob, value: now, write: report.Digits}
	for _, x := range []float64{(1 - step) * now, (1 + step) * now} {
		k.tries = append(k.tries, try{x, variant{set: []scenario.Override{{Key: key, Value: x}}}})
	}
	return k, true
}

// span is a knob with a time.
func span(key string, now time.Duration) (lever, bool) {
	k := lever{of: key, key: key, kind: Knob, value: now.Seconds(), write: report.Span}
	for _, x := range []float64{1 - step, 1 + step} {
		d := time.Duration(x * float64(now))
		k.tries = append(k.tries, try{d.Seconds(), variant{set: []scenario.Override{{Key: key, Value: d}}}})
	}
	return k, key != "" && now > 0
}
