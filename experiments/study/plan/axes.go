package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"vsim/experiments/study"
	"vsim/sim/scenario"
)

// Keys that a plan searches by itself.
const (
	preprocessingKey = "pipeline.preprocessing"
	workersKey       = "preprocess.workers"
	batchKey         = "batcher.max_batch"
	delayKey         = "batcher.max_queue_delay"
	instancesKey     = "inference.instances"
	countKey         = "servers.count"
)

// inner are the keys of which a family's members differ. The larger a batch may be, and the more instances there are, the
// better is what bounds allow.
var inner = []string{batchKey, instancesKey, delayKey}

// Setting is a key of a plan with its value.
type Setting struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// varies says that the question gives a key its values.
func (s *search) varies(key string) bool {
	return slices.ContainsFunc(s.q.Axes, func(a study.Axis) bool { return a.Key == key })
}

// whole are the values that the question gives a key, as whole numbers; nil where it gives none.
func (s *search) whole(key string) (out []int) {
	for _, a := range s.q.Axes {
		if a.Key != key {
			continue
		}
		for _, v := range a.Values {
			if n, err := strconv.Atoi(v); err == nil {
				out = append(out, n)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// workers is the key of a stage's workers of which the question asks how many, and the numbers that it allows; "" for none.
func (s *search) workers() (key string, values []int) {
	for _, a := range s.q.Axes {
		if strings.HasPrefix(a.Key, "stage.") && strings.HasSuffix(a.Key, ".workers") {
			return a.Key, s.whole(a.Key)
		}
	}
	return "", nil
}

// counted says that a key is among those that make an offer's size.
func (o *offer) counted(key string) bool { return key == countKey || key == o.unitsKey }

// axes are the keys to search on an offer, with their values: those that the question varies, and of a preset what is
// written neither in the file nor on the command line.
func (s *search) axes(o *offer) (out []study.Axis, err error) {
	for _, a := range s.q.Axes {
		if !o.counted(a.Key) {
			out = append(out, a)
		}
	}
	sc, err := s.q.Source.Scenario(o.machine...)
	if err != nil || sc.IsGeneral() {
		return out, err
	}
	add := func(key string, values ...string) {
		if len(values) > 0 && !s.example.Written(key) && !s.varies(key) {
			out = append(out, study.Axis{Key: key, Values: values})
		}
	}
	if sc.GPU.Count > 0 {
		add(preprocessingKey, "gpu", "cpu")
	}
	if sc.Pipeline.Inference == "cpu" && sc.CPU.Cores > 1 {
		add(workersKey, strconv.Itoa(sc.CPU.Cores), strconv.Itoa(sc.CPU.Cores/2))
	}
	add(batchKey, "128", "64", "32", "16", "8", "4", "2", "1")
	add(instancesKey, instances(sc)...)
	add(delayKey, s.delays()...)
	return out, nil
}

// instances are the numbers to try, from the most on: on a GPU up to 4, on a CPU what its cores can run.
func instances(sc *scenario.Scenario) (out []string) {
	limit := 4
	if sc.Pipeline.Inference == "cpu" {
		limit = max(sc.CPU.Cores/max(sc.Inference.IntraOpThreads, 1), 1)
	}
	for n := 1; n <= limit; n *= 2 {
		out = append(out, strconv.Itoa(n))
	}
	slices.Reverse(out)
	return out
}

// delays are the waits for a fuller batch to try: none that alone breaks an objective.
func (s *search) delays() []string {
	out := []string{"0ns"}
	for _, d := range []struct {
		text string
		s    float64
	}{{"1ms", 1e-3}, {"5ms", 5e-3}} {
		if !slices.ContainsFunc(s.slos, func(o SLO) bool { return o.latency() && o.Limit <= d.s }) {
			out = append(out, d.text)
		}
	}
	return out
}

// variant is a machine with a value of each key: all of a scenario but its size and its load.
type variant struct {
	offer    *offer
	settings []Setting
	sets     []scenario.Override

	known map[size]*bounds // nil: it cannot be
}

func newVariant(o *offer, settings []Setting) (*variant, error) {
	v := &variant{offer: o, settings: settings}
	for _, set := range settings {
		override, err := scenario.ParseOverride(set.Key + "=" + set.Value)
		if err != nil {
			return nil, err
		}
		v.sets = append(v.sets, override)
	}
	return v, nil
}

// of is a variant's value of a key, "" for none.
func (v *variant) of(key string) string {
	for _, set := range v.settings {
		if set.Key == key {
			return set.Value
		}
	}
	return ""
}

// actual is a size with the GPUs that the variant itself has in a server, where a key of it says so.
func (v *variant) actual(z size) size {
	if n, err := strconv.Atoi(v.of("gpu.count")); err == nil {
		z.units = n
	}
	return z
}

// cost of the variant in a size; see offer.cost.
func (v *variant) cost(z size, priced bool) float64 { return v.offer.cost(v.actual(z), priced) }

// family is variants of one machine that differ in their batches, delays and instances alone.
type family struct {
	members []*variant // those that bounds allow most first
	full    []saturation
}

// saturation is that members with so many instances and no better bounds are overloaded up to the size of an index: when
// they are, their batches are full, whatever the delay.
type saturation struct {
	instances string
	rps       float64 // bound of one server
	index     int
}

// families makes the variants of an offer.
func (s *search) families(o *offer) ([]*family, error) {
	axes, err := s.axes(o)
	if err != nil {
		return nil, err
	}
	outer, within := []study.Axis{{Key: "", Values: []string{""}}}, []study.Axis{{Key: "", Values: []string{""}}}
	for _, a := range axes {
		if slices.Contains(inner, a.Key) {
			within = append(within, fromTheMost(a))
		} else {
			outer = append(outer, a)
		}
	}
	slices.SortStableFunc(within, func(a, b study.Axis) int {
		return cmp.Compare(slices.Index(inner, a.Key), slices.Index(inner, b.Key))
	})
	var out []*family
	all, err := study.Product(outer)
	if err != nil {
		return nil, err
	}
	members, err := study.Product(within)
	if err != nil {
		return nil, err
	}
	if n := len(all) * len(members); n > mostVariants {
		return nil, scenario.BadInput("--vary", "%d variants of each machine; at most %d are searched, vary fewer keys or values", n, mostVariants)
	}
	for _, p := range all {
		f, shared := &family{}, map[string]map[size]*bounds{}
		for _, m := range members {
			v, err := newVariant(o, append(settings(outer, p), settings(within, m)...))
			if err != nil {
				return nil, err
			}
			alike := v.of(batchKey) + "," + v.of(instancesKey) // bounds know of no delay
			if shared[alike] == nil {
				shared[alike] = map[size]*bounds{}
			}
			v.known = shared[alike]
			if v.possible() {
				f.members = append(f.members, v)
			}
		}
		out = append(out, f)
	}
	return out, nil
}

// fromTheMost sorts the values of a key from the largest number down; those that are none keep their order.
func fromTheMost(a study.Axis) study.Axis {
	number := func(text string) int {
		n, _ := strconv.Atoi(text) // 0 where it is none
		return n
	}
	a.Values = slices.Clone(a.Values)
	slices.SortStableFunc(a.Values, func(x, y string) int { return cmp.Compare(number(y), number(x)) })
	return a
}

// mostVariants of a machine are searched.
const mostVariants = 20_000

// possible leaves out what means the same as another variant: half the preprocessing workers where the GPU preprocesses.
func (v *variant) possible() bool {
	return !(v.of(preprocessingKey) == "gpu" && v.of(workersKey) != "")
}

// settings are a point's keys and values.
func settings(axes []study.Axis, p study.Point) (out []Setting) {
	for i, a := range axes {
		if a.Key != "" {
			out = append(out, Setting{a.Key, p.Values[i]})
		}
	}
	return out
}

// words are a variant's settings for people.
func words(settings []Setting) string {
	var out []string
	for _, set := range settings {
		out = append(out, fmt.Sprintf("%s = %s", set.Key, set.Value))
	}
	return strings.Join(out, ", ")
}
