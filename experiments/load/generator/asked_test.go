package generator

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vsim/sim/scenario"
)

func texts(loads []Traffic) (out []string) {
	for _, l := range loads {
		out = append(out, l.Text)
	}
	return out
}

func TestTrafficIsThatOfTheLanguage(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	trace := file("trace.csv", "time_ms\n0\n5\n20\n")
	for _, c := range []struct {
		asked Asked
		want  string
		check func(t Traffic) bool
	}{
		{Asked{}, "1 client", func(t Traffic) bool { return t.Clients == 1 && t.Stationary && !t.Thinks }},
		{Asked{Clients: "1,2,4"}, "1 client; 2 clients; 4 clients", nil},
		{Asked{Clients: "1:8:3"}, "1 client; 4 clients; 7 clients", nil},
		{Asked{Clients: "2:3"}, "2 clients; 3 clients", nil},
		{Asked{Clients: "4", Think: 1500 * time.Microsecond}, "4 clients that think", func(t Traffic) bool { return t.Thinks && t.source.Think.Mean() == 1.5e6 }},
		{Asked{Rates: "0.5"}, "poisson, 0.5/s", func(t Traffic) bool { return t.RateRPS == 0.5 && t.Clients == 0 }},
		{Asked{Rates: "50:100:25"}, "poisson, 50/s; poisson, 75/s; poisson, 100/s", nil},
		{Asked{Rates: "80", CV: 2, CVGiven: true}, "gamma, 80/s", nil},
		{Asked{Rates: "80", Deterministic: true}, "deterministic, 80/s", nil},
		{Asked{Trace: trace}, "trace, 150/s", func(t Traffic) bool { return t.finite() && !t.Stationary }},
		{Asked{Workload: file("table.toml", "[workload]\nrate = \"30/s\"\n")}, "poisson, 30/s", nil},
		{Asked{Workload: file("spans.toml", "[[workload.spans]]\nfor = \"1s\"\nrate = \"10/s\"\n[[workload.spans]]\nfor = \"1s\"\nrate = \"30/s\"\n[workload]\narrivals = \"piecewise\"\n")}, "piecewise, 20/s",
			func(t Traffic) bool { return !t.Stationary }},
		{Asked{Workload: file("trace.toml", "[workload]\nfile = \"trace.csv\"\n")}, "trace, 150/s", nil},
		{Asked{Workload: file("cameras.toml", "[workload]\narrivals = \"cameras\"\ncameras = 4\nframe_rate = \"5/s\"\n")}, "cameras, 20/s", func(t Traffic) bool { return t.Stationary }},
		{Asked{Workload: "../../examples/priorities.toml"}, "", func(t Traffic) bool { return len(t.classes) > 1 && t.classes[0].priority == 1 }},
	} {
		loads, err := c.asked.Loads()
		if err != nil {
			t.Errorf("%+v: %v", c.asked, err)
			continue
		}
		if got := strings.Join(texts(loads), "; "); !strings.HasPrefix(got, c.want) {
			t.Errorf("%+v: %q, want %q", c.asked, got, c.want)
		}
		if c.check != nil && !c.check(loads[0]) {
			t.Errorf("%+v: %+v", c.asked, loads[0])
		}
	}
}

func TestWhatIsNoTrafficIsRefused(t *testing.T) {
	items := filepath.Join(t.TempDir(), "items.toml")
	if err := os.WriteFile(items, []byte("[workload]\nrate = \"3/s\"\nitems = 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		asked Asked
		want  string
	}{
		{Asked{Clients: "0"}, "--clients: \"0\" in \"0\" must be a number above 0"},
		{Asked{Clients: "1.5"}, "must be a whole number"},
		{Asked{Clients: "8:1"}, "with the end not below the start"},
		{Asked{Clients: "1:2:3:4"}, "START:END"},
		{Asked{Clients: "1:10000"}, "are 10000 loads; at most 100"},
		{Asked{Clients: "nan"}, "must be a number"},
		{Asked{Clients: "1", Rates: "3"}, "--clients: cannot stand beside --rate"},
		{Asked{Rates: "3", Think: time.Second}, "--think: is of --clients"},
		{Asked{Clients: "3", Deterministic: true}, "are of --rate"},
		{Asked{Rates: "3", Deterministic: true, CVGiven: true}, "cannot stand beside --deterministic"},
		{Asked{Rates: "3", CV: 99, CVGiven: true}, "workload.cv = 99"},
		{Asked{Rates: "3", CV: math.NaN(), CVGiven: true}, "--cv: NaN must be a number"},
		{Asked{Trace: "nowhere.csv"}, "nowhere.csv"},
		{Asked{Workload: "nowhere.toml"}, "nowhere.toml: cannot be read"},
		{Asked{Workload: "../../examples/cameras.toml"}, "workload.skip: cameras here send every frame; remove it"},
		{Asked{Workload: items}, "workload.items: all requests of a load have as many images; remove it, and give --batch"},
	} {
		_, err := c.asked.Loads()
		var bad *scenario.InputError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: %v, want %q", c.asked, err, c.want)
		}
	}
}
