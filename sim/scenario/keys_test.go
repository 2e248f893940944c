package scenario

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"vsim/sim/golden"
)

// Every key of the schema must explain itself, and every literal default must keep the key's own rules.
func TestSchemaIsComplete(t *testing.T) {
	var list bytes.Buffer
	if err := WriteKeys(&list); err != nil {
		t.Fatal(err)
	}
	var walk func(path string, typ reflect.Type)
	walk = func(path string, typ reflect.Type) {
		for _, f := range fieldsOf(typ) {
			at, below := join(path, f.name), f.typ
			for below.Kind() == reflect.Pointer || below.Kind() == reflect.Slice {
				below = below.Elem()
			}
			if below.Kind() == reflect.Struct && isTable(f.typ) && path == "" {
				walk(at, below)
				continue
			}
			if f.tag.Get("doc") == "" {
				t.Errorf("%s has no doc", at)
			}
			if f.tag.Get("default") != "" && f.tag.Get("needed") != "" {
				t.Errorf("%s has a default and is needed", at)
			}
			if !strings.Contains(list.String(), "  "+f.name+" ") {
				t.Errorf("%s is not in the list of keys", at)
			}
			checkDefault(t, at, f)
		}
	}
	walk("", reflect.TypeFor[Scenario]())
	for _, inner := range shared {
		walk(inner.name, inner.typ)
	}
}

func checkDefault(t *testing.T, at string, f field) {
	text, ok := f.tag.Lookup("default")
	if !ok || spaced(text) || f.typ.Kind() == reflect.Slice || f.typ.Kind() == reflect.Pointer {
		return
	}
	var d decoder
	d.value(at, parseValue(text), reflect.New(f.typ).Elem(), f.tag)
	if len(d.faults) > 0 {
		t.Errorf("default %q of %s breaks its own rule: %v", text, at, d.faults)
	}
}

func TestReferenceIsCurrent(t *testing.T) {
	var page bytes.Buffer
	if err := WriteReference(&page); err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "REFERENCE.md", page.Bytes())
}

// The example of every key is TOML and keeps the key's own rules, and every table says what it is for.
func TestEveryExampleIsValid(t *testing.T) {
	check := func(table string, typ reflect.Type) {
		for _, f := range fieldsOf(typ) {
			if table == "" && isTable(f.typ) {
				continue
			}
			text := example(f)
			var tree map[string]any
			if _, err := toml.Decode(f.name+" = "+text, &tree); err != nil {
				t.Errorf("%s: example %s: %v", join(table, f.name), text, err)
				continue
			}
			var d decoder
			d.table("", tree, reflect.New(typ).Elem())
			others := func(f Fault) bool { return strings.HasPrefix(f.Rule, "missing") }
			d.faults = slices.DeleteFunc(d.faults, others) // the other keys of its table are not written here
			if len(d.faults) > 0 {
				t.Errorf("%s: example %s: %v", join(table, f.name), text, d.faults)
			}
		}
	}
	check("", reflect.TypeFor[Scenario]())
	for _, f := range fieldsOf(reflect.TypeFor[Scenario]()) {
		if isTable(f.typ) {
			check(f.name, elementType(f.typ))
			if tables[f.name] == "" {
				t.Errorf("[%s] does not say what it is for", f.name)
			}
		}
	}
	for _, inner := range shared {
		check(inner.name, inner.typ)
	}
}
