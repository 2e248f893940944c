package scenario

import (
	"cmp"
	"slices"
)

// ItemsOf is how many images a request of a class has; nil means one.
func (s *Scenario) ItemsOf(c *Class) *Count { return cmp.Or(c.Items, s.Workload.Items) }

// many says that it may be another number than one.
func (c *Count) many() bool { return c != nil && (c.least() != 1 || c.most() != 1) }

// most is the largest number that can be drawn, but for poisson, which has none.
func (c *Count) most() int {
	switch c.Dist {
	case "uniform":
		return c.Max
	case "discrete":
		for i, w := range slices.Backward(c.Weights) {
			if w > 0 {
				return c.Values[i]
			}
		}
		return 0
	}
	return int(c.Mean)
}

// itemsKey is a key that says how many images requests have.
type itemsKey struct {
	key   string
	count *Count
}

// itemsKeys lists those that are written.
func (s *Scenario) itemsKeys() (out []itemsKey) {
	out = append(out, itemsKey{"workload.items", s.Workload.Items})
	for i := range s.Classes {
		out = append(out, itemsKey{join(join("class", itoa(i)), "items"), s.Classes[i].Items})
	}
	if s.Pipeline != nil {
		for i := range s.Pipeline.Images {
			out = append(out, itemsKey{join(join("pipeline.images", itoa(i)), "items"), s.Pipeline.Images[i].Items})
		}
	}
	return slices.DeleteFunc(out, func(k itemsKey) bool { return k.count == nil })
}

// severalItems says that some request may have several images.
func (s *Scenario) severalItems() bool {
	return slices.ContainsFunc(s.itemsKeys(), func(k itemsKey) bool { return k.count.many() })
}

// checkItems checks that a request has an image, and that none has more than a batch may have.
func (s *Scenario) checkItems(d *decoder) {
	keys := s.itemsKeys()
	for _, k := range keys {
		if s.sound(k.key) && k.count.least() < 1 {
			d.fault(k.key, k.count.Dist, "may be 0, but a request has an image at least; take a whole number, uniform with min = 1, or discrete with values from 1 on")
		}
	}
	if len(keys) == 0 || len(d.faults) > 0 || len(s.faulty) > 0 {
		return
	}
	if s.severalItems() && s.Memory.Full != "" && !s.IsGeneral() {
		d.fault("memory.full", s.Memory.Full, "is not modelled for requests of several images; remove it, or set workload.items = 1")
	}
	g := s.General()
	largest, err := g.LargestItems(nil)
	if err != nil {
		return // told elsewhere
	}
	for i := range g.Stages {
		st, at := &g.Stages[i], join("stage", itoa(i))
		if items := largest[i]; items > st.MaxBatch && st.batches() {
			d.fault(s.itemsAt(g, st, items), items, "a request of %d images is refused by servers of which batches have at most %s = %d, as they split none; lower it, or raise that",
				items, st.Blame(join(at, "max_batch")), st.MaxBatch)
			return
		}
		if st.Via != "" && largest[i] > 1 && st.Copies == nil {
			d.fault(s.itemsAt(g, st, largest[i]), largest[i], "a request of several images is no message of a broker, to which stage %q has via; take it apart with copies = 1 there", st.Name)
			return
		}
		s.checkItemsFit(d, at, st, largest[i])
	}
}

// batches says that a stage takes images in batches, and not a request at a time.
func (st *Stage) batches() bool {
	return st.MaxBatch > 1 || st.Prefetch || st.MaxQueueDelay > 0 || st.Preferred != nil || st.PriorityLevels > 0 || st.DefaultPolicy != nil || st.Policies != nil
}

// itemsAt is the key that gives the requests of a stage so many images.
func (s *Scenario) itemsAt(g *Scenario, st *Stage, items int) string {
	for i := range g.Classes {
		if c := &g.Classes[i]; c.Items != nil && c.Items.most() == items && (st.Classes == nil || slices.Contains(st.Classes, c.Name)) {
			return join(join(choose(s.IsGeneral(), "class", "pipeline.images"), itoa(i)), "items")
		}
	}
	return "workload.items"
}

// checkItemsFit checks that the memory which a stage's requests take has room for the largest of them.
func (s *Scenario) checkItemsFit(d *decoder, at string, st *Stage, items int) {
	for i, h := range st.Take {
		k := slices.IndexFunc(s.Resources, func(r Resource) bool { return r.Name == h.Memory })
		if k < 0 {
			continue
		}
		if r := &s.Resources[k]; (r.Full == "" || r.Full == "wait") && h.Bytes*Bytes(max(items, st.MaxBatch)) > r.Size {
			d.fault(join(join(join(at, "take"), itoa(i)), "bytes"), string(mustText(h.Bytes)), "a request of %d images does not fit into %q of %s, and would wait forever", items, h.Memory, mustText(r.Size))
		}
	}
}

// LargestItems is, by stage, the largest number of images that a request comes with: of a scenario in the general
// form, without the stages for which left is true. Copies have one each. The error is that of Graph.
func (s *Scenario) LargestItems(left func(stage int) bool) ([]int, error) {
	stops, err := s.GraphWithout(left)
	if err != nil {
		return nil, err
	}
	w := itemsWalk{s: s, stops: stops, largest: make([]int, len(s.Stages))}
	w.way(0, false)
	return w.largest, nil
}

// itemsWalk follows requests through the graph.
type itemsWalk struct {
	s       *Scenario
	stops   []Stop
	largest []int
}

// way follows them from a stop on; single says that they are copies of one image.
func (w *itemsWalk) way(at int, single bool) {
	for at != End && at < len(w.stops) {
		stop := &w.stops[at]
		for _, b := range stop.Fork {
			w.way(b.First, single || b.Copies != nil)
		}
		for _, i := range stop.Stages {
			w.largest[i] = 1
			if !single {
				w.largest[i] = w.s.largestOf(&w.s.Stages[i])
			}
		}
		if next := stop.Next; next != 0 {
			at = next
		} else {
			at++
		}
	}
}

// largestOf is the largest number of images of the requests that a stage serves.
func (s *Scenario) largestOf(st *Stage) int {
	if len(s.Classes) == 0 {
		return max(s.ItemsOf(&Class{}).orOne(), 1)
	}
	most := 1
	for i := range s.Classes {
		if c := &s.Classes[i]; st.Classes == nil || slices.Contains(st.Classes, c.Name) {
			most = max(most, s.ItemsOf(c).orOne())
		}
	}
	return most
}

// orOne is the largest number, one where nothing is written.
func (c *Count) orOne() int {
	if c == nil {
		return 1
	}
	return c.most()
}
