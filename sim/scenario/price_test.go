package scenario

import (
	"errors"
	"maps"
	"path/filepath"
	"strings"
	"testing"
)

// TestPriceIsOfTheMachine: a scenario has the price of its machine, may write another, and without one has none.
func TestPriceIsOfTheMachine(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "m.toml"), "[cpu]\ncores = 8\n[price]\nper_hour = 1.5\nsource = 'a list'\ndate = '2026-11-27'")
	for text, want := range map[string]Price{
		"hardware = 'm.toml'":                                          {1.5, "USD", "a list", "2026-11-27"},
		"hardware = 'm.toml'\n[price]\nper_hour = 2":                   {2, "USD", "", ""},
		"[cpu]\ncores = 2\n[price]\nper_hour = 0.25\ncurrency = 'EUR'": {0.25, "EUR", "", ""},
	} {
		s, err := Parse(filepath.Join(dir, "s.toml"), []byte(text), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if s.Price == nil || *s.Price != want {
			t.Errorf("%s: price %+v, want %+v", text, s.Price, want)
			continue
		}
		again, err := Parse(filepath.Join(dir, "s.toml"), s.TOML(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if again.Price == nil || *again.Price != want {
			t.Errorf("%s: printed and read again: price %+v, want %+v", text, again.Price, want)
		}
	}
	free, err := Parse("s.toml", []byte("[cpu]\ncores = 2"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if free.Price != nil {
		t.Errorf("without [price]: price %+v", *free.Price)
	}
	if priced, err := Parse("s.toml", []byte("[cpu]\ncores = 2\n[price]\nper_hour = 9"), Options{}); err != nil || priced.Hash() != free.Hash() {
		t.Errorf("a price makes another system of it (%v)", err)
	}
}

func TestFaultyPrices(t *testing.T) {
	for text, want := range map[string]string{
		"per_hour = 0":                       "price.per_hour",
		"per_hour = '3/h'":                   "price.per_hour",
		"per_hour = 1\ncurrency = 'dollars'": `price.currency = "dollars": must be three capital letters`,
		"per_hour = 1\ndate = '27.11.2026'":  `price.date = "27.11.2026": must be a day`,
		"per_hour = 1\nper_minute = 1":       "price.per_minute: unknown key",
	} {
		if got := faultsOf(t, "[cpu]\ncores = 2\n[price]\n"+text); !strings.Contains(got, want) || strings.Contains(got, "\n") {
			t.Errorf("%s: %q, want one fault with %q", text, got, want)
		}
	}
}

func TestLoadPrices(t *testing.T) {
	path := filepath.Join(t.TempDir(), "prices.toml")
	machines := []string{"aws-g6-xlarge", "8gpu", "own.toml"}
	write(t, path, "aws-g6-xlarge = 0.5\n8gpu = 3\n\"own.toml\" = 1e-2\n")
	got, err := LoadPrices(path, machines)
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]float64{"aws-g6-xlarge": 0.5, "8gpu": 3, "own.toml": 0.01}; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	write(t, path, "aws-g6-xlarge = 'cheap'\naws-g6-xlarg = 1\n8gpu = -1\n")
	_, err = LoadPrices(path, machines)
	var input *InputError
	if !errors.As(err, &input) || len(input.Faults) != 3 {
		t.Fatalf("got %v, want three faults", err)
	}
	for _, want := range []string{"prices.toml:1: aws-g6-xlarge = \"cheap\": must be a number", "prices.toml:2: aws-g6-xlarg: no machine has this name; did you mean \"aws-g6-xlarge\"?", "prices.toml:3: 8gpu = -1: must be above 0"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got\n%v\nwithout %q", err, want)
		}
	}
	if _, err = LoadPrices(path+"x", machines); !errors.As(err, &input) || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("a file that is not there: %v", err)
	}
}
