package generator

import (
	"math"
	"strconv"
	"strings"
	"time"

	"vsim/sim/scenario"
)

// What is refused as a slip of the keyboard.
const (
	mostLoads   = 100
	mostClients = 10_000
	mostRateRPS = 1e6
	mostTime    = 24 * time.Hour
)

// Asked is the traffic as a command line says it. One of Clients, Rates, Trace and Workload at most is given; none is one client.
type Asked struct {
	Clients, Rates  string // "1,2,4", or "1:8:2" as perf_analyzer has ranges
	Trace, Workload string // files
	Think           time.Duration
	CV              float64
	CVGiven         bool
	Deterministic   bool
}

// Loads are those asked for. The error is a *scenario.InputError.
func (a *Asked) Loads() ([]Traffic, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	one := func(t Traffic, err error) ([]Traffic, error) { return []Traffic{t}, err }
	switch {
	case a.Trace != "":
		return one(Trace(a.Trace))
	case a.Workload != "":
		return one(File(a.Workload))
	case a.Rates != "":
		return a.open()
	}
	return a.closed()
}

func (a *Asked) check() error {
	var given []string
	for _, f := range []struct{ name, value string }{{"--clients", a.Clients}, {"--rate", a.Rates}, {"--trace", a.Trace}, {"--workload", a.Workload}} {
		if f.value != "" {
			given = append(given, f.name)
		}
	}
	switch {
	case len(given) > 1:
		return scenario.BadInput(given[0], "cannot stand beside %s: give one", strings.Join(given[1:], " and "))
	case a.Think != 0 && (a.Rates+a.Trace+a.Workload != ""):
		return scenario.BadInput("--think", "is of --clients; leave it out beside %s", given[0])
	case a.Think < 0 || a.Think > mostTime:
		return scenario.BadInput("--think", "%v must be 0s to %v", a.Think, mostTime)
	case (a.CVGiven || a.Deterministic) && a.Rates == "":
		return scenario.BadInput("--cv, --deterministic", "are of --rate; give that too, or leave them out")
	case math.IsNaN(a.CV) || math.IsInf(a.CV, 0):
		return scenario.BadInput("--cv", "%v must be a number", a.CV)
	case a.CVGiven && a.Deterministic:
		return scenario.BadInput("--cv", "cannot stand beside --deterministic: give one")
	}
	return nil
}

func (a *Asked) closed() (out []Traffic, err error) {
	numbers := []float64{1}
	if a.Clients != "" {
		if numbers, err = numbersOf("--clients", a.Clients, mostClients); err != nil {
			return nil, err
		}
	}
	for _, n := range numbers {
		if n != math.Trunc(n) {
			return nil, scenario.BadInput("--clients", "%v must be a whole number", n)
		}
		t, err := Closed(int(n), a.Think)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

func (a *Asked) open() (out []Traffic, err error) {
	rates, err := numbersOf("--rate", a.Rates, mostRateRPS)
	if err != nil {
		return nil, err
	}
	process := Poisson
	switch {
	case a.Deterministic:
		process = Deterministic
	case a.CVGiven:
		process = Gamma
	}
	for _, rate := range rates {
		t, err := Open(process, rate, a.CV)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// numbersOf reads "1,2,4" or "START:END[:STEP]", numbers above 0.
func numbersOf(flag, text string, most float64) (out []float64, err error) {
	separator := ","
	isRange := strings.Contains(text, ":")
	if isRange {
		separator = ":"
	}
	for _, part := range strings.Split(text, separator) {
		x, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil || !(x > 0 && x <= most) {
			return nil, scenario.BadInput(flag, "%q in %q must be a number above 0, %.0f at most; write 1,2,4 or START:END:STEP", part, text, most)
		}
		out = append(out, x)
	}
	if isRange {
		if out, err = spread(flag, text, out); err != nil {
			return nil, err
		}
	}
	if len(out) > mostLoads {
		return nil, scenario.BadInput(flag, "%q are %d loads; at most %d", text, len(out), mostLoads)
	}
	return out, nil
}

// spread are the numbers of a range: its end is one of them where a step meets it.
func spread(flag, text string, ends []float64) (out []float64, err error) {
	if len(ends) > 3 || ends[1] < ends[0] {
		return nil, scenario.BadInput(flag, "%q must be START:END or START:END:STEP, with the end not below the start", text)
	}
	step := 1.0
	if len(ends) == 3 {
		step = ends[2]
	}
	n := math.Floor((ends[1]-ends[0])/step+1e-9) + 1
	if n > mostLoads {
		return nil, scenario.BadInput(flag, "%q are %.0f loads; at most %d", text, n, mostLoads)
	}
	for i := range int(n) {
		out = append(out, ends[0]+float64(i)*step)
	}
	return out, nil
}

// Check says which option is wrong. The error is a *scenario.InputError.
func (o *Options) Check() error {
	within := func(flag string, d, least time.Duration) error {
		if d < least || d > mostTime {
			return scenario.BadInput(flag, "%v must be %v to %v", d, least, mostTime)
		}
		return nil
	}
	for _, err := range []error{within("--warm-up", o.WarmUp, 0), within("--measure", o.Measure, 100*time.Millisecond), within("--timeout", o.Timeout, 0)} {
		if err != nil {
			return err
		}
	}
	switch {
	case o.Batch < 1 || o.Batch > 4096:
		return scenario.BadInput("--batch", "%d must be 1 to 4096", o.Batch)
	case o.Priority < 0 || o.Priority > math.MaxInt32:
		return scenario.BadInput("--priority", "%d must be 1, the highest, or more", o.Priority)
	case o.Tensor != "" && o.Tensor != "random" && o.Tensor != "image":
		return scenario.BadInput("--tensor", "is %q; must be random or image", o.Tensor)
	case o.Tensor == "random" && o.Pictures != "":
		return scenario.BadInput("--input", "has no effect with --tensor random; leave one of the two out")
	}
	return nil
}
