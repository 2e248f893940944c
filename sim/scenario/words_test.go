package scenario

import (
	"strings"
	"testing"
)

func TestFaultsAreInTheScenariosWords(t *testing.T) {
	const stage = "[[stage]]\nname='a'\nservice='1ms'\n"
	for _, c := range []struct{ name, text, set, want string }{
		{"heavy class", stage + "[[class]]\nname='x'\nweight=1e308", "", "test.toml:6: class.0.weight = 1e+308: must be at most 1e+09"},
		{"light class", stage + "[[class]]\nname='x'\nweight=1e-300", "", "class.0.weight = 1e-300: must be at least 1e-06"},
		{"one bracket", "[stage]\nname='a'\nservice='1ms'", "", `test.toml:1: stage = {name = "a", service = "1ms"}: must be a list of tables; write [[stage]] with two brackets`},
		{"no resources", stage + "resource='x'", "", "test.toml:4: stage.0.resource = \"x\": no [[resource]] has this name; there is none"},
		{"escapes in a key", "[workload]\nrate='1/s'\n\"\\u001b[31mred\\u009b\" = 1\n" + stage, "", "test.toml:3: workload.\x1b[31mred\u009b: unknown key"},
		{"a quoted header", stage + "[ \"wor\\u006bload\" ]\n'ra.te' = 1", "", "test.toml:5: workload.ra.te: unknown key"},
		{"empty key", stage, ".=1", `--set: "." = ".=1": a part of the key is empty; keys are table.key`},
		{"empty part", stage, "workload..rate=1", `--set: "workload..rate" = "workload..rate=1": a part of the key is empty`},
		{"bidi", stage + "[[class]]\nname=\"x\\u202ered\"", "", "must have no control characters"},
	} {
		var set []string
		if c.set != "" {
			set = []string{c.set}
		}
		if got := faultsOf(t, c.text, set...); !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
			t.Errorf("%s: %q, want %q in it", c.name, got, c.want)
		}
	}
}
