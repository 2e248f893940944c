package scenario

import (
	"maps"
	"path/filepath"
	"reflect"
	"slices"

	"vsim/profile/userfile"
)

// LoadPrices reads what machines cost an hour from a TOML file of lines as aws-g6-xlarge = 0.8, by the machines' names. In
// which currency is the file's affair: one for all. Every name must be one of machines. The error is an *InputError.
func LoadPrices(path string, machines []string) (map[string]float64, error) {
	text, err := userfile.Read(path, userfile.MaxConfigBytes)
	if err != nil {
		return nil, &InputError{Faults: []Fault{{File: path, Rule: "cannot be read: " + userfile.Reason(err).Error(),
			Remedy: "write a line for each machine, such as aws-g6-xlarge = 0.8"}}}
	}
	file := document{name: path, dir: filepath.Dir(path), text: string(text)}
	if fault := file.read(); fault != nil {
		return nil, &InputError{Faults: []Fault{*fault}}
	}
	var d decoder
	prices := map[string]float64{}
	rules := reflect.StructTag(`above:"0" max:"1e6"`)
	for _, name := range slices.Sorted(maps.Keys(file.tree)) {
		if !slices.Contains(machines, name) {
			d.fault(name, nil, "no machine has this name; %s", nearestRemedy(name, machines))
			continue
		}
		var price float64
		d.value(name, file.tree[name], reflect.ValueOf(&price).Elem(), rules)
		prices[name] = price
	}
	if len(d.faults) == 0 {
		return prices, nil
	}
	for i := range d.faults {
		d.faults[i].File, d.faults[i].Line = path, file.line(d.faults[i].Key)
	}
	return nil, &InputError{Faults: d.faults}
}
