package plan

import (
	"maps"
	"slices"

	"github.com/BurntSushi/toml"

	"vsim/profile/userfile"
	"vsim/sim/scenario"
)

// ReadPrices reads a file of prices, "machine = price of one server an hour" on each line, in the currency of the
// machines' own prices. Errors are *scenario.InputError.
func ReadPrices(path string) (map[string]float64, error) {
	text, err := userfile.Read(path, userfile.MaxConfigBytes)
	if err != nil {
		return nil, scenario.BadInput("--price "+path, "cannot be read: %v", userfile.Reason(err))
	}
	if err := userfile.CheckNesting(text); err != nil {
		return nil, scenario.BadInput("--price "+path, "%v", err)
	}
	var tree map[string]any
	if _, err := toml.Decode(string(text), &tree); err != nil {
		return nil, scenario.BadInput("--price "+path, "not valid TOML: %v", err)
	}
	prices, bad := map[string]float64{}, &scenario.InputError{}
	line := userfile.Lines(text)
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		switch x := tree[name].(type) {
		case float64:
			prices[name] = x
		case int64:
			prices[name] = float64(x)
		}
		if p := prices[name]; !(p > 0 && p <= 1e6) {
			bad.Faults = append(bad.Faults, scenario.Fault{File: "--price " + path, Line: line(name), Key: name, Found: scenario.Show(tree[name]),
				Rule: "must be the price of one server an hour, a number above 0 and at most 1e6", Remedy: priceRemedy(name, tree[name])})
		}
	}
	if len(bad.Faults) > 0 {
		return nil, bad
	}
	return prices, nil
}

// priceRemedy says how a price is written. A name with a dot that lacks its quotes has become a table, or several in each other.
func priceRemedy(name string, found any) string {
	remedy := "for example "
	for table, ok := found.(map[string]any); ok && len(table) > 0; table, ok = found.(map[string]any) {
		key := slices.Min(slices.Collect(maps.Keys(table)))
		name, found, remedy = name+"."+key, table[key], "a name with a dot stands in quotes: "
	}
	return remedy + toml.Key{name}.String() + " = 3.67"
}
