package plan

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"vsim/hardware"
	"vsim/sim/scenario"
)

// offer is a machine that may serve, and how many of it or of its GPUs there may be.
type offer struct {
	name     string
	machine  []scenario.Override // that make the file's scenario run on it
	price    float64             // of one server an hour; 0 where it is not known
	currency string
	sizes    []size // from the cheapest on
	linear   bool   // servers share nothing: twice the servers serve twice the load
	unitsKey string // of the GPUs in each server, or of a stage's workers; "" where they are as they are
}

// size is a number of servers and of the units in each: GPUs, or the workers of a stage where those are asked for.
type size struct{ servers, units int }

// devices is what a size costs where no price is known: its units, or its servers where there are none.
func (s size) devices() float64 { return float64(s.servers * max(s.units, 1)) }

// cost is what a size costs an hour, or its devices where prices do not count.
func (o *offer) cost(s size, priced bool) float64 {
	if priced {
		return o.price * float64(s.servers)
	}
	return s.devices()
}

// overrides make a scenario be of a size.
func (o *offer) overrides(s size) []scenario.Override {
	out := append(slices.Clone(o.machine), scenario.Override{Key: "servers.count", Value: s.servers})
	if o.unitsKey != "" {
		out = append(out, scenario.Override{Key: o.unitsKey, Value: s.units})
	}
	return out
}

// most is how many servers, and GPUs of a server, a scenario can have.
const most = 1024

// offers lists the machines of a question: those that it names, else the file's own and the catalogue. A scenario in the
// general form is its own machine.
func (s *search) offers() error {
	if s.base != nil && s.base.IsGeneral() {
		if s.q.Machines != nil {
			return scenario.BadInput("--machines", "%s has resources and stages of its own, and runs on those; leave it out", s.base.File())
		}
		if err := s.own(); err != nil {
			return err
		}
		return s.pricing()
	}
	names := s.q.Machines
	if names == nil {
		names = hardware.Machines()
		if s.ownMachine() {
			if err := s.own(); err != nil {
				return err
			}
		}
	}
	var first error
	for _, name := range names {
		o, err := s.offer(name)
		if err != nil {
			return err
		}
		if err := s.add(o); err != nil {
			first = cmp.Or(first, err)
			s.leftOut = append(s.leftOut, fmt.Sprintf("%s: %s", o.name, firstLine(err)))
		}
	}
	if len(s.machines) == 0 {
		return first // what is wrong with all of them is wrong with the file
	}
	return s.pricing()
}

// ownMachine says that the file describes a machine that is not in the catalogue, or one with times of its own.
func (s *search) ownMachine() bool {
	if s.base == nil {
		return false
	}
	if strings.HasSuffix(s.base.File(), "(embedded)") && s.q.Profile == "" && s.base.Profile == "" {
		return false
	}
	_, embedded := hardware.Machine(s.base.Hardware)
	return s.base.Written("cpu") || s.base.Written("gpu") || s.base.Profile != "" || s.base.Hardware != "" && !embedded
}

// own adds the file's own machine.
func (s *search) own() error {
	name := s.base.HardwareName()
	if s.base.IsGeneral() && s.base.Name != "" {
		name = s.base.Name
	}
	return s.add(&offer{name: name, machine: s.q.asGiven()})
}

// replaced are the tables in which a file says what it runs on.
var replaced = []string{"cpu", "gpu", "link", "memory", "price", "profile", "name"}

// offer makes one of a machine's embedded name or file.
func (s *search) offer(name string) (*offer, error) {
	path := name
	if _, embedded := hardware.Machine(name); !embedded {
		if !strings.HasSuffix(name, ".toml") {
			remedy := "embedded machines: " + strings.Join(hardware.Machines(), ", ")
			if near := scenario.Nearest(name, hardware.Machines()); near != "" {
				remedy = fmt.Sprintf("did you mean %q?", near)
			}
			return nil, &scenario.InputError{Faults: []scenario.Fault{{File: "--machines", Key: fmt.Sprintf("%q", name), Rule: "no machine of this name is embedded", Remedy: remedy}}}
		}
		absolute, err := filepath.Abs(name)
		if err != nil {
			return nil, scenario.BadInput(name, "%v", err)
		}
		path, name = absolute, strings.TrimSuffix(filepath.Base(name), ".toml")
	}
	o := &offer{name: name}
	for _, key := range replaced {
		o.machine = append(o.machine, scenario.Override{Key: key})
	}
	o.machine = append(o.machine, scenario.Override{Key: "hardware", Value: path})
	for _, set := range s.q.Set {
		if !slices.Contains(replaced, set.Key) && set.Key != "hardware" {
			o.machine = append(o.machine, set)
		}
	}
	o.machine = append(o.machine, s.asked()...)
	return o, nil
}

// asked are the model and the images that the file has by default: of another machine they are the same, and not what that
// would have by default.
func (s *search) asked() (out []scenario.Override) {
	if s.base == nil || s.base.IsGeneral() || s.base.Written("pipeline.model") {
		return nil
	}
	p := s.base.Pipeline
	out = append(out, scenario.Override{Key: "pipeline.model", Value: p.Model})
	if len(p.Images) == 1 && p.Images[0].Model == "" && !s.base.Written("pipeline.images") && !s.base.Written("pipeline.image") {
		out = append(out, scenario.Override{Key: "pipeline.image", Value: p.Images[0].Size})
	}
	return out
}

