package profile

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"

	"vsim/profile/userfile"
)

// fault is one thing that is wrong with a profile: at which key, "service.2.batch" of the third table, what was found there, "" for
// nothing, and the rule that it breaks, with a remedy where there is one.
type fault struct{ key, found, rule string }

func (f fault) String() string {
	key := f.key
	if len(key) > longestShown || strings.ContainsFunc(key, userfile.IsControl) {
		key = shown(key)
	}
	switch {
	case key == "":
		return f.rule
	case f.found == "":
		return key + ": " + f.rule
	}
	return key + " = " + f.found + ": " + f.rule
}

// decoder fills a profile from a parsed TOML tree by the tags of its structs and collects every fault that it meets. (The TOML
// library would stop at the first wrong type and name the line of the last table of that kind; and it takes "Batch" for "batch".)
//
// Tags: needed, a key that must be there; above, min and max, bounds of a number or of each in a list; name, a text that people and other files
// refer to; stage, a name that is no misspelling of a stage; oneof, one of the choices.
type decoder struct{ faults []fault }

func (d *decoder) fault(key string, found any, format string, args ...any) {
	f := fault{key: key, rule: fmt.Sprintf(format, args...)}
	if found != nil {
		f.found = shown(found)
	}
	d.faults = append(d.faults, f)
}

// table fills a struct; path is the key of the table, "" for the file.
func (d *decoder) table(path string, x any, v reflect.Value) {
	m, ok := x.(map[string]any)
	if !ok {
		d.fault(path, x, "must be a table of keys")
		return
	}
	fields := keysOf(v.Type())
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if f, ok := fields[key]; ok {
			d.value(join(path, key), m[key], v.FieldByIndex(f.Index), f.Tag)
		} else {
			d.fault(join(path, key), nil, "unknown key; %s", remedy(key, slices.Sorted(maps.Keys(fields)), 2, "remove it, or check its spelling"))
		}
	}
	if missing := missing(m, fields); len(missing) > 0 {
		d.fault(path, nil, "lacks %s; restore the file or profile again", strings.Join(missing, ", "))
	}
}

// missing lists the keys that must be there and are not.
func missing(m map[string]any, fields map[string]reflect.StructField) (out []string) {
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if _, written := m[key]; !written && fields[key].Tag.Get("needed") != "" {
			out = append(out, key)
		}
	}
	return out
}

// keysOf gives the fields of a table by their keys; those of an embedded struct are the table's own.
func keysOf(t reflect.Type) map[string]reflect.StructField {
	out := map[string]reflect.StructField{}
	for _, f := range reflect.VisibleFields(t) {
		if key, _, _ := strings.Cut(f.Tag.Get("toml"), ","); key != "" {
			out[key] = f
		}
	}
	return out
}

// value reads x into v, which the tag's rules bind.
func (d *decoder) value(path string, x any, v reflect.Value, tag reflect.StructTag) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.table(path, x, v.Elem())
	case reflect.Struct:
		d.table(path, x, v)
	case reflect.Map:
		d.texts(path, x, v)
	case reflect.Slice, reflect.Array:
		d.list(path, x, v, tag)
	case reflect.String:
		d.text(path, x, v, tag)
	case reflect.Bool:
		b, ok := x.(bool)
		if !ok {
			d.fault(path, x, "must be true or false")
		}
		v.SetBool(b)
	case reflect.Float64:
		d.number(path, x, v, tag)
	default:
		d.whole(path, x, v, tag)
	}
}

// texts fills a map of texts.
func (d *decoder) texts(path string, x any, v reflect.Value) {
	m, ok := x.(map[string]any)
	if !ok {
		d.fault(path, x, "must be a table of keys")
		return
	}
	out := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if out[key], ok = m[key].(string); !ok {
			d.fault(join(path, key), m[key], "must be a text in quotes")
		}
	}
	v.Set(reflect.ValueOf(out))
}

func (d *decoder) list(path string, x any, v reflect.Value, tag reflect.StructTag) {
	list := reflect.ValueOf(x)
	switch isList := list.Kind() == reflect.Slice; {
	case !isList && v.Type().Elem().Kind() == reflect.Struct:
		d.fault(path, x, "must be a list of tables; write each as [[%s]], with two brackets", path)
		return
	case !isList:
		d.fault(path, x, "must be a list in [ ]")
		return
	case v.Kind() == reflect.Array && v.Len() != list.Len():
		d.fault(path, x, "must be a list of %d", v.Len())
		return
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), list.Len(), list.Len()))
	}
	for i := range list.Len() {
		d.value(join(path, strconv.Itoa(i)), list.Index(i).Interface(), v.Index(i), tag)
	}
}

