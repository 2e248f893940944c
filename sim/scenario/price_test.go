package scenario

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestPriceIsOfTheMachine: a scenario has the price of its machine, may write another, and without one has none.
func TestPriceIsOfTheMachine(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "m.toml"), "[cpu]\ncores = 8\n[price]\nper_hour = 1.5\nsource = 'a list'\ndate = '2026-11-27'")
	for text, want := range map[string]Price{
		"hardware = 'm.toml'":                              {1.5, "USD", "a list", "2026-11-27"},
		"hardware = 'm.toml'\n[price]\nper_hour = 2":       {2, "USD", "a list", "2026-11-27"},
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
