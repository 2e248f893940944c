package sim

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/hardware"
	"vsim/sim/golden"
	"vsim/sim/scenario"
)

// unmeasured are machines without a profile: nothing can be predicted for them.
var unmeasured = []string{"2cpu"}

// campaigned tells the machines of make gpu-results, which were lent for a measurement and nobody offers at a price.
func campaigned(name string, s *scenario.Scenario) bool {
	return name[0] >= '1' && name[0] <= '9' && strings.HasSuffix(s.GPU.Profile, "-measured")
}

// catalogued is a machine of the catalogue as a scenario.
func catalogued(t *testing.T, name string, set ...string) *scenario.Scenario {
	t.Helper()
	s, err := scenario.Load(name, scenario.Options{Set: append(set, "run.replications=2", "run.max_events=60000")})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// models lists what a machine has times of.
func models(s *scenario.Scenario) []string {
	if m := s.ProfileOf(s.Pipeline.Inference); m != nil {
		return m.Models(s.Pipeline.Inference)
	}
	return nil
}

// TestCataloguePredicts: vsim simulate NAME answers for every machine, from figures that its profiles have.
func TestCataloguePredicts(t *testing.T) {
	for _, name := range hardware.Machines() {
		if slices.Contains(unmeasured, name) {
			continue
		}
		s := catalogued(t, name)
		if !slices.Contains(models(s), s.Pipeline.Model) {
			t.Errorf("%s: the default model is %s, of which it has no times: %v", name, s.Pipeline.Model, models(s))
		}
		p, err := Predict(context.Background(), Of(s), Options{NoWhatIf: true, NoPI: true})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !(p.ThroughputRPS.Value > 0) {
			t.Errorf("%s: throughput %v", name, p.ThroughputRPS)
		}
		for _, w := range p.Warnings {
			if strings.Contains(w, "extrapolated") || strings.Contains(w, "incomplete") && !strings.Contains(w, "-measured") {
				t.Errorf("%s warns: %s", name, w)
			}
		}
	}
}

// TestCatalogueHasPrices: every machine of the catalogue says what it costs, in one currency, and who said so when.
func TestCatalogueHasPrices(t *testing.T) {
	for _, name := range hardware.Machines() {
		s := catalogued(t, name)
		switch p := s.Price; {
		case p == nil:
			if !slices.Contains(unmeasured, name) && !campaigned(name, s) {
				t.Errorf("%s has no price", name)
			}
		case p.Source == "" || p.Currency != "USD":
			t.Errorf("%s: source %q, currency %q", name, p.Source, p.Currency)
		default:
			if day, err := time.Parse(time.DateOnly, p.Date); err != nil || day.Year() < 2024 {
				t.Errorf("%s: a price of %q", name, p.Date)
			}
		}
	}
}

// TestCatalogueSharesAModel: plans can choose among at least ten machines for resnet50-fp16, in small and large batches.
func TestCatalogueSharesAModel(t *testing.T) {
	var have []string
	for _, name := range hardware.Machines() {
		s := catalogued(t, name)
		m := s.ProfileOf("gpu")
		if s.GPU.Count == 0 || m == nil {
			continue
		}
		var batches []int
		for _, p := range m.Services {
			if p.Stage == "infer" && p.Model == "resnet50-fp16" {
				batches = append(batches, p.Batch)
			}
		}
		if slices.Contains(batches, 1) && slices.Max(batches) >= 32 {
			have = append(have, name)
		}
	}
	if len(have) < 10 {
		t.Errorf("only %d machines: %v", len(have), have)
	}
}

// TestCatalogueIsListed keeps the table for people current.
func TestCatalogueIsListed(t *testing.T) {
	var b strings.Builder
	b.WriteString("# The catalogue\n\nMade from the machines' files by `go test ./sim -run CatalogueIsListed -update`; do not edit. Prices are\n" +
		"of one server for an hour, on demand, without storage, traffic and taxes; prices move, so give your own with `--price`.\n\n" +
		"| machine | GPUs | cores | price/h | models with times | price from, on |\n|---|---|---|---|---|---|\n")
	for _, name := range hardware.Machines() {
		s := catalogued(t, name)
		gpus, price, from := "none", "none", ""
		if s.GPU.Count > 0 {
			gpus = fmt.Sprintf("%d x %s", s.GPU.Count, s.GPU.Model)
		}
		if p := s.Price; p != nil {
			price, from = fmt.Sprintf("%s %.4g", p.Currency, p.PerHour), p.Source+", "+p.Date
		}
		fmt.Fprintf(&b, "| `%s` | %s | %d | %s | %s | %s |\n", name, gpus, s.CPU.Cores, price, strings.Join(models(s), ", "), from)
	}
	golden.Check(t, "../hardware/CATALOGUE.md", []byte(b.String()))
}
