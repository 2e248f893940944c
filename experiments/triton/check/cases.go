package check

import (
	"fmt"
	"strings"
	"time"

	"vsim/experiments/triton/repository"
)

// Lengths of live runs: the tail of an open loop under load needs the longer one, and before a bounded queue in overload Triton
// idles half a second at a time, by chance.
const (
	measured     = 8 * time.Second
	measuredOpen = 12 * time.Second
	measuredLine = 60 * time.Second
	measuredFast = 4 * time.Second // of a quick comparison
	busyLoad     = 0.6             // from here on an open loop is measured for longer
)

// What cases with a bound on waiting have.
const (
	patience    = 100 * time.Millisecond // of a request of a server with priorities
	longestLine = 16                     // requests in a bounded queue
)

// server is the settings that cases change: MobileNetV2, batches of 8 at most after 5 ms, one instance.
func server(change func(*repository.Options)) repository.Options {
	o := repository.Options{MaxBatch: 8, Batching: true, MaxQueueDelay: 5 * time.Millisecond, Instances: 1}
	change(&o)
	return o
}

// settings are those of one server, with the cases that it is run for.
type settings struct {
	name    string
	model   string // default repository.Classify
	server  repository.Options
	clients []int
	loads   []float64
	quick   []string // the cases of a quick comparison
}

var all = []settings{
	{name: "max batch 8, delay 5 ms", server: server(func(*repository.Options) {}),
		clients: []int{1, 2, 4, 8, 16, 32, 64}, loads: []float64{0.3, 0.5, 0.7, 0.8, 0.9}, quick: []string{"4 clients", "16 clients", "Poisson 50 %", "Poisson 80 %"}},
	{name: "max batch 1", server: server(func(o *repository.Options) { o.MaxBatch, o.MaxQueueDelay = 1, 0 }), clients: []int{4}},
	{name: "max batch 2", server: server(func(o *repository.Options) { o.MaxBatch = 2 }), clients: []int{8}},
	{name: "max batch 4", server: server(func(o *repository.Options) { o.MaxBatch = 4 }), clients: []int{16}, quick: []string{"16 clients"}},
	{name: "preferred 2, delay 20 ms", server: server(func(o *repository.Options) { o.Preferred, o.MaxQueueDelay = []int{2}, 20*time.Millisecond }), clients: []int{4}},
	{name: "preferred 4, delay 20 ms", server: server(func(o *repository.Options) { o.Preferred, o.MaxQueueDelay = []int{4}, 20*time.Millisecond }),
		clients: []int{8}, loads: []float64{0.6}},
	{name: "delay 0 ms", server: server(func(o *repository.Options) { o.MaxQueueDelay = 0 }), clients: []int{8}},
	{name: "delay 20 ms", server: server(func(o *repository.Options) { o.MaxQueueDelay = 20 * time.Millisecond }), clients: []int{4}, loads: []float64{0.5}},
	{name: "two instances", server: server(func(o *repository.Options) { o.Instances = 2 }), clients: []int{2, 4, 16, 64}, loads: []float64{0.6},
		quick: []string{"4 clients", "Poisson 60 %"}},
	{name: "two priorities, timeout 100 ms", server: server(func(o *repository.Options) {
		o.Levels, o.DefaultLevel, o.Policy = 2, 2, &repository.Policy{Timeout: patience}
	}), loads: []float64{1.2}},
	{name: "queue of 16", server: server(func(o *repository.Options) { o.Policy = &repository.Policy{MaxQueueSize: longestLine} }), loads: []float64{1.3}},
	{name: "JPEG", model: repository.JPEG, server: server(func(o *repository.Options) { o.PreprocessInstances = 1 }), clients: []int{1, 4, 16}, loads: []float64{0.6},
		quick: []string{"4 clients"}},
}

// Cases are the held-out configurations; quick, some of them with shorter runs.
func Cases(quick bool) (out []*Case) {
	for _, s := range all {
		for _, c := range s.cases() {
			if quick {
				c.Measure = measuredFast
			}
			if !quick || c.quick {
				out = append(out, c)
			}
		}
	}
	return out
}

func (s *settings) cases() (out []*Case) {
	add := func(load string, c Case) {
		c.Name, c.Group, c.Model, c.Server = s.name+", "+load, s.name, s.model, s.server
		if c.Model == "" {
			c.Model = repository.Classify
		}
		for _, name := range s.quick {
			c.quick = c.quick || name == load
		}
		out = append(out, &c)
	}
	for _, n := range s.clients {
		add(clientsOf(n), Case{Clients: n, Measure: measured})
	}
	for _, load := range s.loads {
		c := Case{Load: load, Measure: measured}
		if load >= busyLoad {
			c.Measure = measuredOpen
		}
		if p := s.server.Policy; load > 1 && p != nil && p.MaxQueueSize > 0 {
			c.Measure = measuredLine
		}
		add(fmt.Sprintf("Poisson %.0f %%", 100*load), c)
	}
	return out
}

func clientsOf(n int) string {
	if n == 1 {
		return "1 client"
	}
	return fmt.Sprintf("%d clients", n)
}

// named are the cases in whose names one of some texts is; all for none.
func named(cases []*Case, texts []string) (out []*Case, err error) {
	if len(texts) == 0 {
		return cases, nil
	}
	found := map[string]bool{}
	for _, c := range cases {
		in := false
		for _, text := range texts {
			if strings.Contains(c.Name, strings.TrimSpace(text)) {
				in, found[text] = true, true
			}
		}
		if in {
			out = append(out, c)
		}
	}
	for _, text := range texts {
		if !found[text] {
			return nil, fmt.Errorf("no case has %q in its name; the first is %q", text, cases[0].Name)
		}
	}
	return out, nil
}
