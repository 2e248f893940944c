package scenario

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestOverridesAreValues: a value from a program is what its text in the file would be.
func TestOverridesAreValues(t *testing.T) {
	const file = oneStage + "rate = '1/s'\n[[class]]\nname = 'x'"
	for _, c := range []struct {
		key   string
		value any
		text  string
	}{
		{"workload.rate", Rate(123.456789), "123.456789/s"},
		{"workload.concurrency", 7, "7"},
		{"workload.gap", Distribution{Dist: "gamma", Mean: 2e6, CV: 0.3}, "{dist='gamma', mean='2ms', cv=0.3}"},
		{"workload.gap", &Distribution{Dist: "uniform", Max: 2e6}, "{dist='uniform', min='0ms', max='2ms'}"},
		{"workload.spans", []Span{{For: 1e9, Rate: 5}, {For: 2e9, Rate: 7}}, "[{for='1s', rate='5/s'}, {for='2s', rate='7/s'}]"},
		{"stage.a.max_queue_delay", 3 * time.Millisecond, "3ms"},
		{"stage.a.max_queue_delay", Duration(2500), "2.5us"},
		{"stage.0.service", map[string]any{"dist": "exponential", "mean": time.Second}, "{dist='exponential', mean='1s'}"},
		{"stage.0.service", []Service{{Class: "x", Distribution: Distribution{Dist: "constant", Mean: 0}}}, "[{class='x', mean='0ms'}]"},
		{"stage.a.max_batch", int64(9), "9"},
		{"run.seed", uint64(5), "5"},
		{"run.p99_goal", 0.25, "0.25"},
		{"scaling.allow_extrapolation", true, "true"},
		{"name", "a = b # c", `"a = b # c"`},
		{"class", []Class{{Name: "p", Weight: 1}, {Name: "q", Weight: 2}}, "[{name='p'}, {name='q', weight=2}]"},
	} {
		src := Text("t.toml", []byte(file))
		got, err := src.Scenario(Override{Key: c.key, Value: c.value})
		if err != nil {
			t.Errorf("%s = %v: %v", c.key, c.value, err)
			continue
		}
		want, err := src.With(Options{Set: []string{c.key + "=" + c.text}})
		if err != nil || string(got.TOML()) != string(want.TOML()) {
			t.Errorf("%s = %v: %v, got\n%swant\n%s", c.key, c.value, err, got.TOML(), want.TOML())
		}
	}
}

func TestBadOverridesAreErrors(t *testing.T) {
	src := Text("t.toml", []byte(oneStage+"rate = '1/s'"))
	for _, c := range []struct {
		o    Override
		want string
	}{
		{Override{Key: "workload.rate", Value: 5}, "override: workload.rate = 5: has no unit"},
		{Override{Key: "workload.rate", Value: make(chan int)}, "override: workload.rate: a value of type chan int has no form in a scenario"},
		{Override{Key: "workload.rate", Value: struct{ X int }{1}}, "has no form in a scenario"},
		{Override{Key: "workload.rat", Value: "5/s"}, `override: workload.rat: unknown key; did you mean "rate"?`},
		{Override{Key: "stage.b.workers", Value: 3}, `override: stage.b.workers: no stage is named "b"; did you mean "a"?`},
		{Override{Key: "stage.a.name.b", Value: 3}, "override: stage.a.name.b: leads through a value that is not a table"},
		{Override{Key: "stage.a", Value: 3}, "override: stage.a: leads through a value that is not a table"},
		{Override{Key: "stage", Value: nil}, "cpu.cores: missing"},
		{Override{Key: "", Value: 3}, "override: unknown key"},
	} {
		_, err := src.Scenario(c.o)
		var input *InputError
		if !errors.As(err, &input) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.o, err, c.want)
		}
	}
}

// TestSourceIsReadOnce: a source makes any number of scenarios at the same time, none of which shows in another, and
// looks at no file again.
func TestSourceIsReadOnce(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "m.toml"), "[cpu]\ncores=8\nprofile='p.toml'")
	write(t, filepath.Join(dir, "s.toml"), "hardware='m.toml'\n[workload]\nconcurrency=3")
	src, err := Open(filepath.Join(dir, "s.toml"))
	if err != nil {
		t.Fatal(err)
	}
	first, err := src.Scenario()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Add(1)
		go func() {
			defer all.Done()
			for k := range 50 {
				n := 1 + 100*i + k
				s, err := src.Scenario(Override{Key: "cpu.cores", Value: n}, Override{Key: "workload.rate", Value: Rate(n)})
				if err != nil || s.CPU.Cores != n || s.Workload.Rate != Rate(n) || s.Workload.Concurrency != 0 {
					t.Errorf("with %d: %v", n, err)
				}
			}
		}()
	}
	all.Wait()
	again, err := src.Scenario()
	if err != nil || again.Hash() != first.Hash() {
		t.Errorf("the overrides of one scenario show in another: %v", err)
	}
}

func BenchmarkOverride(b *testing.B) {
	src, err := Open("8gpu")
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		if _, err := src.Scenario(Override{Key: "workload.concurrency", Value: 1 + i%1000}); err != nil {
			b.Fatal(err)
		}
	}
}
