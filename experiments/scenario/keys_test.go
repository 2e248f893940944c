package scenario

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
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
