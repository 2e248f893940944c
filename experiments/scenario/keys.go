package scenario

import (
	"fmt"
	"io"
	"reflect"
	"strings"
)

// WriteKeys lists every key of the language with its type, unit, default and meaning, from the schema.
func WriteKeys(w io.Writer) error {
	var b strings.Builder
	writeTable(&b, "", "", reflect.TypeFor[Scenario]())
	_, err := io.WriteString(w, b.String())
	return err
}

func writeTable(b *strings.Builder, path, header string, t reflect.Type) {
	if header != "" {
		fmt.Fprintf(b, "\n%s\n", header)
	}
	type table struct {
		path, header string
		typ          reflect.Type
	}
	var below []table
	for _, f := range fieldsOf(t) {
		typ := f.typ
		if typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		at := join(path, f.name)
		switch {
		case typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.Struct:
			below = append(below, table{at, "[[" + at + "]]", typ.Elem()})
		case typ.Kind() == reflect.Struct && typ != reflect.TypeFor[Distribution]():
			below = append(below, table{at, "[" + at + "]", typ})
		default:
			writeKey(b, f, typ)
		}
	}
	for _, t := range below {
		writeTable(b, t.path, t.header, t.typ)
	}
	if path == "" {
		writeTable(b, "service", "A distribution is a duration (a constant) or a table {dist = ..., ...} of:", reflect.TypeFor[Distribution]())
	}
}

func writeKey(b *strings.Builder, f field, typ reflect.Type) {
	fmt.Fprintf(b, "  %-18s %-14s %s", f.name, kindName(typ, f.tag), f.tag.Get("doc"))
	if choices := f.tag.Get("enum"); choices != "" {
		fmt.Fprintf(b, "; one of %s", strings.ReplaceAll(choices, "|", ", "))
	}
	if d := f.tag.Get("default"); d != "" {
		fmt.Fprintf(b, " (default: %s)", d)
	}
	b.WriteString("\n")
}

// kindName says what a key's value looks like.
func kindName(t reflect.Type, tag reflect.StructTag) string {
	if choices := tag.Get("enum"); choices != "" {
		return "name"
	}
	if q, ok := reflect.New(t).Interface().(quantity); ok {
		return fmt.Sprintf("%q", q.example())
	}
	switch t.Kind() {
	case reflect.Slice:
		return "[" + kindName(t.Elem(), "") + "]"
	case reflect.Struct:
		return "distribution"
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Float64:
		return "number"
	}
	return "whole number"
}
