package plan

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadPrices(t *testing.T) {
	path := filepath.Join(t.TempDir(), "prices.toml")
	read := func(text string) (map[string]float64, error) {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return ReadPrices(path)
	}
	got, err := read("8gpu = 12.5\n\"my.toml\" = 3\n")
	if err != nil || len(got) != 2 || got["8gpu"] != 12.5 || got["my.toml"] != 3 {
		t.Errorf("read %v, error %v", got, err)
	}
	for text, want := range map[string]string{
		"a = 1\nmy.toml = 3\n":      `:2: my = {toml = 3}: must be the price of one server an hour, a number above 0 and at most 1e6; a name with a dot stands in quotes: "my.toml" = 3.67`,
		"[my.dir.b]\nc = 'x'\n":     `:1: my = {dir = {b = {c = "x"}}}: must be the price of one server an hour, a number above 0 and at most 1e6; a name with a dot stands in quotes: "my.dir.b.c" = 3.67`,
		"[my]\n":                    `:1: my = {}: must be the price of one server an hour, a number above 0 and at most 1e6; for example my = 3.67`,
		"a = 1\nb = \"x\"\n":        `:2: b = "x": must be the price`,
		"b = [1, 2]\n":              ":1: b = [1, 2]: must be the price",
		"b = nan\n":                 ":1: b = NaN: must be the price",
		"b = 0\n":                   ":1: b = 0: must be the price",
		"\"a b\" = 2e6\n":           `:1: a b = 2e+06: must be the price of one server an hour, a number above 0 and at most 1e6; for example "a b" = 3.67`,
		"a = 1\na = 2\n":            "not valid TOML",
		"a = 1\nb = -1\nc = true\n": ":3: c = true: must be the price",
	} {
		_, err := read(text)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "map[") {
			t.Errorf("%q: error %v, want one with %q", text, err, want)
		}
	}
}