func (d *decoder) number(path string, x any, v reflect.Value, tag reflect.StructTag) {
	f, ok := x.(float64)
	if i, isInt := x.(int64); isInt {
		f, ok = float64(i), true
	}
	if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
		d.fault(path, x, "must be a number")
	} else if rule := userfile.Bounds(f, tag); rule != "" {
		d.fault(path, x, "%s", rule)
	}
	v.SetFloat(f)
}

func (d *decoder) whole(path string, x any, v reflect.Value, tag reflect.StructTag) {
	i, ok := x.(int64)
	if !ok {
		d.fault(path, x, "must be a whole number")
	} else if rule := userfile.Bounds(float64(i), tag); rule != "" {
		d.fault(path, x, "%s", rule)
	}
	v.SetInt(i)
}

// longestName is that of a name in a profile, in bytes.
const longestName = 1024

func (d *decoder) text(path string, x any, v reflect.Value, tag reflect.StructTag) {
	s, ok := x.(string)
	choices, isChoice := choices[tag.Get("oneof")]
	isStage := tag.Get("stage") != ""
	switch {
	case !ok:
		d.fault(path, x, "must be a text in quotes")
	case s == "" && tag.Get("needed") == "": // as if it were not there
	case s == "":
		d.fault(path, x, "must be named")
	case isChoice && !slices.Contains(choices, s):
		d.fault(path, x, "must be one of %s", quoted(choices))
	case isStage || tag.Get("name") != "":
		d.name(path, s, isStage)
	}
	v.SetString(s)
}

func (d *decoder) name(path, s string, isStage bool) {
	if err := CheckName(s); err != nil {
		d.fault(path, s, "%v", err)
		return
	}
	if !isStage {
		return
	}
	if meant := misspelt(s); meant != "" {
		d.fault(path, s, "is no stage that vsim knows; did you mean %q? A stage of your own needs a name that differs in more than a letter", meant)
	}
}

// CheckName says why a text cannot be a name in a profile, of a model say; nil where it can.
func CheckName(name string) error {
	switch {
	case len(name) > longestName:
		return fmt.Errorf("has %d bytes; at most %d", len(name), longestName)
	case strings.ContainsFunc(name, userfile.IsControl):
		return errors.New("must have no control characters")
	}
	return nil
}

// choices are the texts that a tag oneof allows.
var choices = map[string][]string{
	"origin":   {string(Measured), string(Published)},
	"resource": {"cpu", "gpu", "link", "broker", "memory", "delay"}, // the types of resource of a scenario that have times of their own, and brokers
	"memory":   {Pageable},
	"broker":   BrokerKinds,
	"of":       {InstanceOf, TensorOf, PictureOf, FileOf},
	"metric":   residualMetrics,
	"band":     bands,
}

// remedy suggests the name that differs in at most so many letters, or else says something.
func remedy(written string, names []string, letters int, otherwise string) string {
	if n := near(written, names, letters); n != "" {
		return fmt.Sprintf("did you mean %q?", n)
	}
	return otherwise
}

// near is the first of the names that differ in at most so many letters from what was written; "" for none.
func near(written string, names []string, letters int) string {
	i := slices.IndexFunc(names, func(n string) bool {
		longer := len(written) - len(n)
		return -letters <= longer && longer <= letters && levenshtein.ComputeDistance(written, n) <= letters
	})
	if i < 0 {
		return ""
	}
	return names[i]
}

// longestShown is how much of a text a message shows, in bytes.
const longestShown = 80

// shown is a value as found, for messages.
func shown(x any) string {
	switch x := x.(type) {
	case string:
		if len(x) > longestShown {
			return strconv.Quote(x[:longestShown]) + "..."
		}
		return strconv.Quote(x)
	case map[string]any:
		return "a table"
	}
	if list := reflect.ValueOf(x); list.Kind() == reflect.Slice {
		return fmt.Sprintf("a list of %d", list.Len())
	}
	return fmt.Sprint(x)
}

// quoted lists names for people: `"a", "b"`.
func quoted(names []string) string { return `"` + strings.Join(names, `", "`) + `"` }

func join(path, key string) string {
	if path == "" || key == "" {
		return path + key
	}
	return path + "." + key
}
