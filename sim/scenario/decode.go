package scenario

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"vsim/profile/userfile"
)

// decoder fills a struct from a parsed TOML tree by the struct's tags and collects every fault that
// it meets. (Decoding straight into the struct would stop at the first, and would read a bare integer
// as a number of nanoseconds.)
type decoder struct{ faults []Fault }

// field is one key of the schema.
type field struct {
	index []int
	tag   reflect.StructTag
	name  string
	typ   reflect.Type
}

// fieldsOf lists the keys of a table in the order of its struct. The keys of an embedded struct are
// those of its table. A type with a method schema adds rules to the tag.
func fieldsOf(t reflect.Type) []field {
	var out []field
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			for _, below := range fieldsOf(f.Type) {
				below.index = append([]int{i}, below.index...)
				out = append(out, below)
			}
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		if name == "" || !f.IsExported() {
			continue
		}
		if x, ok := reflect.Zero(f.Type).Interface().(interface{ schema() reflect.StructTag }); ok {
			f.Tag += x.schema()
		}
		out = append(out, field{index: f.Index, tag: f.Tag, name: name, typ: f.Type})
	}
	return out
}

func (d *decoder) fault(key string, found any, format string, args ...any) {
	f := Fault{Key: key, Rule: fmt.Sprintf(format, args...)}
	if found != nil {
		f.Found = Show(found)
	}
	f.Rule, f.Remedy, _ = strings.Cut(f.Rule, "; ")
	d.faults = append(d.faults, f)
}

// table fills the struct v from m; path is the table's own key ("" for the file).
func (d *decoder) table(path string, m map[string]any, v reflect.Value) {
	fields := fieldsOf(v.Type())
	for _, key := range slices.Sorted(maps.Keys(m)) {
		at := slices.IndexFunc(fields, func(f field) bool { return f.name == key })
		if at < 0 {
			names := make([]string, len(fields))
			for i, f := range fields {
				names[i] = f.name
			}
			d.fault(join(path, key), nil, "unknown key; %s", nearestRemedy(key, names))
			continue
		}
		f := fields[at]
		d.value(join(path, key), m[key], v.FieldByIndex(f.index), f.tag)
	}
	for _, f := range fields {
		if _, written := m[f.name]; !written && f.tag.Get("needed") == "yes" {
			d.fault(join(path, f.name), nil, "missing; for example %s = %s", f.name, example(f))
		}
	}
}

// value reads x into v, which the tag's rules bind.
func (d *decoder) value(path string, x any, v reflect.Value, tag reflect.StructTag) {
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if q, ok := v.Addr().Interface().(quantity); ok {
		d.quantity(path, x, q, tag)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.structure(path, x, v)
	case reflect.Slice:
		d.slice(path, x, v, tag)
	case reflect.String:
		s, ok := x.(string)
		if !ok {
			d.fault(path, x, "must be a text in quotes")
			return
		}
		d.text(path, s, v, tag)
	case reflect.Bool:
		b, ok := x.(bool)
		if !ok {
			d.fault(path, x, "must be true or false")
			return
		}
		v.SetBool(b)
	default:
		d.number(path, x, v, tag)
	}
}

func (d *decoder) structure(path string, x any, v reflect.Value) {
	m, ok := longForm(x, v.Type()).(map[string]any)
	if !ok {
		d.fault(path, x, "%s", formOf(v.Type()))
		return
	}
	d.table(path, m, v)
	switch x := v.Addr().Interface().(type) {
	case *Distribution:
		d.distribution(path, m, x)
	case *Service:
		d.service(path, m, x)
	case *Count:
		d.count(path, m, x)
	}
}

// formOf says what a table may look like.
func formOf(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[Distribution](), reflect.TypeFor[Service]():
		return `must be a time in quotes, such as "2ms", or a table of keys`
	case reflect.TypeFor[Count]():
		return "must be a whole number or a table of keys; for a random count name its dist"
	}
	return "must be a table of keys"
}

// longForm writes a bare duration out as a constant distribution, and a bare number as a constant count.
func longForm(x any, t reflect.Type) any {
	_, isText := x.(string)
	_, isInt := x.(int64)
	switch t {
	case reflect.TypeFor[Distribution](), reflect.TypeFor[Service]():
		if isText {
			return map[string]any{"dist": "constant", "mean": x}
		}
	case reflect.TypeFor[Count]():
		if isInt {
			return map[string]any{"dist": "constant", "mean": x}
		}
	}
	return x
}