// serves says what the file asks for: a model, and images.
func (s *search) serves() string {
	if s.example.IsGeneral() {
		return ""
	}
	var sizes []string
	for _, im := range s.example.Pipeline.Images {
		sizes = append(sizes, im.Size)
	}
	return s.example.Pipeline.Model + " on " + strings.Join(sizes, "/") + " images"
}

// add completes an offer from a scenario on it.
func (s *search) add(o *offer) error {
	sc, err := s.q.Source.Scenario(o.machine...)
	if err != nil {
		return err
	}
	if sc.Price != nil {
		o.price, o.currency = sc.Price.PerHour, sc.Price.Currency
	}
	if p, ok := s.q.Prices[o.name]; ok {
		o.price, o.currency = p, cmp.Or(o.currency, "USD")
	}
	o.linear = !slices.ContainsFunc(sc.Resources, func(r scenario.Resource) bool { return r.Per == "all" })
	s.sizes(o, sc)
	o.sizes = slices.DeleteFunc(o.sizes, func(z size) bool { return gpusOf(sc, o, z) > scenario.MostGPUs })
	if len(o.sizes) == 0 {
		return scenario.BadInput("--vary", "leaves no number of servers, GPUs or workers to search; give whole numbers from 1 on")
	}
	if s.example == nil {
		s.example = sc
	}
	s.machines = append(s.machines, o)
	return nil
}

// gpusOf is the number of GPUs in a size.
func gpusOf(sc *scenario.Scenario, o *offer, z size) int {
	each := max(sc.GPU.Count, sc.Servers.GPUs)
	if o.unitsKey == "gpu.count" || o.unitsKey == "servers.gpus" {
		each = z.units
	}
	return z.servers * each
}

// sizes lists how many there may be. A server with a price is had whole; without one, fewer GPUs are fewer devices. Of a
// scenario in the general form the units in its servers are counted, where it has any.
func (s *search) sizes(o *offer, sc *scenario.Scenario) {
	gpus := max(sc.GPU.Count, sc.Servers.GPUs)
	perGPU := slices.ContainsFunc(sc.General().Stages, func(st scenario.Stage) bool { return st.Per == "gpu" })
	if key, values := s.workers(); sc.IsGeneral() && key != "" {
		o.unitsKey = key
		for _, n := range values {
			o.sizes = append(o.sizes, size{sc.Servers.Count, n})
		}
		return
	}
	gpusKey := "gpu.count"
	if sc.IsGeneral() && sc.GPU.Count == 0 {
		gpusKey = "servers.gpus"
	}
	counts := s.whole(gpusKey)
	if sc.IsGeneral() && perGPU && !s.varies(countKey) {
		o.unitsKey = gpusKey
		for n := 1; n <= most; n++ {
			if counts == nil || slices.Contains(counts, n) {
				o.sizes = append(o.sizes, size{sc.Servers.Count, n})
			}
		}
		return
	}
	if !sc.IsGeneral() && gpus > 0 && o.price == 0 {
		o.unitsKey = gpusKey
		if counts != nil {
			gpus = counts[len(counts)-1]
		}
		for n := 1; n < gpus; n++ {
			if counts == nil || slices.Contains(counts, n) {
				o.sizes = append(o.sizes, size{1, n})
			}
		}
	}
	for n := 1; n <= most; n++ {
		o.sizes = append(o.sizes, size{n, gpus})
	}
	if servers := s.whole(countKey); servers != nil {
		o.sizes = slices.DeleteFunc(o.sizes, func(z size) bool { return !slices.Contains(servers, z.servers) })
	}
}

// pricing decides what is compared: prices where some machine has one, else numbers of devices.
func (s *search) pricing() error {
	for _, name := range s.unknownPrices() {
		return &scenario.InputError{Faults: []scenario.Fault{{File: "--price", Key: name, Rule: "no machine of this name is searched",
			Remedy: "machines: " + strings.Join(s.names(), ", ")}}}
	}
	currencies := map[string]string{}
	for _, o := range s.machines {
		if o.price > 0 {
			s.priced = true
			currencies[o.currency] = o.name
			s.currency = o.currency
		}
	}
	if len(currencies) > 1 {
		return scenario.BadInput("prices", "are in several currencies (%v); give all in one, with --price or --machines", currencies)
	}
	if !s.priced {
		return nil
	}
	s.machines = slices.DeleteFunc(s.machines, func(o *offer) bool {
		if o.price == 0 {
			s.leftOut = append(s.leftOut, o.name+": has no price; add one with --price")
		}
		return o.price == 0
	})
	return nil
}

func (s *search) names() (out []string) {
	for _, o := range s.machines {
		out = append(out, o.name)
	}
	return out
}

// unknownPrices lists machines with a price from outside that are neither searched nor embedded.
func (s *search) unknownPrices() (out []string) {
	for name := range s.q.Prices {
		if _, embedded := hardware.Machine(name); !embedded && !slices.Contains(s.names(), name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
