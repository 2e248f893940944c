package plan

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"vsim/experiments/study"
	"vsim/hardware"
	"vsim/sim"
	"vsim/sim/scenario"
)

// Answer is what vsim plan prints with --json. Spans are seconds, rates requests/s, prices an hour.
type Answer struct {
	Plan        *Plan     `json:"plan"` // nil where nothing holds
	NearestMiss *Miss     `json:"nearest_miss,omitempty"`
	LoadRPS     float64   `json:"load_rps,omitempty"`
	Peak        bool      `json:"load_is_peak,omitempty"` // of a day's traffic: then all loads are those of its peak
	Cameras     int       `json:"load_cameras,omitempty"`
	SLOs        []string  `json:"slos"`
	Serves      string    `json:"serves,omitempty"` // model and images; "" for stages of one's own
	Boundary    *Boundary `json:"boundary,omitempty"`
	Prices      *Prices   `json:"prices,omitempty"`
	Pareto      []Point   `json:"pareto"`
	Currency    string    `json:"currency,omitempty"`
	LeftOut     []string  `json:"left_out,omitempty"` // machines that were not searched, and why
	Evaluated   int       `json:"evaluated"`          // simulations
	Screened    int       `json:"screened"`           // systems that were looked at by their bounds
	FirstS      float64   `json:"first_s,omitempty"`  // after which a first candidate held
	WallS       float64   `json:"wall_s"`
}

// Plan is what to run. PricePerHour is that of all servers, nil where none is known; GPUs are those of all servers.
type Plan struct {
	Machine      string    `json:"machine"`
	Servers      int       `json:"servers"`
	GPUs         int       `json:"gpus"`
	Units        *Setting  `json:"units,omitempty"` // in each server, where a plan says how many: GPUs, a stage's workers
	PricePerHour *float64  `json:"price_per_hour"`
	Settings     []Setting `json:"settings"`
	Met          []Met     `json:"slos"`
	HeadroomLoad float64   `json:"headroom_load"` // part by which the load may grow
	EnergyJ      *float64  `json:"energy_j_per_request,omitempty"`
	BusiestName  string    `json:"bottleneck,omitempty"`
	Scenario     string    `json:"scenario"` // TOML, for vsim simulate

	Prediction *sim.Prediction `json:"-"`
}

// Met is an objective and what is predicted: the value, its interval, what one live run shows where that is known, and the
// part of the limit that is left.
type Met struct {
	SLO      string   `json:"slo"`
	Value    *float64 `json:"value"` // s, requests/s, a share or J; nil where there is none
	Low      *float64 `json:"low"`
	High     *float64 `json:"high"`
	RunLow   *float64 `json:"run_low,omitempty"`
	RunHigh  *float64 `json:"run_high,omitempty"`
	Headroom *float64 `json:"headroom"`

	slo SLO
}

// Miss is what comes nearest where nothing holds.
type Miss struct {
	Plan
	Why string `json:"why"`
}

// number is a value for JSON, which has neither NaN nor infinity.
func number(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

func (s *search) elapsed() float64 { return time.Since(s.began).Seconds() }

func (s *search) progress(line string) {
	if s.q.Progress != nil {
		s.q.Progress(line)
	}
}

// answer begins one.
func (s *search) answer() *Answer {
	a := &Answer{LoadRPS: s.rps, Peak: s.traffic.day > 0, Cameras: s.traffic.cameras(s.rps), Pareto: []Point{}, Currency: s.currency, LeftOut: s.leftOut, Serves: s.serves()}
	for i := range s.slos {
		a.SLOs = append(a.SLOs, s.slos[i].Text)
	}
	return a
}

func (a *Answer) finish(s *search) {
	a.Evaluated, a.Screened, a.FirstS, a.WallS = s.runs, s.screens, s.firstS, s.elapsed()
}

// plan is a candidate as an answer.
func (s *search) plan(c *candidate) *Plan {
	o := c.v.offer
	p := &Plan{Machine: o.name, Servers: c.size.servers, GPUs: gpus(c.v, c.size), Settings: append([]Setting{}, c.v.settings...),
		BusiestName: c.p.Bottleneck, Prediction: c.p, Scenario: s.written(c)}
	if o.unitsKey != "" {
		p.Units = &Setting{o.unitsKey, fmt.Sprint(c.size.units)}
	}
	if s.priced {
		p.PricePerHour = number(c.v.cost(c.size, true))
	}
	p.EnergyJ = number(energyOf(c.p).Value)
	for i := range s.slos {
		p.Met = append(p.Met, met(&s.slos[i], c.p))
	}
	return p
}

func met(o *SLO, p *sim.Prediction) Met {
	e := o.of(p)
	m := Met{SLO: o.Text, slo: *o, Value: number(e.Value), Low: number(e.Low), High: number(e.High), Headroom: number(1 - o.load(e.Value))}
	if s := o.spread(p); s != nil {
		m.RunLow, m.RunHigh = number(s.Low), number(s.High)
	}
	return m
}

// written is a candidate's scenario in TOML, which simulates from any folder.
func (s *search) written(c *candidate) string {
	sc, err := s.q.Source.Scenario(slices.Concat(c.v.offer.overrides(c.size), c.v.sets, s.traffic.whole(s.rps))...)
	if err != nil {
		return "" // it was simulated
	}
	out := *sc
	out.Profile, out.CPU.Profile, out.GPU.Profile, out.Link.Profile = reach(sc, sc.Profile), reach(sc, sc.CPU.Profile), reach(sc, sc.GPU.Profile), reach(sc, sc.Link.Profile)
	out.Resources = append([]scenario.Resource(nil), sc.Resources...)
	for i := range out.Resources {
		out.Resources[i].Profile = reach(sc, out.Resources[i].Profile)
	}
	if out.Workload.File != "" {
		out.Workload.File = absolute(sc.Path(out.Workload.File))
	}
	if out.Name == "" {
		out.Name = sc.HardwareName()
	}
	return string(out.TOML())
}

// workers says that what there may be several of in a server is a stage's workers, not GPUs.
func (o *offer) workers() bool { return strings.HasSuffix(o.unitsKey, ".workers") }

// gpus is the number of GPUs in all servers of a size.
func gpus(v *variant, z size) int {
	if v.offer.workers() {
		return 0
	}
	return z.servers * v.actual(z).units
}

// reach is the name of a profile that can be found from everywhere.
func reach(sc *scenario.Scenario, name string) string {
	if _, embedded := hardware.Profile(name); name == "" || embedded {
		return name
	}
	return absolute(sc.Path(name))
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// describe is a candidate in a few words: "3 x 8gpu (24 GPUs)".
func (s *search) describe(v *variant, z size) string {
	z = v.actual(z)
	out := fmt.Sprintf("%d x %s", z.servers, v.offer.name)
	switch {
	case v.offer.workers():
		out += fmt.Sprintf(", %s = %d", v.offer.unitsKey, z.units)
	case z.units > 0:
		out += fmt.Sprintf(" (%d GPU%s)", z.servers*z.units, study.Plural(z.servers*z.units))
	}
	if s.priced {
		out += ", " + s.money(v.cost(z, true)) + " an hour"
	}
	return out
}