func (d *decoder) slice(path string, x any, v reflect.Value, tag reflect.StructTag) {
	list, ok := asList(x)
	if _, isText := x.(string); isText && v.Type().Elem() == reflect.TypeFor[int]() {
		d.fault(path, x, "must be a list in [ ], such as [4, 8]")
		return
	}
	if !ok && tag.Get("single") != "" {
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		d.value(path, x, v.Index(0), tag)
		return
	}
	if _, isTable := x.(map[string]any); isTable && v.Type().Elem().Kind() == reflect.Struct && !strings.Contains(path, ".") {
		d.fault(path, x, "must be a list of tables; write [[%s]] with two brackets", path)
		return
	}
	if !ok {
		d.fault(path, x, "must be a list in [ ]")
		return
	}
	if most := maxElements(v.Type().Elem()); len(list) > most {
		d.fault(path, nil, "has %d elements; at most %d", len(list), most)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
	for i, item := range list {
		d.value(join(path, strconv.Itoa(i)), item, v.Index(i), tag)
	}
}

// maxElements is the longest list of such elements. What a scenario is built from multiplies, stages with GPUs and
// classes say; tables of figures may be longer.
func maxElements(element reflect.Type) int {
	switch {
	case element == reflect.TypeFor[Stage]():
		return maxStages
	case element.Kind() == reflect.Struct:
		return maxTables
	}
	return maxFigures
}

// The most stages, the most tables of any other kind, and the most numbers or names in a list. (A chain of 200 stages takes 4 s
// to predict, one of 1,000 minutes.)
const (
	maxStages  = 250
	maxTables  = 1000
	maxFigures = 100_000
)

func (d *decoder) text(path, s string, v reflect.Value, tag reflect.StructTag) {
	if choices, ok := tag.Lookup("enum"); ok {
		if names := strings.Split(choices, "|"); !slices.Contains(names, s) {
			rule := "must be one of " + joinQuoted(names)
			if n := Nearest(s, names); n != "" {
				rule += "; did you mean " + quote(n) + "?"
			}
			d.fault(path, s, "%s", rule)
			return
		}
	}
	if strings.TrimSpace(s) == "" {
		d.fault(path, s, "must not be empty; leave the key out for its default")
		return
	}
	if len(s) > maxTextBytes {
		d.fault(path, s, "has %d bytes; at most %d", len(s), maxTextBytes)
		return
	}
	if strings.ContainsFunc(s, userfile.IsControl) {
		d.fault(path, s, "must have no control characters")
		return
	}
	v.SetString(s)
}

// maxTextBytes is the longest name or path.
const maxTextBytes = 1024

func (d *decoder) number(path string, x any, v reflect.Value, tag reflect.StructTag) {
	i, isInt := x.(int64)
	switch v.Kind() {
	case reflect.Float64:
		f, isFloat := x.(float64)
		if isInt {
			f = float64(i)
		} else if !isFloat || math.IsNaN(f) || math.IsInf(f, 0) {
			d.fault(path, x, "must be a number")
			return
		}
		if d.bounded(path, x, f, tag) {
			v.SetFloat(f)
		}
	case reflect.Uint64:
		if !isInt || i < 0 {
			d.fault(path, x, "must be a whole number that is not negative")
			return
		}
		v.SetUint(uint64(i))
	default:
		if !isInt {
			d.fault(path, x, "must be a whole number")
			return
		}
		if d.bounded(path, x, float64(i), tag) {
			v.SetInt(i)
		}
	}
}

func (d *decoder) quantity(path string, x any, q quantity, tag reflect.StructTag) {
	s, ok := x.(string)
	if !ok {
		rule := fmt.Sprintf("must be a number with a unit in quotes, such as %q", q.example())
		if _, isInt := x.(int64); isInt {
			rule = fmt.Sprintf("has no unit; write it in quotes with one, such as %q (units: %s)", q.example(), unitNames(q))
		}
		d.fault(path, x, "%s", rule)
		return
	}
	if err := parseQuantity(s, q); err != nil {
		d.fault(path, s, "%s", err)
		return
	}
	if _, isSpan := q.(*Duration); isSpan && q.base() > maxDurationNs {
		d.fault(path, s, "must be at most 2400h")
		return
	}
	d.bounded(path, s, q.base(), tag)
}

// maxDurationNs is 100 days, below what the samplers can hold.
const maxDurationNs = 100 * 24 * 3600e9

// bounded checks the min, max and above tags.
func (d *decoder) bounded(path string, found any, x float64, tag reflect.StructTag) bool {
	rule := userfile.Bounds(x, tag)
	if rule != "" {
		d.fault(path, found, "%s", rule)
	}
	return rule == ""
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// asList sees both forms in which a TOML parser returns arrays.
func asList(x any) ([]any, bool) {
	switch list := x.(type) {
	case []any:
		return list, true
	case []map[string]any:
		out := make([]any, len(list))
		for i := range list {
			out[i] = list[i]
		}
		return out, true
	}
	return nil, false
}

// Show writes a value as found, shortened to stay on one line.
func Show(x any) string {
	text := fmt.Sprint(x)
	switch x := x.(type) {
	case string:
		text = quote(x)
	case map[string]any, []any, []map[string]any:
		text = inTOML(x)
	}
	if len(text) > 80 {
		text = strings.ToValidUTF8(text[:77], "") + "..."
	}
	return text
}

// inTOML writes a value as a scenario has it, {key = "text"}, for messages.
func inTOML(x any) string {
	if list, ok := asList(x); ok {
		items := make([]string, len(list))
		for i := range list {
			items[i] = inTOML(list[i])
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	switch x := x.(type) {
	case string:
		return quote(x)
	case map[string]any:
		var keys []string
		for _, key := range slices.Sorted(maps.Keys(x)) {
			keys = append(keys, key+" = "+inTOML(x[key]))
		}
		return "{" + strings.Join(keys, ", ") + "}"
	}
	return fmt.Sprint(x)
}

func quote(s string) string { return strconv.Quote(cut(s, 200)) }

func joinQuoted(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = quote(n)
	}
	return strings.Join(quoted, ", ")
}
