package setup

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"vsim/sim/scenario"
)

// schema lists every key of the language by walking over a scenario in which all are given.
func schema() (keys []string) {
	var list func(t reflect.Type, v reflect.Value)
	list = func(t reflect.Type, v reflect.Value) { // fills every list and pointer, so that the walk goes through it
		for i := range t.NumField() {
			f := v.Field(i)
			if !t.Field(i).IsExported() {
				continue
			}
			if f.Kind() == reflect.Pointer {
				f.Set(reflect.New(f.Type().Elem()))
				f = f.Elem()
			}
			if f.Kind() == reflect.Slice && isTable(f.Type().Elem()) {
				f.Set(reflect.MakeSlice(f.Type(), 1, 1))
				f = f.Index(0)
			}
			if isTable(f.Type()) {
				list(f.Type(), f)
			}
		}
	}
	var full scenario.Scenario
	list(reflect.TypeOf(full), reflect.ValueOf(&full).Elem())
	walk("", "", reflect.ValueOf(full), func(string) bool { return true }, func(key, _ string, _ reflect.Value) bool {
		keys = append(keys, key)
		return true
	})
	return keys
}

// Every key of the language runs or is refused by name with a remedy; there is no third. And what is said to
// run is a key of the language.
func TestEveryKeyRunsOrIsRefused(t *testing.T) {
	keys := schema()
	if len(keys) < 120 {
		t.Fatalf("the walk finds %d keys", len(keys))
	}
	s, err := scenario.Parse("x.toml", []byte("[cpu]\ncores = 2\n"), scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		if _, ok := runs[key]; !ok && refusal(key, s) == "" {
			t.Errorf("%s neither runs nor is refused", key)
		}
	}
	for key := range maps.Keys(runs) {
		if !slices.Contains(keys, key) {
			t.Errorf("%s is said to run but is no key of the language", key)
		}
	}
}

// A key that somebody adds to the language is refused until it stands in the list of those that run.
func TestANewKeyIsRefused(t *testing.T) {
	type table struct {
		Warp int `toml:"warp"`
	}
	var refused []string
	walk("", "", reflect.ValueOf(struct {
		Run table `toml:"run"`
	}{table{9}}), func(string) bool { return true }, func(key, _ string, _ reflect.Value) bool {
		refused = append(refused, key+": "+refusal(key, nil))
		return true
	})
	if len(refused) != 1 || !strings.HasPrefix(refused[0], "run.warp: remove it") {
		t.Errorf("%q", refused)
	}
}
