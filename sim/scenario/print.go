package scenario

import (
	"bytes"
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// TOML prints the scenario with the machine's keys and all defaults written out. Reading it back from
// the same folder gives the same scenario.
func (s *Scenario) TOML() []byte {
	full := *s
	full.Hardware = "" // its keys stand in the tables
	var b bytes.Buffer
	v := reflect.ValueOf(full)
	printKeys(&b, v, func(t reflect.Type) bool { return !isTable(t) })
	for _, f := range fieldsOf(v.Type()) {
		x := v.FieldByIndex(f.index)
		if !isTable(f.typ) || left(x, f) {
			continue
		}
		if x.Kind() == reflect.Pointer {
			x = x.Elem()
		}
		if x.Kind() == reflect.Struct {
			fmt.Fprintf(&b, "\n[%s]\n", f.name)
			printKeys(&b, x, nil)
			continue
		}
		for i := range x.Len() {
			fmt.Fprintf(&b, "\n[[%s]]\n", f.name)
			printKeys(&b, x.Index(i), nil)
		}
	}
	return b.Bytes()
}

// isTable says whether a key of the file is a table, or a list of tables, of its own.
func isTable(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return t.Kind() == reflect.Struct
}

// printKeys writes the keys of a table a line each, those of which the type is wanted.
func printKeys(b *bytes.Buffer, v reflect.Value, wanted func(reflect.Type) bool) {
	for _, f := range fieldsOf(v.Type()) {
		x := v.FieldByIndex(f.index)
		if wanted != nil && !wanted(f.typ) || left(x, f) {
			continue
		}
		fmt.Fprintf(b, "%s = %s\n", f.name, value(x, f, "\n"))
	}
}

// left says that a key is left out: it has its zero value and the tag lets it go.
func left(x reflect.Value, f field) bool {
	options := f.tag.Get("toml")
	return strings.HasSuffix(options, ",omitempty") && (x.IsZero() || x.Kind() == reflect.Slice && x.Len() == 0) ||
		strings.HasSuffix(options, ",omitzero") && x.IsZero()
}

// value writes a value on one line; a list of tables that is not inside another takes a line for each.
func value(x reflect.Value, f field, line string) string {
	if m, ok := x.Interface().(encoding.TextMarshaler); ok && x.Kind() != reflect.Pointer {
		text, _ := m.MarshalText() // quantities always have a text
		return tomlString(string(text))
	}
	switch x.Kind() {
	case reflect.Pointer:
		return value(x.Elem(), f, line)
	case reflect.Struct:
		return inlineTable(x)
	case reflect.Slice:
		return list(x, f, line)
	case reflect.String:
		return tomlString(x.String())
	case reflect.Float64:
		return strconv.FormatFloat(x.Float(), 'g', -1, 64)
	}
	return fmt.Sprint(x.Interface())
}

func inlineTable(x reflect.Value) string {
	switch c := x.Interface().(type) {
	case Distribution:
		if c.Dist == "constant" && c.PerImage == 0 {
			return value(reflect.ValueOf(c.Mean), field{}, "")
		}
	case Service:
		if c.Dist == "constant" && c.PerImage == 0 && c.Class == "" {
			return value(reflect.ValueOf(c.Mean), field{}, "")
		}
	case Count:
		if c.Dist == "constant" {
			return strconv.Itoa(int(c.Mean))
		}
	}
	var keys []string
	for _, f := range fieldsOf(x.Type()) {
		if below := x.FieldByIndex(f.index); !left(below, f) || takesZero(x, f.name) {
			keys = append(keys, f.name+" = "+value(below, f, ""))
		}
	}
	return "{" + strings.Join(keys, ", ") + "}"
}

// takesZero says that a distribution needs a key although it is zero: a uniform time from 0 on.
func takesZero(x reflect.Value, key string) bool {
	switch d := x.Interface().(type) {
	case Distribution:
		return slices.Contains(families[d.Dist].needs, key)
	case Service:
		return d.Inline() && slices.Contains(families[d.Dist].needs, key)
	case Count:
		return slices.Contains(countKeys[d.Dist], key)
	}
	return false
}

func list(x reflect.Value, f field, line string) string {
	tables := x.Type().Elem().Kind() == reflect.Struct
	if tables && x.Len() == 1 && f.tag.Get("single") != "" {
		return value(x.Index(0), f, "")
	}
	items := make([]string, x.Len())
	for i := range items {
		items[i] = value(x.Index(i), field{}, "")
	}
	if tables && line != "" {
		return "[\n  " + strings.Join(items, ",\n  ") + ",\n]"
	}
	return "[" + strings.Join(items, ", ") + "]"
}

// tomlString quotes a text as TOML's basic string, whose escapes are those of JSON.
func tomlString(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return `""` // a string always has a JSON text
	}
	return strings.ReplaceAll(strings.TrimSuffix(b.String(), "\n"), "\x7f", `\u007f`)
}

// Hash is the SHA-256 of the scenario in the general form, "sha256:...". Names for people, prices and the paths
// of profiles do not count (a profile has a hash of its own), so that the same system has the same hash
// wherever its files lie and whichever way it is written.
func (s *Scenario) Hash() string {
	bare := *s.General()
	bare.Name, bare.Profile, bare.Price = "", "", nil
	bare.Resources = append([]Resource{}, bare.Resources...)
	for i := range bare.Resources {
		bare.Resources[i].Profile = ""
	}
	sum := sha256.Sum256(bare.TOML())
	return "sha256:" + hex.EncodeToString(sum[:])
}

func itoa(i int) string { return strconv.Itoa(i) }

// File is the scenario's file as the user named it, for errors.
func (s *Scenario) File() string { return s.file }

// Path resolves a path that the scenario holds, which is relative to its file.
func (s *Scenario) Path(p string) string {
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(s.dir, p)
}
