package generator

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/BurntSushi/toml"

	"vsim/profile/userfile"
	"vsim/sim/engine"
	"vsim/sim/scenario"
)

// Traffic is how requests come: what the language of scenarios says in its [workload].
type Traffic struct {
	Text       string // "4 clients"
	Clients    int    // of a closed loop
	Thinks     bool
	RateRPS    float64 // mean of an open loop
	Stationary bool    // it is meant to be the same all along

	source  engine.Source
	classes []class
}

// class is one kind of request of a scenario.
type class struct {
	name     string
	weight   float64
	priority int // 0 where none is said
}

// Closed is a closed loop of clients, which think for a time between an answer and their next request.
func Closed(clients int, think time.Duration) (Traffic, error) {
	text := fmt.Sprintf("concurrency = %d\n", clients)
	if think > 0 {
		text += fmt.Sprintf("think_time = \"%gms\"\n", 1e3*think.Seconds())
	}
	return ofTable("--clients", text)
}

// Process is one of the processes of an open loop at a rate.
type Process string

// Processes that have a rate, and no more than a cv.
const (
	Poisson       Process = "poisson"
	Gamma         Process = "gamma"
	Deterministic Process = "deterministic"
)

// Open is an open loop at a rate, requests/s. cv is the burstiness of a gamma process.
func Open(process Process, rateRPS, cv float64) (Traffic, error) {
	text := fmt.Sprintf("arrivals = %q\nrate = \"%s/s\"\n", process, strconv.FormatFloat(rateRPS, 'f', -1, 64))
	if process == Gamma {
		text += fmt.Sprintf("cv = %v\n", cv)
	}
	return ofTable("--rate", text)
}

// Trace replays recorded arrivals: a CSV file with a column time_s, time_ms, time_us or time_ns.
func Trace(file string) (Traffic, error) {
	path, err := filepath.Abs(file)
	if err != nil {
		return Traffic{}, err
	}
	return ofTable("--trace "+file, fmt.Sprintf("arrivals = \"trace\"\nfile = %q\n", path))
}

// ofTable is the traffic of the keys of a [workload].
func ofTable(file, keys string) (Traffic, error) { return ofScenario(file, "[workload]\n"+keys) }

// File is the traffic of a scenario's file, or of a file that has a [workload] alone.
func File(file string) (Traffic, error) {
	text, err := userfile.Read(file, userfile.MaxConfigBytes)
	if err != nil {
		return Traffic{}, scenario.BadInput(file, "cannot be read: %v", userfile.Reason(err))
	}
	return ofScenario(file, string(text))
}

// server stands in for that of a file which has none: whose server it is does not matter here.
const server = "\n[[stage]]\nname = \"server\"\nservice = \"1ms\"\n"

func ofScenario(file, text string) (Traffic, error) {
	var top map[string]any
	if userfile.CheckNesting([]byte(text)) == nil {
		if _, err := toml.NewDecoder(bytes.NewReader([]byte(text))).Decode(&top); err == nil && top["stage"] == nil && top["pipeline"] == nil {
			text += server
		}
	}
	s, err := scenario.Parse(file, []byte(text), scenario.Options{})
	if err != nil {
		return Traffic{}, err
	}
	if err := refuse(file, s); err != nil {
		return Traffic{}, err
	}
	source, err := s.Source()
	if err != nil {
		return Traffic{}, err
	}
	return trafficOf(s, source), nil
}

// refuse says which keys of a workload no generator here obeys.
func refuse(file string, s *scenario.Scenario) error {
	w := &s.Workload
	fault := func(key, rule, remedy string) error {
		return &scenario.InputError{Faults: []scenario.Fault{{File: file, Key: key, Rule: rule, Remedy: remedy}}}
	}
	switch {
	case w.Items != nil && (w.Items.Dist != "constant" || w.Items.Mean != 1):
		return fault("workload.items", "all requests of a load have as many images", "remove it, and give --batch")
	case w.Skip:
		return fault("workload.skip", "cameras here send every frame", "remove it")
	}
	return nil
}

// steady are the processes that are the same all along.
var steady = []scenario.Arrivals{"closed", "poisson", "gamma", "deterministic", "renewal", "cameras"}

func trafficOf(s *scenario.Scenario, source engine.Source) Traffic {
	t := Traffic{Clients: source.Clients, Thinks: source.Think != nil, Stationary: slices.Contains(steady, s.Workload.Arrivals), source: source}
	switch {
	case source.Clients > 0:
		t.Text = clients(source.Clients)
		if t.Thinks {
			t.Text += " that think"
		}
	case source.Arrivals != nil:
		t.RateRPS = source.Arrivals.MeanRate()
		t.Text = fmt.Sprintf("%s, %.4g/s", s.Workload.Arrivals, t.RateRPS)
	default:
		t.RateRPS = float64(s.Workload.Rate)
		if t.RateRPS == 0 {
			t.RateRPS = 1e9 / source.Gap.Mean()
		}
		t.Text = fmt.Sprintf("%s, %.4g/s", s.Workload.Arrivals, t.RateRPS)
	}
	for _, c := range s.General().Classes {
		t.classes = append(t.classes, class{c.Name, c.Weight, c.Priority})
	}
	if len(t.classes) == 0 {
		t.classes = []class{{scenario.DefaultClass, 1, 0}}
	}
	return t
}

func clients(n int) string {
	if n == 1 {
		return "1 client"
	}
	return fmt.Sprintf("%d clients", n)
}

// finite says that the traffic ends by itself.
func (t *Traffic) finite() bool { return t.source.Arrivals != nil && t.source.Arrivals.Finite() }
